#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/thread.h"
#include "op/executor_internal.h"

static void *worker_main(void *arg);

/* With the lock held, as all `static` functions here but worker_main. */
static void add_worker(struct executor *executor)
{
    if (!thread_start(&executor->threads[executor->thread_count], worker_main, executor))
        executor->thread_count++;
}

/*
 * Wakes or starts a worker for the ready list, within the limit of busy ones. A worker that takes
 * work off the list calls this too, as one idle worker may have been woken for several.
 */
static void wake_worker(struct executor *executor)
{
    if (list_empty(&executor->ready) || executor->busy >= executor->limit)
        return;
    pthread_cond_signal(&executor->changed);
    if (!executor->idle && executor->thread_count < executor->most && !executor->stopping)
        add_worker(executor);
}

static void worker_not_busy(struct executor *executor)
{
    executor->busy--;
    if (executor->unblocked)
        pthread_cond_signal(&executor->fewer_busy);
    else
        wake_worker(executor);
}

void executor_block_begin(struct executor *executor)
{
    LOCKED(&executor->lock);
    worker_not_busy(executor);
}

void executor_block_end(struct executor *executor)
{
    LOCKED(&executor->lock);
    executor->unblocked++;
    while (executor->busy >= executor->limit)
        pthread_cond_wait(&executor->fewer_busy, &executor->lock);
    executor->unblocked--;
    executor->busy++;
    wake_worker(executor);
}

static int is_drained(const struct executor *executor)
{
    return !executor->running && list_empty(&executor->ready) && list_empty(&executor->parked) &&
           list_empty(&executor->finished);
}

void executor_work_begin(struct executor *executor)
{
    executor->running++;
}

void executor_work_end(struct executor *executor)
{
    executor->running--;
    if (is_drained(executor))
        pthread_cond_broadcast(&executor->drained);
}

void executor_add_ready(struct executor *executor, struct work *work)
{
    list_add(&executor->ready, &work->link);
    wake_worker(executor);
}

void executor_park(struct executor *executor, struct work *work, int64_t due)
{
    list_add(&executor->parked, &work->link);
    if (due == CLOCK_NEVER)
        return;
    if (due < timers_next(&executor->timers))
        pthread_cond_signal(&executor->changed);
    timers_set(&executor->timers, &work->timer, due);
}

void executor_unpark(struct work *work)
{
    timer_cancel(&work->timer);
    list_del(&work->link);
}

void executor_add_finished(struct executor *executor, struct work *work)
{
    list_add(&executor->finished, &work->link);
    pthread_cond_signal(&executor->changed);
}

static void wake_due(struct executor *executor, int64_t now)
{
    struct timer *timer;

    while ((timer = timers_pop_due(&executor->timers, now)))
        timer->on_due(timer);
}

/* Until something changes, or `look_at` has come. Gives the lock back meanwhile. */
static void wait_for_change(struct executor *executor, int64_t look_at)
{
    int64_t next = timers_next(&executor->timers);
    int64_t due = look_at < next ? look_at : next;
    struct timespec until = {.tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000};

    executor->idle++;
    if (due == CLOCK_NEVER)
        pthread_cond_wait(&executor->changed, &executor->lock);
    else
        pthread_cond_timedwait(&executor->changed, &executor->lock, &until);
    executor->idle--;
}

/* When a worker that has had no work since `idle_since` is to end. */
static int64_t spare_at(const struct executor *executor, int64_t idle_since)
{
    return executor->thread_count > executor->limit ? idle_since + executor->spare_ms : CLOCK_NEVER;
}

/* Takes the calling worker, which is about to end, off the list of threads to join. */
static void remove_worker(struct executor *executor)
{
    unsigned at = 0;

    while (!pthread_equal(executor->threads[at], pthread_self()))
        at++;
    executor->threads[at] = executor->threads[--executor->thread_count];
    pthread_detach(pthread_self());
}

/* Gives the lock back meanwhile. The op accounts for the end of its work itself, as it may be
 * parked. */
static void run_ready(struct executor *executor, struct work *work)
{
    executor_work_begin(executor);
    executor->busy++;
    if (executor->thread_count < executor->most)
        wake_worker(executor);
    pthread_mutex_unlock(&executor->lock);
    work->run(work);
    pthread_mutex_lock(&executor->lock);
    worker_not_busy(executor);
}

/* Gives the lock back meanwhile. */
static void run_finished(struct executor *executor, struct work *work)
{
    executor_work_begin(executor);
    pthread_mutex_unlock(&executor->lock);
    work->run(work);
    pthread_mutex_lock(&executor->lock);
    executor_work_end(executor);
}

static void *worker_main(void *arg)
{
    struct executor *executor = arg;
    int64_t idle_since = clock_ms();

    pthread_mutex_lock(&executor->lock);
    for (;;) {
        struct list *node;
        int64_t now = clock_ms();

        wake_due(executor, now);
        if ((node = list_pop(&executor->finished))) {
            run_finished(executor, container_of(node, struct work, link));
        } else if (executor->busy + executor->unblocked < executor->limit &&
                   (node = list_pop(&executor->ready))) {
            run_ready(executor, container_of(node, struct work, link));
            idle_since = clock_ms();
        } else if (executor->stopping) {
            break; /* busy workers take what is ready */
        } else if (spare_at(executor, idle_since) <= now) {
            remove_worker(executor);
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
    pthread_cond_init(&executor->fewer_busy, NULL);
    executor->limit = EXECUTOR_THREADS_MAX;
    pthread_condattr_destroy(&attr);
    list_init(&executor->ready);
    list_init(&executor->parked);
    list_init(&executor->finished);
    timers_init(&executor->timers);

    pthread_mutex_lock(&executor->lock);
    for (unsigned i = 0; i < threads && i < EXECUTOR_THREADS_MAX; i++)
        add_worker(executor);
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
    executor->most = most < EXECUTOR_THREADS_MAX ? most : EXECUTOR_THREADS_MAX;
}

void executor_cancel_all(struct executor *executor, int error)
{
    LOCKED(&executor->lock);
    executor->cancel_error = error;
    list_each_safe (at, &executor->parked) {
        struct work *work = container_of(at, struct work, link);

        work->on_cancel(work, error);
    }
}

void executor_drain(struct executor *executor)
{
    LOCKED(&executor->lock);
    while (!is_drained(executor))
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
    while ((node = list_pop(&executor->finished))) {
        struct work *work = container_of(node, struct work, link);

        work->run(work);
    }
    pthread_cond_destroy(&executor->changed);
    pthread_cond_destroy(&executor->drained);
    pthread_cond_destroy(&executor->fewer_busy);
    pthread_mutex_destroy(&executor->lock);
    free(executor);
}
