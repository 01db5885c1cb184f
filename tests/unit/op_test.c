#include "base/op.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/lock.h"
#include "test.h"

#define PATIENCE_MS 20000 /* nothing here takes so long */

/* An op that does as the test tells it, and what became of it. */
struct probe {
    struct op op;
    int (*act)(struct probe *probe);
    _Atomic int steps;
    _Atomic int parkings;
    _Atomic int failed_with;
    _Atomic int releases;
    _Atomic int open; /* the gate that act looks at */
    pthread_mutex_t lock;
    struct wait_queue queue;
};

static int probe_step(struct op *op)
{
    struct probe *probe = container_of(op, struct probe, op);

    probe->steps++;
    return probe->act(probe);
}

static void probe_fail(struct op *op, int error)
{
    container_of(op, struct probe, op)->failed_with = error;
}

static void probe_parking(struct op *op)
{
    container_of(op, struct probe, op)->parkings++;
}

static void probe_release(struct op *op)
{
    container_of(op, struct probe, op)->releases++;
}

static const struct op_type probe_type = {
    .step = probe_step, .fail = probe_fail, .parking = probe_parking, .release = probe_release};

static void probe_init(struct probe *probe, int (*act)(struct probe *))
{
    memset(probe, 0, sizeof(*probe));
    probe->op.type = &probe_type;
    probe->op.deadline = CLOCK_NEVER;
    probe->act = act;
    pthread_mutex_init(&probe->lock, NULL);
    wait_queue_init(&probe->queue);
}

static int act_done(struct probe *probe)
{
    (void)probe;
    return 0;
}

static int act_error(struct probe *probe)
{
    (void)probe;
    return -ENOENT;
}

/* Waits for the gate. */
static int act_wait(struct probe *probe)
{
    LOCKED(&probe->lock);
    return probe->open ? 0 : op_wait(&probe->op, &probe->queue, 7);
}

static void open_gate(struct probe *probe)
{
    LOCKED(&probe->lock);
    probe->open = 1;
    wait_queue_wake(&probe->queue, 0);
}

static void wake_key(struct probe *probe, uint64_t key)
{
    LOCKED(&probe->lock);
    wait_queue_wake_key(&probe->queue, key);
}

static void wake_with(struct probe *probe, int error)
{
    LOCKED(&probe->lock);
    wait_queue_wake(&probe->queue, error);
}

/* Spins until the counter has come so far; 0 when it never does. */
static int reaches(_Atomic int *counter, int value)
{
    int64_t end = clock_ms() + PATIENCE_MS;

    while (atomic_load(counter) < value)
        if (clock_ms() > end)
            return 0;
        else
            sched_yield();
    return 1;
}

/* Spins until it waits in its queue; 0 when it never does. */
static int waits(struct probe *probe)
{
    int64_t end = clock_ms() + PATIENCE_MS;

    for (;;) {
        LOCKED(&probe->lock);
        if (!list_empty(&probe->queue.waiters))
            return 1;
        if (clock_ms() > end)
            return 0;
    }
}

TEST(op_that_is_done_at_once)
{
    struct executor *executor = executor_create(1);
    struct probe probe;

    probe_init(&probe, act_done);
    op_start(executor, &probe.op);
    CHECK_EQ(probe.steps, 1);
    CHECK_EQ(probe.releases, 1);
    CHECK_EQ(probe.parkings, 0);
    CHECK_EQ(probe.failed_with, 0);
    executor_destroy(executor);
}

TEST(op_that_answers_with_an_error_is_over)
{
    struct executor *executor = executor_create(1);
    struct probe probe;

    probe_init(&probe, act_error);
    op_start(executor, &probe.op);
    CHECK_EQ(probe.steps, 1);
    CHECK_EQ(probe.releases, 1);
    CHECK_EQ(probe.failed_with, 0); /* the step has answered itself */
    executor_destroy(executor);
}

