/* A task's place in the queue, which only the service's short answer tells. */
#include <errno.h>

#include "base/lock.h"
#include "base/log.h"
#include "task/tasks.h"

/* Without an answer the place is not known, which is no error: the rest of the task is. */
static void place_come(void *arg, const struct client_answer *answer)
{
    struct task *task = arg;
    double ahead = -1;
    char why[160];

    if (!answer->error &&
        task_place_decode(answer->body, answer->len, &ahead, why, sizeof(why)) == -EPROTO)
        log_error("cannot use the service's answer for the status of task '%s': %s", task->id, why);
    pthread_mutex_lock(&task->tasks->lock);
    task->place.ahead = ahead;
    task->place.asked_at = answer->asked_at;
    task->place.is_asking = 0;
    wait_queue_wake(&task->place.news, 0);
    pthread_mutex_unlock(&task->tasks->lock);
    task_unref(task);
}

int task_queue_place(struct task *task, int64_t since, struct op *op, double *ahead)
{
    struct queue_place *place = &task->place;
    int rc;

    LOCKED(&task->tasks->lock);
    if (place->asked_at && place->asked_at >= since) {
        *ahead = place->ahead;
        return 0;
    }
    if (!place->is_asking) {
        group_ref(&task->group);
        rc = client_status(task->tasks->client, task->id, place_come, task);
        if (rc) {
            group_unref(&task->group);
            return rc;
        }
        place->is_asking = 1;
    }
    return op_wait(op, &place->news, 0);
}
