/* A task's position in the queue, which only the service's short answer has. */
#include <errno.h>

#include "base/lock.h"
#include "base/log.h"
#include "task/tasks.h"

/* Without an answer the position is unknown, which is no error: the rest of the task is known. */
static void on_position_answer(void *arg, const struct client_answer *answer)
{
    struct task *task = arg;
    double ahead = -1;
    char why[160];

    if (!answer->error &&
        task_place_decode(answer->body, answer->len, &ahead, why, sizeof(why)) == -EPROTO)
        log_error("cannot use the service's answer for the status of task '%s': %s", task->id, why);
    pthread_mutex_lock(&task->tasks->lock);
    task->position.ahead = ahead;
    task->position.asked_at = answer->asked_at;
    task->position.is_asking = 0;
    wait_queue_wake(&task->position.waiters, 0);
    pthread_mutex_unlock(&task->tasks->lock);
    task_unref(task);
}

int task_queue_position(struct task *task, int64_t since, struct op *op, double *ahead)
{
    struct queue_position *position = &task->position;
    int rc;

    LOCKED(&task->tasks->lock);
    if (freshness_of_position(position->asked_at, since, position->is_asking) == FRESHNESS_GOOD) {
        *ahead = position->ahead;
        return 0;
    }
    if (!position->is_asking) {
        identity_ref(&task->identity);
        rc = client_status(task->tasks->config.client, task->id, on_position_answer, task);
        if (rc) {
            identity_unref(&task->identity);
            return rc;
        }
        position->is_asking = 1;
    }
    return op_wait(op, &position->waiters, 0);
}