TEST(op_waits_and_is_run_again)
{
    struct executor *executor = executor_create(2);
    struct probe probe;

    probe_init(&probe, act_wait);
    op_start(executor, &probe.op);
    CHECK_EQ(probe.steps, 1);
    CHECK_EQ(probe.releases, 0);
    wake_with(&probe, 0); /* the gate is still shut: it waits anew */
    CHECK(waits(&probe));
    CHECK_EQ(probe.steps, 2);
    open_gate(&probe);
    CHECK(reaches(&probe.releases, 1));
    CHECK_EQ(probe.steps, 3);
    CHECK_EQ(probe.parkings, 1); /* announced once */
    executor_destroy(executor);
}

TEST(op_wakes_by_key)
{
    struct executor *executor = executor_create(1);
    struct probe probe;

    probe_init(&probe, act_wait);
    op_start(executor, &probe.op);
    probe.open = 1;
    wake_key(&probe, 6);
    CHECK(!list_empty(&probe.queue.waiters));
    CHECK_EQ(probe.steps, 1);
    wake_key(&probe, 7);
    CHECK(list_empty(&probe.queue.waiters));
    CHECK(reaches(&probe.releases, 1));
    CHECK_EQ(probe.steps, 2);
    executor_destroy(executor);
}

TEST(op_woken_with_an_error_fails)
{
    struct executor *executor = executor_create(1);
    struct probe probe;

    probe_init(&probe, act_wait);
    op_start(executor, &probe.op);
    wake_with(&probe, -ESTALE);
    CHECK(reaches(&probe.releases, 1));
    CHECK_EQ(probe.failed_with, -ESTALE);
    CHECK_EQ(probe.steps, 1);
    executor_destroy(executor);
}

/* The thing comes between the step's look and its parking. */
static int act_wake_before_park(struct probe *probe)
{
    int rc;
    LOCKED(&probe->lock);

    if (probe->steps > 1)
        return 0;
    rc = op_wait(&probe->op, &probe->queue, 0);
    wait_queue_wake(&probe->queue, 0);
    return rc;
}

TEST(op_wake_before_park_is_not_lost)
{
    struct executor *executor = executor_create(1);
    struct probe probe;

    probe_init(&probe, act_wake_before_park);
    op_start(executor, &probe.op);
    CHECK_EQ(probe.releases, 1); /* on this thread, without parking */
    CHECK_EQ(probe.steps, 2);
    CHECK(list_empty(&probe.queue.waiters));
    executor_destroy(executor);
}

static int act_fail_before_park(struct probe *probe)
{
    int rc;
    LOCKED(&probe->lock);

    rc = op_wait(&probe->op, &probe->queue, 0);
    wait_queue_wake(&probe->queue, -EIO);
    return rc;
}

TEST(op_error_before_park_is_not_lost)
{
    struct executor *executor = executor_create(1);
    struct probe probe;

    probe_init(&probe, act_fail_before_park);
    op_start(executor, &probe.op);
    CHECK_EQ(probe.releases, 1);
    CHECK_EQ(probe.steps, 1);
    CHECK_EQ(probe.failed_with, -EIO);
    executor_destroy(executor);
}

/* It waits twice in the same queue: one wake takes both out, and it ends once. */
static int act_wait_twice(struct probe *probe)
{
    LOCKED(&probe->lock);
    if (probe->open)
        return 0;
    op_wait(&probe->op, &probe->queue, 1);
    return op_wait(&probe->op, &probe->queue, 2);
}

TEST(op_in_two_places_is_released_once)
{
    struct executor *executor = executor_create(1);
    struct probe probe;

    probe_init(&probe, act_wait_twice);
    op_start(executor, &probe.op);
    probe.open = 1;
    wake_key(&probe, 1);
    CHECK(reaches(&probe.steps, 2));
    executor_drain(executor);
    CHECK_EQ(probe.releases, 0); /* the queue still knows it */
    wake_with(&probe, 0);
    CHECK(reaches(&probe.releases, 1));
    CHECK_EQ(probe.steps, 2);
    executor_destroy(executor);
    CHECK_EQ(probe.releases, 1);
}

