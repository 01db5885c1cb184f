#include "op/sync.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/refcount.h"

struct sync_op {
    struct op op;
    int (*step)(struct op *op, void *arg);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int is_done;
    int result;
    struct refcount refs; /* of the op, and of the thread that waits for it */
};

static void sync_op_done(struct sync_op *sync_op, int result)
{
    LOCKED(&sync_op->lock);
    sync_op->is_done = 1;
    sync_op->result = result;
    pthread_cond_signal(&sync_op->changed);
}

static void sync_op_put(struct sync_op *sync_op)
{
    if (!refcount_put(&sync_op->refs))
        return;
    pthread_cond_destroy(&sync_op->changed);
    pthread_mutex_destroy(&sync_op->lock);
    free(sync_op);
}

static int sync_op_step(struct op *op)
{
    struct sync_op *sync_op = container_of(op, struct sync_op, op);
    int rc = sync_op->step(op, sync_op->arg);

    if (rc != OP_PENDING)
        sync_op_done(sync_op, rc);
    return rc;
}

static void sync_op_fail(struct op *op, int error)
{
    sync_op_done(container_of(op, struct sync_op, op), error);
}

static void sync_op_release(struct op *op)
{
    sync_op_put(container_of(op, struct sync_op, op));
}

static const struct op_type sync_op_type = {
    .step = sync_op_step, .fail = sync_op_fail, .release = sync_op_release};

/* Blocks until it is done. */
static int sync_op_wait(struct sync_op *sync_op)
{
    LOCKED(&sync_op->lock);
    while (!sync_op->is_done)
        pthread_cond_wait(&sync_op->changed, &sync_op->lock);
    return sync_op->result;
}

static int sync_op_is_done(struct sync_op *sync_op)
{
    LOCKED(&sync_op->lock);
    return sync_op->is_done;
}

int op_run_sync_from(struct executor *executor, struct executor *own, int64_t timeout_ms,
                     int (*step)(struct op *op, void *arg), void *arg)
{
    struct sync_op *sync_op = calloc(1, sizeof(*sync_op));
    int result;

    if (!sync_op)
        return -ENOMEM;
    sync_op->op.type = &sync_op_type;
    sync_op->op.deadline = clock_ms() + timeout_ms;
    sync_op->step = step;
    sync_op->arg = arg;
    refcount_init(&sync_op->refs, 2);
    pthread_mutex_init(&sync_op->lock, NULL);
    pthread_cond_init(&sync_op->changed, NULL);
    op_start(executor, &sync_op->op);

    if (sync_op_is_done(sync_op) || !own) {
        result = sync_op_wait(sync_op);
    } else {
        executor_block_begin(own);
        result = sync_op_wait(sync_op);
        executor_block_end(own);
    }
    sync_op_put(sync_op);
    return result;
}

int op_run_sync(struct executor *executor, int64_t timeout_ms,
                int (*step)(struct op *op, void *arg), void *arg)
{
    return op_run_sync_from(executor, NULL, timeout_ms, step, arg);
}
