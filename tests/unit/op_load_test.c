/* Many ops at once, and threads that race over one: none is lost, none ends twice. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/lock.h"
#include "op/op.h"
#include "support/op_probe.h"
#include "test.h"

#define MANY 2000

TEST(op_cancel_all_and_drain)
{
    struct executor *executor = executor_create(2);
    struct probe *probes = calloc(MANY, sizeof(*probes)), late;

    CHECK(probes);
    for (int i = 0; i < MANY; i++) {
        probe_init(&probes[i], probe_act_wait);
        op_start(executor, &probes[i].op);
    }
    executor_cancel_all(executor, -ENOTCONN);
    executor_drain(executor);
    for (int i = 0; i < MANY; i++)
        CHECK_EQ(probes[i].failed_with, -ENOTCONN);
    probe_init(&late, probe_act_wait); /* no more waiting: tried once, then failed */
    op_start(executor, &late.op);
    CHECK_EQ(late.steps, 1);
    CHECK_EQ(late.failed_with, -ENOTCONN);
    probe_wake(&late, 0);
    CHECK(probe_reaches(&late.releases, 1));
    probe_init(&late, probe_act_done); /* what needs not wait is still served */
    op_start(executor, &late.op);
    CHECK_EQ(late.failed_with, 0);
    for (int i = 0; i < MANY; i++)
        probe_wake(&probes[i], 0);
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
        probe_init(&probes[i], probe_act_done);
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
        probe_init(&probes[i], probe_act_wait);
        op_start(executor, &probes[i].op);
    }
    for (int i = 0; i < MANY; i++)
        probe_open_gate(&probes[i]);
    executor_drain(executor);
    for (int i = 0; i < MANY; i++)
        CHECK(probe_reaches(&probes[i].releases, 1));
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
    CHECK(probe_reaches(&stress.over, STRESS_OPS));
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
        probe_init(&probes[i], probe_act_wait);
        op_start(executor, &probes[i].op);
    }
    pthread_create(&thread, NULL, cancel_some, probes);
    for (int i = 0; i < 500; i++)
        probe_open_gate(&probes[i]);
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
    CHECK(probe_reaches(&release_began, 1));
    executor_drain(executor);
    was_over = release_over;
    drained = 1;
    executor_destroy(executor);
    CHECK(was_over);
}