TEST(op_past_its_deadline_fails)
{
    struct executor *executor = executor_create(2);
    struct probe past, near;

    probe_init(&past, act_wait);
    past.op.deadline = clock_ms() - 1;
    probe_init(&near, act_wait);
    near.op.deadline = clock_ms() + 30;
    op_start(executor, &near.op);
    op_start(executor, &past.op);
    CHECK(reaches(&past.steps, 1)); /* tried once all the same */
    executor_drain(executor);
    CHECK_EQ(past.failed_with, -ETIMEDOUT);
    CHECK_EQ(near.failed_with, -ETIMEDOUT);
    CHECK(clock_ms() >= near.op.deadline);
    wake_with(&past, 0);
    wake_with(&near, 0);
    CHECK(reaches(&past.releases, 1));
    CHECK(reaches(&near.releases, 1));
    CHECK_EQ(past.steps, 1);
    executor_destroy(executor);
}

static int act_sleep_three_times(struct probe *probe)
{
    return probe->steps > 3 ? 0 : op_sleep(&probe->op, clock_ms() + 5);
}

TEST(op_sleeps)
{
    struct executor *executor = executor_create(1);
    int64_t start = clock_ms();
    struct probe probe;

    probe_init(&probe, act_sleep_three_times);
    op_start(executor, &probe.op);
    executor_drain(executor);
    CHECK(reaches(&probe.releases, 1));
    CHECK_EQ(probe.steps, 4);
    CHECK(clock_ms() - start >= 15);
    CHECK_EQ(probe.failed_with, 0);
    executor_destroy(executor);
}

static int act_sleep_long(struct probe *probe)
{
    return op_sleep(&probe->op, clock_ms() + 1000000);
}

TEST(op_deadline_before_the_end_of_its_sleep)
{
    struct executor *executor = executor_create(1);
    struct probe probe;

    probe_init(&probe, act_sleep_long);
    probe.op.deadline = clock_ms() + 10;
    op_start(executor, &probe.op);
    CHECK(reaches(&probe.releases, 1));
    CHECK_EQ(probe.failed_with, -ETIMEDOUT);
    CHECK_EQ(probe.steps, 1);
    executor_destroy(executor);
}

TEST(op_cancelled_while_parked)
{
    struct executor *executor = executor_create(1);
    struct probe probe;

    probe_init(&probe, act_wait);
    op_start(executor, &probe.op);
    op_cancel(&probe.op, -EINTR);
    executor_drain(executor);
    CHECK_EQ(probe.failed_with, -EINTR);
    CHECK_EQ(probe.releases, 0); /* the queue still knows it */
    wake_with(&probe, -EIO);     /* too late to change anything */
    CHECK(reaches(&probe.releases, 1));
    CHECK_EQ(probe.failed_with, -EINTR);
    CHECK_EQ(probe.steps, 1);
    executor_destroy(executor);
}

/* Runs until the test has cancelled it; then it says "pending", or is done. */
static int act_run_until_open(struct probe *probe)
{
    reaches(&probe->open, 1);
    return probe->open > 1 ? 0 : op_sleep(&probe->op, CLOCK_NEVER);
}

TEST(op_cancelled_while_running)
{
    struct executor *executor = executor_create(1);
    struct probe pending, done;

    probe_init(&pending, act_run_until_open);
    op_start_later(executor, &pending.op);
    CHECK(reaches(&pending.steps, 1));
    op_cancel(&pending.op, -EINTR);
    pending.open = 1;
    CHECK(reaches(&pending.releases, 1));
    CHECK_EQ(pending.failed_with, -EINTR);
    CHECK_EQ(pending.steps, 1);

    probe_init(&done, act_run_until_open);
    op_start_later(executor, &done.op);
    CHECK(reaches(&done.steps, 1));
    op_cancel(&done.op, -EINTR);
    done.open = 2; /* it has answered: the cancel comes too late */
    CHECK(reaches(&done.releases, 1));
    CHECK_EQ(done.failed_with, 0);
    executor_destroy(executor);
}

TEST(op_cancelled_while_ready)
{
    struct executor *executor = executor_create(1);
    struct probe first, second;

    probe_init(&first, act_run_until_open);
    op_start_later(executor, &first.op);
    CHECK(reaches(&first.steps, 1)); /* the only thread is busy */
    probe_init(&second, act_done);
    op_start_later(executor, &second.op);
    op_cancel(&second.op, -EINTR);
    first.open = 2;
    CHECK(reaches(&second.releases, 1));
    CHECK_EQ(second.failed_with, -EINTR);
    CHECK_EQ(second.steps, 0);
    executor_destroy(executor);
}

