#include "base/op.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/thread.h"

#define THREADS_MAX 64

enum op_state { OP_NEW, OP_RUNNING, OP_PARKED, OP_READY, OP_OVER };

struct waiter {
    struct list link; /* guarded by the queue's owner */
    struct op *op;    /* holds a reference */
    uint64_t key;
};

struct executor {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* an op is ready, a deadline is nearer, or it stops */
    struct list ready;
    struct list parked;
    struct list dead;       /* over, and to be released without any lock of others */
    unsigned running;       /* ops that a thread has in hand */
    pthread_cond_t drained; /* nothing runs, is ready or waits */
    int64_t next_due;       /* no parked op is due before this */
    int cancel_error;       /* != 0: nothing may wait any more */
    int stopping;
    unsigned idle;        /* threads that wait for an op */
    unsigned busy;        /* threads that have one and don't rest */
    unsigned limit;       /* of busy ones */
    unsigned most;        /* threads that there may be */
    int64_t spare_ms;     /* threads beyond `limit` end after so long without an op */
    unsigned going_on;    /* threads that have rested and want to be busy */
    pthread_cond_t freed; /* for them: there is one busy thread less */
    unsigned thread_count;
    pthread_t threads[THREADS_MAX];
};

static void *executor_thread(void *arg);

static int64_t op_due(const struct op *op)
{
    return op->wake_at < op->deadline ? op->wake_at : op->deadline;
}

/* With the lock held: one more thread. */
static void add_thread(struct executor *executor)
{
    if (!thread_start(&executor->threads[executor->thread_count], executor_thread, executor))
        executor->thread_count++;
}

/* With the lock held: sees to it that somebody comes for what is ready, if there may be one more. Who
 * takes an op off calls this too, as one idle thread may have been told of several. */
static void have_it_run(struct executor *executor)
{
    if (list_empty(&executor->ready) || executor->busy >= executor->limit)
        return;
    pthread_cond_signal(&executor->changed);
    if (!executor->idle && executor->thread_count < executor->most && !executor->stopping)
        add_thread(executor);
}

/* With the lock held: a thread is no longer busy. */
static void busy_no_more(struct executor *executor)
{
    executor->busy--;
    if (executor->going_on)
        pthread_cond_signal(&executor->freed);
    else
        have_it_run(executor);
}

void executor_rest(struct executor *executor)
{
    LOCKED(&executor->lock);
    busy_no_more(executor);
}

void executor_go_on(struct executor *executor)
{
    LOCKED(&executor->lock);
    executor->going_on++;
    while (executor->busy >= executor->limit)
        pthread_cond_wait(&executor->freed, &executor->lock);
    executor->going_on--;
    executor->busy++;
    have_it_run(executor);
}

/* With the lock held. */
static void make_ready(struct op *op, int error)
{
    struct executor *executor = op->executor;

    if (error && !op->error)
        op->error = error;
    if (op->state == OP_RUNNING || op->state == OP_NEW) {
        op->woken = 1;
        return;
    }
    if (op->state != OP_PARKED)
        return;
    list_del(&op->link);
    op->state = OP_READY;
    list_add(&executor->ready, &op->link);
    have_it_run(executor);
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

/* With the lock held: a thread has let go of an op. */
static void let_go(struct executor *executor)
{
    executor->running--;
    if (!executor->running && list_empty(&executor->ready) && list_empty(&executor->parked) &&
        list_empty(&executor->dead))
        pthread_cond_broadcast(&executor->drained);
}

static void op_finish(struct op *op)
{
    struct executor *executor = op->executor;

    pthread_mutex_lock(&executor->lock);
    op->state = OP_OVER;
    pthread_mutex_unlock(&executor->lock);
    op_put(op);
    LOCKED(&executor->lock);
    let_go(executor); /* after the release: "drained" means that nothing of an op is left */
}

/* After a step said "pending": parks the op. Returns 1 when it is parked, 0 when it has to go on at
 * once (it was woken meanwhile, or has failed: see op->error). */
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
    list_add(&executor->parked, &op->link);
    let_go(executor);
    if (op_due(op) < executor->next_due) {
        executor->next_due = op_due(op);
        pthread_cond_signal(&executor->changed);
    }
    return 1;
}

