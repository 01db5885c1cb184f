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
        task_position_decode(answer->body, answer->len, &ahead, why, sizeof(why)) == -EPROTO)
        log_error("cannot use the service's answer for the status of task '%s': %s", task->id, why);
    pthread_mutex_lock(&task->tasks->lock);
    task->position.ahead = ahead;
    task->position.asked_at = answer->asked_at;
    single_flight_land(&task->position.asking, 0);
    pthread_mutex_unlock(&task->tasks->lock);
    task_unref(task);
}

static int send_position_request(void *arg)
{
    struct task *task = arg;
    int rc;

    task_ref(task);
    rc = client_status(task->tasks->config.client, task->id, on_position_answer, task);
    if (rc)
        task_unref(task);
    return rc;
}

int task_queue_position(struct task *task, int64_t since, struct op *op, double *ahead)
{
    struct queue_position *position = &task->position;
    int is_in_flight;

    LOCKED(&task->tasks->lock);
    is_in_flight = single_flight_is_up(&position->asking);
    if (freshness_of_position(position->asked_at, since, is_in_flight) != FRESHNESS_GOOD)
        return single_flight_join(&position->asking, op, send_position_request, task);
    *ahead = position->ahead;
    return 0;
}