TEST(op_first_error_is_the_one_that_counts)
{
    struct executor *executor = executor_create(1);
    struct probe first, second;

    probe_init(&first, act_run_until_open);
    op_start_later(executor, &first.op);
    CHECK(reaches(&first.steps, 1));
    probe_init(&second, act_done);
    op_start_later(executor, &second.op);
    op_cancel(&second.op, -EINTR);
    op_cancel(&second.op, -EIO);
    first.open = 2;
    CHECK(reaches(&second.releases, 1));
    CHECK_EQ(second.failed_with, -EINTR);
    executor_destroy(executor);
}

#define MANY 2000

TEST(op_cancel_all_and_drain)
{
    struct executor *executor = executor_create(2);
    struct probe *probes = calloc(MANY, sizeof(*probes)), late;

    CHECK(probes);
    for (int i = 0; i < MANY; i++) {
        probe_init(&probes[i], act_wait);
        op_start(executor, &probes[i].op);
    }
    executor_cancel_all(executor, -ENOTCONN);
    executor_drain(executor);
    for (int i = 0; i < MANY; i++)
        CHECK_EQ(probes[i].failed_with, -ENOTCONN);
    probe_init(&late, act_wait); /* no more waiting: tried once, then failed */
    op_start(executor, &late.op);
    CHECK_EQ(late.steps, 1);
    CHECK_EQ(late.failed_with, -ENOTCONN);
    wake_with(&late, 0);
    CHECK(reaches(&late.releases, 1));
    probe_init(&late, act_done); /* what needs not wait is still served */
    op_start(executor, &late.op);
    CHECK_EQ(late.failed_with, 0);
    for (int i = 0; i < MANY; i++)
        wake_with(&probes[i], 0);
    executor_destroy(executor);
    for (int i = 0; i < MANY; i++)
        CHECK_EQ(probes[i].releases, 1);
    free(probes);
}

TEST(op_stop_ends_what_is_ready)
{
    struct executor *executor = executor_create(1);
    struct probe *probes = calloc(MANY, sizeof(*probes));

    CHECK(probes);
    for (int i = 0; i < MANY; i++) {
        probe_init(&probes[i], act_done);
        op_start_later(executor, &probes[i].op);
    }
    executor_destroy(executor);
    for (int i = 0; i < MANY; i++)
        CHECK(probes[i].releases == 1 && probes[i].steps == 1);
    free(probes);
}

/* Each in a queue of its own. */
TEST(op_many_at_once)
{
    struct executor *executor = executor_create(3);
    struct probe *probes = calloc(MANY, sizeof(*probes));

    CHECK(probes);
    for (int i = 0; i < MANY; i++) {
        probe_init(&probes[i], act_wait);
        op_start(executor, &probes[i].op);
    }
    for (int i = 0; i < MANY; i++)
        open_gate(&probes[i]);
    executor_drain(executor);
    for (int i = 0; i < MANY; i++)
        CHECK(reaches(&probes[i].releases, 1));
    executor_destroy(executor);
    free(probes);
}

/*
 * No wake-up is lost: ops wait for a counter that other threads push on, a step each, and every
 * push wakes only those who wait for a number that is reached. A lost one hangs its op for good,
 * which its deadline tells.
 */
#define STRESS_OPS     200
#define STRESS_PUSHERS 3
#define STRESS_END     3000

struct stress {
    pthread_mutex_t lock;
    struct wait_queue queue;
    uint64_t count;
    _Atomic int failures;
    _Atomic int over;
};

struct stress_op {
    struct op op;
    struct stress *stress;
    uint64_t wanted;
    uint64_t stride;
};