/* Runs an op whose state is OP_RUNNING until it is over or parked. */
static void op_run(struct op *op)
{
    for (;;) {
        int error;

        pthread_mutex_lock(&op->executor->lock);
        error = op->error;
        op->woken = 0;
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

static void op_prepare(struct executor *executor, struct op *op)
{
    op->executor = executor;
    op->started = clock_ms();
    op->wake_at = CLOCK_NEVER;
    list_init(&op->link);
    op->error = 0;
    op->woken = 0;
    op->announced = 0;
    op->refs = 1;
}

void op_start(struct executor *executor, struct op *op)
{
    op_prepare(executor, op);
    op->state = OP_RUNNING;
    pthread_mutex_lock(&executor->lock);
    executor->running++;
    pthread_mutex_unlock(&executor->lock);
    op_run(op);
}

void op_start_later(struct executor *executor, struct op *op)
{
    op_prepare(executor, op);
    LOCKED(&executor->lock);
    op->state = OP_READY;
    list_add(&executor->ready, &op->link);
    have_it_run(executor);
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

void op_cancel(struct op *op, int error)
{
    LOCKED(&op->executor->lock);
    make_ready(op, error);
}

static void waiter_wake(struct waiter *waiter, int error)
{
    struct op *op = waiter->op;

    /* What was waited for has run out of its time, which may have begun before the op's: the op tries
     * again while it has time itself. */
    if (error == -ETIMEDOUT && clock_ms() < op->deadline)
        error = 0;

    list_del(&waiter->link);
    free(waiter);
    LOCKED(&op->executor->lock);
    make_ready(op, error);
    /* An op that was over already goes with its last waiter. What it holds may be what the queue
     * belongs to, whose lock is held here: a thread of the executor releases it. */
    if (!--op->refs) {
        list_add(&op->executor->dead, &op->link);
        pthread_cond_signal(&op->executor->changed);
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

/* With the lock held: makes ready what is due, and finds when the next one will be. */
static void expire(struct executor *executor, int64_t now)
{
    if (now < executor->next_due)
        return;
    executor->next_due = CLOCK_NEVER;
    list_each_safe (at, &executor->parked) {
        struct op *op = container_of(at, struct op, link);

        if (op->deadline <= now)
            make_ready(op, -ETIMEDOUT);
        else if (op->wake_at <= now)
            make_ready(op, 0);
        else if (op_due(op) < executor->next_due)
            executor->next_due = op_due(op);
    }
}

/* With the lock held, which is given back meanwhile: until something changes, or it is time to look. */
static void wait_for_change(struct executor *executor, int64_t look_at)
{
    int64_t due = look_at < executor->next_due ? look_at : executor->next_due;
    struct timespec until = {.tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000};

    executor->idle++;
    if (due == CLOCK_NEVER)
        pthread_cond_wait(&executor->changed, &executor->lock);
    else
        pthread_cond_timedwait(&executor->changed, &executor->lock, &until);
    executor->idle--;
}

/* With the lock held: when a thread that has had no op since `idle_since` is one too many. */
static int64_t spare_at(const struct executor *executor, int64_t idle_since)
{
    return executor->thread_count > executor->limit ? idle_since + executor->spare_ms : CLOCK_NEVER;
}

/* With the lock held: the calling thread ends, and nobody is to join it. */
static void leave(struct executor *executor)
{
    unsigned at = 0;

    while (!pthread_equal(executor->threads[at], pthread_self()))
        at++;
    executor->threads[at] = executor->threads[--executor->thread_count];
    pthread_detach(pthread_self());
}

/* With the lock held, which is given back meanwhile. */
static void run_ready(struct executor *executor, struct op *op)
{
    op->state = OP_RUNNING;
    executor->running++;
    executor->busy++;
    if (executor->thread_count < executor->most)
        have_it_run(executor);
    pthread_mutex_unlock(&executor->lock);
    op_run(op);
    pthread_mutex_lock(&executor->lock);
    busy_no_more(executor);
}

/* With the lock held, which is given back meanwhile. */
static void release_dead(struct executor *executor, struct op *op)
{
    executor->running++;
    pthread_mutex_unlock(&executor->lock);
    op->type->release(op);
    pthread_mutex_lock(&executor->lock);
    let_go(executor);
}

static void *executor_thread(void *arg)
{
    struct executor *executor = arg;
    int64_t idle_since = clock_ms();

    pthread_mutex_lock(&executor->lock);
    for (;;) {
        struct list *node;
        int64_t now = clock_ms();

        expire(executor, now);
        if ((node = list_pop(&executor->dead))) {
            release_dead(executor, container_of(node, struct op, link));
        } else if (executor->busy < executor->limit && (node = list_pop(&executor->ready))) {
            run_ready(executor, container_of(node, struct op, link));
            idle_since = clock_ms();
        } else if (executor->stopping) {
            break; /* what is ready is left to those that are busy */
        } else if (spare_at(executor, idle_since) <= now) {
            leave(executor);
            break;
        } else {
            wait_for_change(executor, spare_at(executor, idle_since));
        }
    }
    pthread_mutex_unlock(&executor->lock);
    return NULL;
}

struct executor *executor_create(unsigned threads)
{
    struct executor *executor = calloc(1, sizeof(*executor));
    pthread_condattr_t attr;

    if (!executor)
        return NULL;
    pthread_mutex_init(&executor->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&executor->changed, &attr);
    pthread_cond_init(&executor->drained, NULL);
    pthread_cond_init(&executor->freed, NULL);
    executor->limit = THREADS_MAX;
    pthread_condattr_destroy(&attr);
    list_init(&executor->ready);
    list_init(&executor->parked);
    list_init(&executor->dead);
    executor->next_due = CLOCK_NEVER;

    pthread_mutex_lock(&executor->lock);
    for (unsigned i = 0; i < threads && i < THREADS_MAX; i++)
        add_thread(executor);
    pthread_mutex_unlock(&executor->lock);
    if (!executor->thread_count) {
        executor_destroy(executor);
        return NULL;
    }
    return executor;
}

void executor_let_grow(struct executor *executor, unsigned most, int64_t spare_ms)
{
    LOCKED(&executor->lock);
    executor->spare_ms = spare_ms;
    executor->limit = executor->thread_count;
    executor->most = most < THREADS_MAX ? most : THREADS_MAX;
}

void executor_cancel_all(struct executor *executor, int error)
{
    LOCKED(&executor->lock);
    executor->cancel_error = error;
    list_each_safe (at, &executor->parked)
        make_ready(container_of(at, struct op, link), error);
}

void executor_drain(struct executor *executor)
{
    LOCKED(&executor->lock);
    while (executor->running || !list_empty(&executor->ready) || !list_empty(&executor->parked) ||
           !list_empty(&executor->dead))
        pthread_cond_wait(&executor->drained, &executor->lock);
}

void executor_stop(struct executor *executor)
{
    pthread_mutex_lock(&executor->lock);
    executor->stopping = 1;
    pthread_cond_broadcast(&executor->changed);
    pthread_mutex_unlock(&executor->lock);
    for (unsigned i = 0; i < executor->thread_count; i++)
        pthread_join(executor->threads[i], NULL);
    executor->thread_count = 0;
}

void executor_destroy(struct executor *executor)
{
    struct list *node;

    executor_stop(executor);
    while ((node = list_pop(&executor->dead)))
        container_of(node, struct op, link)->type->release(container_of(node, struct op, link));
    pthread_cond_destroy(&executor->changed);
    pthread_cond_destroy(&executor->drained);
    pthread_cond_destroy(&executor->freed);
    pthread_mutex_destroy(&executor->lock);
    free(executor);
}
