#include "op/sync.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/lock.h"
#include "test.h"

struct waited {
    pthread_mutex_t lock;
    struct wait_queue queue;
    int steps;
    int result;
    int wakes; /* so often it is woken before it ends */
    int error; /* it is woken with */
};

static int wait_for_it(struct op *op, void *arg)
{
    struct waited *waited = arg;
    int rc;
    LOCKED(&waited->lock);

    if (waited->steps++ >= waited->wakes)
        return waited->result;
    rc = op_wait(op, &waited->queue, 0);
    wait_queue_wake(&waited->queue, waited->error);
    return rc;
}

static int wait_in_vain(struct op *op, void *arg)
{
    struct waited *waited = arg;
    LOCKED(&waited->lock);

    waited->steps++;
    return op_wait(op, &waited->queue, 0);
}

static void waited_init(struct waited *waited)
{
    memset(waited, 0, sizeof(*waited));
    pthread_mutex_init(&waited->lock, NULL);
    wait_queue_init(&waited->queue);
}

TEST(op_sync_returns_what_the_step_returns)
{
    struct executor *executor = executor_create(1);
    struct waited waited;

    waited_init(&waited);
    CHECK_EQ(op_run_sync(executor, 1000, wait_for_it, &waited), 0);
    waited.result = -ENOENT;
    CHECK_EQ(op_run_sync(executor, 1000, wait_for_it, &waited), -ENOENT);
    waited.result = 5;
    waited.wakes = 10;
    waited.steps = 0;
    CHECK_EQ(op_run_sync(executor, 1000, wait_for_it, &waited), 5);
    CHECK_EQ(waited.steps, 11);
    executor_destroy(executor);
}

TEST(op_sync_returns_the_error_it_was_woken_with)
{
    struct executor *executor = executor_create(1);
    struct waited waited;

    waited_init(&waited);
    waited.wakes = 1;
    waited.error = -ESTALE;
    CHECK_EQ(op_run_sync(executor, 1000, wait_for_it, &waited), -ESTALE);
    CHECK_EQ(waited.steps, 1);
    executor_destroy(executor);
}

TEST(op_sync_ends_at_its_time)
{
    struct executor *executor = executor_create(1);
    struct waited waited;
    int64_t start = clock_ms();

    waited_init(&waited);
    CHECK_EQ(op_run_sync(executor, 20, wait_in_vain, &waited), -ETIMEDOUT);
    CHECK(clock_ms() - start >= 20);
    CHECK_EQ(waited.steps, 1);
    wait_queue_wake(&waited.queue, 0); /* what it left behind outlives it safely */
    CHECK_EQ(waited.steps, 1);
    executor_destroy(executor);
}

TEST(op_sync_ends_with_cancel_all)
{
    struct executor *executor = executor_create(1);
    struct waited waited;

    waited_init(&waited);
    executor_cancel_all(executor, -ENOTCONN);
    CHECK_EQ(op_run_sync(executor, 20000, wait_in_vain, &waited), -ENOTCONN);
    wait_queue_wake(&waited.queue, 0);
    executor_destroy(executor);
}
