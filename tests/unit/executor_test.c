/* An executor whose threads block grows, and lets no more than it began with work at once. */
#include <dirent.h>
#include <sched.h>

#include "base/clock.h"
#include "op/sync.h"
#include "support/op_probe.h"
#include "test.h"

#define MOST     6
#define STAYS_MS 3600000

static _Atomic int inside, is_open, working, worked_most;

static struct executor *executor;

static void work(void)
{
    int now = ++working;

    if (now > worked_most)
        worked_most = now;
    for (int i = 0; i < 100; i++)
        sched_yield();
    working--;
}

/* Rests until the gate is open; works before and after. */
static int act_rest(struct probe *probe)
{
    (void)probe;
    work();
    executor_block_begin(executor);
    inside++;
    while (!is_open)
        sched_yield();
    executor_block_end(executor);
    work();
    return 0;
}

static int act_work(struct probe *probe)
{
    (void)probe;
    work();
    return 0;
}

static void start(struct probe *probes, int n, int (*act)(struct probe *))
{
    for (int i = 0; i < n; i++) {
        probe_init(&probes[i], act);
        op_start_later(executor, &probes[i].op);
    }
}

static void start_resting(struct probe *probes, int n)
{
    inside = 0;
    is_open = 0;
    start(probes, n, act_rest);
}

static int are_released(struct probe *probes, int n)
{
    for (int i = 0; i < n; i++)
        if (!probe_reaches(&probes[i].releases, 1))
            return 0;
    return 1;
}

TEST(executor_grows_while_threads_rest)
{
    struct probe probes[MOST + 2];

    executor = executor_create(1);
    executor_let_grow(executor, MOST, STAYS_MS);
    worked_most = 0;
    start_resting(probes, MOST + 2);
    CHECK(probe_reaches(&inside, MOST));
    for (int i = 0; i < 1000; i++)
        sched_yield();
    CHECK_EQ(inside, MOST); /* and no further */
    is_open = 1;
    CHECK(are_released(probes, MOST + 2));
    CHECK_EQ(worked_most, 1);
    executor_destroy(executor);
}

/* All but one rest: the one goes on with what comes. */
TEST(executor_works_while_threads_rest)
{
    struct probe resting[MOST - 1], others[20];

    executor = executor_create(2);
    executor_let_grow(executor, MOST, STAYS_MS);
    worked_most = 0;
    start_resting(resting, MOST - 1);
    CHECK(probe_reaches(&inside, MOST - 1));
    start(others, 20, act_work);
    CHECK(are_released(others, 20));
    is_open = 1;
    CHECK(are_released(resting, MOST - 1));
    CHECK(worked_most <= 2);
    executor_destroy(executor);
}

TEST(executor_that_has_grown_is_used_again)
{
    struct probe probes[MOST], others[MOST];

    executor = executor_create(2);
    executor_let_grow(executor, MOST, STAYS_MS);
    worked_most = 0;
    for (int round = 0; round < 50; round++) {
        start_resting(probes, MOST);
        start(others, MOST, act_work);
        CHECK(probe_reaches(&inside, MOST));
        is_open = 1;
        CHECK(are_released(probes, MOST) && are_released(others, MOST));
    }
    CHECK(worked_most <= 2);
    executor_destroy(executor);
}

TEST(executor_stops_while_it_grows)
{
    for (int round = 0; round < 50; round++) {
        struct probe probes[2 * MOST];

        executor = executor_create(1);
        executor_let_grow(executor, MOST, STAYS_MS);
        is_open = 1;
        start(probes, MOST, act_rest);
        start(probes + MOST, MOST, act_work);
        executor_stop(executor);
        for (int i = 0; i < 2 * MOST; i++)
            CHECK_EQ(probes[i].releases, 1);
        executor_destroy(executor);
    }
}

/* One that does not grow has all its threads at work. */
TEST(executor_that_does_not_grow_lets_all_work)
{
    struct probe probes[3];

    executor = executor_create(3);
    start_resting(probes, 3);
    CHECK(probe_reaches(&inside, 3));
    is_open = 1;
    CHECK(are_released(probes, 3));
    executor_destroy(executor);
}

struct never {
    pthread_mutex_t lock;
    struct wait_queue queue;
};

static int wait_for_ever(struct op *op, void *arg)
{
    struct never *never = arg;
    int rc;

    pthread_mutex_lock(&never->lock);
    rc = op_wait(op, &never->queue, 0);
    pthread_mutex_unlock(&never->lock);
    return rc;
}

static struct executor *waiting;
static struct never never = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int act_run_sync(struct probe *probe)
{
    (void)probe;
    inside++;
    return op_run_sync_from(waiting, executor, PATIENCE_MS, wait_for_ever, &never);
}

TEST(op_run_sync_from_lets_others_work)
{
    struct probe blocked[MOST - 1], other;

    wait_queue_init(&never.queue);
    executor = executor_create(1);
    waiting = executor_create(1);
    executor_let_grow(executor, MOST, STAYS_MS);
    inside = 0;
    start(blocked, MOST - 1, act_run_sync);
    CHECK(probe_reaches(&inside, MOST - 1));
    start(&other, 1, act_work);
    CHECK(are_released(&other, 1));
    CHECK_EQ(blocked[0].releases, 0);
    executor_cancel_all(waiting, -ENODEV);
    CHECK(are_released(blocked, MOST - 1));
    pthread_mutex_lock(&never.lock);
    wait_queue_wake(&never.queue, -ENODEV);
    pthread_mutex_unlock(&never.lock);
    executor_destroy(waiting);
    executor_destroy(executor);
}

/* Whether a thread is on its way out: one that was joined can be in /proc for a moment more. The
 * ninth field of its stat are flags, of which 4 is PF_EXITING: proc(5). */
static int is_exiting(const char *thread)
{
    char path[300], text[512];
    unsigned flags = 0;
    const char *rest;
    FILE *file;
    size_t len;

    snprintf(path, sizeof(path), "/proc/self/task/%s/stat", thread);
    file = fopen(path, "re");
    if (!file)
        return 1;
    len = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[len] = '\0';
    rest = strrchr(text, ')');
    return !rest || sscanf(rest, ") %*c %*d %*d %*d %*d %*d %u", &flags) != 1 || flags & 4;
}

static int thread_count(void)
{
    DIR *threads = opendir("/proc/self/task");
    const struct dirent *thread;
    int count = 0;

    while (threads && (thread = readdir(threads)))
        if (thread->d_name[0] != '.' && !is_exiting(thread->d_name))
            count++;
    if (threads)
        closedir(threads);
    return count;
}

static int comes_to(int threads)
{
    int64_t until = clock_ms() + 20000;

    while (thread_count() != threads && clock_ms() < until)
        sched_yield();
    return thread_count() == threads;
}

TEST(executor_lets_spare_threads_end)
{
    struct probe resting[MOST], other;
    int before = thread_count();

    executor = executor_create(1);
    executor_let_grow(executor, MOST, 20);
    for (int round = 0; round < 2; round++) { /* and grows again */
        start_resting(resting, MOST);
        CHECK(probe_reaches(&inside, MOST));
        CHECK_EQ(thread_count(), before + MOST);
        is_open = 1;
        CHECK(are_released(resting, MOST));
        CHECK(comes_to(before + 1));
    }
    start(&other, 1, act_work);
    CHECK(are_released(&other, 1));
    executor_destroy(executor);
    CHECK_EQ(thread_count(), before);
}
