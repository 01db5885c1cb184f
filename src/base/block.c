#include "base/block.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/lock.h"

struct block {
    struct op op;
    int (*step)(struct op *op, void *arg);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int is_done;
    int result;
    unsigned users; /* the op and the one who waits */
};

static void block_done(struct block *block, int result)
{
    LOCKED(&block->lock);
    block->is_done = 1;
    block->result = result;
    pthread_cond_signal(&block->changed);
}

static void block_put(struct block *block)
{
    unsigned left;

    pthread_mutex_lock(&block->lock);
    left = --block->users;
    pthread_mutex_unlock(&block->lock);
    if (left)
        return;
    pthread_cond_destroy(&block->changed);
    pthread_mutex_destroy(&block->lock);
    free(block);
}

static int block_step(struct op *op)
{
    struct block *block = container_of(op, struct block, op);
    int rc = block->step(op, block->arg);

    if (rc != OP_PENDING)
        block_done(block, rc);
    return rc;
}

static void block_fail(struct op *op, int error)
{
    block_done(container_of(op, struct block, op), error);
}

static void block_release(struct op *op)
{
    block_put(container_of(op, struct block, op));
}

static const struct op_type block_type = {
    .step = block_step, .fail = block_fail, .release = block_release};

/* Blocks until it is done. */
static int block_wait(struct block *block)
{
    LOCKED(&block->lock);
    while (!block->is_done)
        pthread_cond_wait(&block->changed, &block->lock);
    return block->result;
}

static int block_is_done(struct block *block)
{
    LOCKED(&block->lock);
    return block->is_done;
}

int op_block_resting(struct executor *executor, struct executor *own, int64_t timeout_ms,
                     int (*step)(struct op *op, void *arg), void *arg)
{
    struct block *block = calloc(1, sizeof(*block));
    int result;

    if (!block)
        return -ENOMEM;
    block->op.type = &block_type;
    block->op.deadline = clock_ms() + timeout_ms;
    block->step = step;
    block->arg = arg;
    block->users = 2;
    pthread_mutex_init(&block->lock, NULL);
    pthread_cond_init(&block->changed, NULL);
    op_start(executor, &block->op);

    if (block_is_done(block) || !own) {
        result = block_wait(block);
    } else {
        executor_rest(own);
        result = block_wait(block);
        executor_go_on(own);
    }
    block_put(block);
    return result;
}

int op_block(struct executor *executor, int64_t timeout_ms, int (*step)(struct op *op, void *arg),
             void *arg)
{
    return op_block_resting(executor, NULL, timeout_ms, step, arg);
}
