#include "op/op.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/lock.h"
#include "op/executor_internal.h"

enum op_state { OP_NEW, OP_RUNNING, OP_PARKED, OP_READY, OP_OVER };

struct waiter {
    struct list link; /* guarded by the queue's owner */
    struct op *op;    /* holds a reference */
    uint64_t key;
};

static struct op *op_of_work(struct work *work)
{
    return container_of(work, struct op, work);
}

/* With the lock held. An op that runs is told to run its step again; one that has answered is left
 * alone. */
static void op_make_ready(struct op *op, int error)
{
    if (error && !op->error)
        op->error = error;
    if (op->state == OP_RUNNING || op->state == OP_NEW) {
        op->woken = 1;
    } else if (op->state == OP_PARKED) {
        executor_unpark(&op->work);
        op->state = OP_READY;
        executor_add_ready(op->executor, &op->work);
    }
}

/* With the lock held: a parked op's time has come, its deadline or the end of its sleep. */
static void on_op_due(struct timer *timer)
{
    struct op *op = op_of_work(container_of(timer, struct work, timer));

    op_make_ready(op, clock_ms() >= op->deadline ? -ETIMEDOUT : 0);
}

static void on_op_cancel(struct work *work, int error)
{
    op_make_ready(op_of_work(work), error);
}

static void op_put(struct op *op)
{
    struct executor *executor = op->executor;
    unsigned left;

    pthread_mutex_lock(&executor->lock);
    left = --op->refs;
    pthread_mutex_unlock(&executor->lock);
    if (!left)
        op->type->release(op);
}

static void op_finish(struct op *op)
{
    struct executor *executor = op->executor;

    pthread_mutex_lock(&executor->lock);
    op->state = OP_OVER;
    pthread_mutex_unlock(&executor->lock);
    op_put(op);
    LOCKED(&executor->lock);
    executor_work_end(
        executor); /* after the release: "drained" means that nothing of an op is left */
}

/* With the lock held, on the thread that runs the op. */
static void op_apply_patience(struct op *op)
{
    int64_t deadline;

    if (!op->has_arrival)
        return;
    op->has_arrival = 0;
    deadline = clock_ms() + op->patience_ms;
    if (op->patience_ms && op->deadline < deadline)
        op->deadline = deadline;
}

/* Parks an op whose step has returned OP_PENDING. Returns 1 when it is parked; 0 when it was woken
 * or has failed meanwhile, so that it must run on. */
static int op_park(struct op *op)
{
    struct executor *executor = op->executor;

    if (!op->announced && op->type->parking) {
        op->announced = 1;
        op->type->parking(op);
    }
    LOCKED(&executor->lock);
    if (executor->cancel_error && !op->error)
        op->error = executor->cancel_error;
    if (op->woken || op->error) {
        op->woken = 0;
        return 0;
    }
    op->state = OP_PARKED;
    executor_park(executor, &op->work, op->wake_at < op->deadline ? op->wake_at : op->deadline);
    executor_work_end(executor);
    return 1;
}

/* Runs an op that is neither over nor in a list until it is over or parked. */
static void op_run(struct op *op)
{
    for (;;) {
        int error;

        pthread_mutex_lock(&op->executor->lock);
        op->state = OP_RUNNING;
        error = op->error;
        op->woken = 0;
        op_apply_patience(op);
        pthread_mutex_unlock(&op->executor->lock);
        if (error) {
            op->type->fail(op, error);
            break;
        }
        op->wake_at = CLOCK_NEVER;
        if (op->type->step(op) != OP_PENDING)
            break;
        if (op_park(op))
            return;
    }
    op_finish(op);
}

static void run_op_work(struct work *work)
{
    op_run(op_of_work(work));
}

static void run_op_release(struct work *work)
{
    struct op *op = op_of_work(work);

    op->type->release(op);
}

static void op_prepare(struct executor *executor, struct op *op)
{
    op->executor = executor;
    op->started = clock_ms();
    op->wake_at = CLOCK_NEVER;
    list_init(&op->work.link);
    timer_init(&op->work.timer, on_op_due);
    op->work.run = run_op_work;
    op->work.on_cancel = on_op_cancel;
    op->state = OP_NEW;
    op->error = 0;
    op->woken = 0;
    op->has_arrival = 0;
    op->announced = 0;
    op->refs = 1;
}

void op_start(struct executor *executor, struct op *op)
{
    op_prepare(executor, op);
    pthread_mutex_lock(&executor->lock);
    executor_work_begin(executor);
    pthread_mutex_unlock(&executor->lock);
    op_run(op);
}

void op_start_later(struct executor *executor, struct op *op)
{
    op_prepare(executor, op);
    LOCKED(&executor->lock);
    op->state = OP_READY;
    executor_add_ready(executor, &op->work);
}

int op_wait(struct op *op, struct wait_queue *queue, uint64_t key)
{
    struct waiter *waiter = malloc(sizeof(*waiter));

    if (!waiter)
        return -ENOMEM;
    waiter->op = op;
    waiter->key = key;
    pthread_mutex_lock(&op->executor->lock);
    op->refs++;
    pthread_mutex_unlock(&op->executor->lock);
    list_add(&queue->waiters, &waiter->link);
    return OP_PENDING;
}

int op_sleep(struct op *op, int64_t at)
{
    op->wake_at = at;
    return OP_PENDING;
}

int op_yield(struct op *op)
{
    LOCKED(&op->executor->lock);
    op->has_arrival = 1;
    op->wake_at = clock_ms();
    return OP_PENDING;
}

void op_cancel(struct op *op, int error)
{
    LOCKED(&op->executor->lock);
    op_make_ready(op, error);
}

static void waiter_wake(struct waiter *waiter, int error)
{
    struct op *op = waiter->op;

    list_del(&waiter->link);
    free(waiter);
    LOCKED(&op->executor->lock);
    if (!error)
        op->has_arrival = 1;
    else if (error == -ETIMEDOUT && op->deadline != CLOCK_NEVER && clock_ms() < op->deadline)
        error = 0;
    if (error && op->rides_out_failures) {
        op->failure = error;
        error = 0;
    }
    op_make_ready(op, error);
    /* An op that was over already goes with its last waiter. A thread of the executor releases it:
     * the op may hold the last reference to the owner of the queue, whose lock is held here. */
    if (!--op->refs) {
        op->work.run = run_op_release;
        executor_add_finished(op->executor, &op->work);
    }
}

void wait_queue_wake(struct wait_queue *queue, int error)
{
    list_each_safe (at, &queue->waiters)
        waiter_wake(container_of(at, struct waiter, link), error);
}

void wait_queue_wake_key(struct wait_queue *queue, uint64_t key)
{
    list_each_safe (at, &queue->waiters) {
        struct waiter *waiter = container_of(at, struct waiter, link);

        if (waiter->key <= key)
            waiter_wake(waiter, 0);
    }
}