static int stress_step(struct op *op)
{
    struct stress_op *self = container_of(op, struct stress_op, op);
    LOCKED(&self->stress->lock);

    while (self->wanted <= self->stress->count) {
        if (self->wanted == STRESS_END)
            return 0;
        self->wanted += self->stride;
        if (self->wanted > STRESS_END)
            self->wanted = STRESS_END;
    }
    return op_wait(op, &self->stress->queue, self->wanted);
}

static void stress_fail(struct op *op, int error)
{
    (void)error;
    container_of(op, struct stress_op, op)->stress->failures++;
}

static void stress_release(struct op *op)
{
    container_of(op, struct stress_op, op)->stress->over++;
}

static const struct op_type stress_type = {
    .step = stress_step, .fail = stress_fail, .release = stress_release};

static void *push(void *arg)
{
    struct stress *stress = arg;

    for (;;) {
        LOCKED(&stress->lock);
        if (stress->count == STRESS_END)
            return NULL;
        stress->count++;
        wait_queue_wake_key(&stress->queue, stress->count);
    }
}

TEST(op_no_wake_is_lost)
{
    struct executor *executor = executor_create(3);
    struct stress stress = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct stress_op *ops = calloc(STRESS_OPS, sizeof(*ops));
    pthread_t threads[STRESS_PUSHERS];

    CHECK(ops);
    wait_queue_init(&stress.queue);
    for (int i = 0; i < STRESS_OPS; i++) {
        ops[i].op.type = &stress_type;
        ops[i].op.deadline = clock_ms() + PATIENCE_MS;
        ops[i].stress = &stress;
        ops[i].stride = 1 + (uint64_t)i % 17;
        op_start_later(executor, &ops[i].op);
    }
    for (int i = 0; i < STRESS_PUSHERS; i++)
        pthread_create(&threads[i], NULL, push, &stress);
    for (int i = 0; i < STRESS_PUSHERS; i++)
        pthread_join(threads[i], NULL);
    CHECK(reaches(&stress.over, STRESS_OPS));
    executor_destroy(executor);
    CHECK_EQ(stress.failures, 0);
    CHECK(list_empty(&stress.queue.waiters));
    free(ops);
}

/* Cancelled from one thread while others wake it: it ends once, whoever wins. */
static void *cancel_some(void *arg)
{
    struct probe *probes = arg;

    for (int i = 0; i < 500; i++)
        op_cancel(&probes[i].op, -EINTR);
    return NULL;
}

TEST(op_cancel_races_with_wake)
{
    struct executor *executor = executor_create(2);
    struct probe *probes = calloc(500, sizeof(*probes));
    pthread_t thread;

    CHECK(probes);
    for (int i = 0; i < 500; i++) {
        probe_init(&probes[i], act_wait);
        op_start(executor, &probes[i].op);
    }
    pthread_create(&thread, NULL, cancel_some, probes);
    for (int i = 0; i < 500; i++)
        open_gate(&probes[i]);
    pthread_join(thread, NULL);
    executor_drain(executor);
    executor_destroy(executor);
    for (int i = 0; i < 500; i++) {
        CHECK_EQ(probes[i].releases, 1);
        CHECK(probes[i].failed_with == 0 || probes[i].failed_with == -EINTR);
        CHECK_EQ(probes[i].steps, probes[i].failed_with ? 1 : 2);
    }
    free(probes);
}

/* Who has drained an executor frees what its ops knew: the last release must be over by then. */
static _Atomic int release_began, release_over, drained;

static void slow_release(struct op *op)
{
    int64_t end = clock_ms() + 100;

    (void)op;
    release_began = 1;
    while (!drained && clock_ms() < end)
        sched_yield();
    release_over = 1;
}

static int slow_step(struct op *op)
{
    (void)op;
    return 0;
}

TEST(op_drain_waits_for_the_release)
{
    static const struct op_type type = {
        .step = slow_step, .fail = probe_fail, .release = slow_release};
    struct executor *executor = executor_create(1);
    struct op op = {.type = &type, .deadline = CLOCK_NEVER};
    int was_over;

    release_began = release_over = drained = 0;
    op_start_later(executor, &op);
    CHECK(reaches(&release_began, 1));
    executor_drain(executor);
    was_over = release_over;
    drained = 1;
    executor_destroy(executor);
    CHECK(was_over);
}
