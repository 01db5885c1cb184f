#include "op/op.h"

#include <sched.h>

#include "base/clock.h"
#include "base/lock.h"
#include "support/op_probe.h"
#include "test.h"

static int act_error(struct probe *probe)
{
    (void)probe;
    return -ENOENT;
}

static void wake_key(struct probe *probe, uint64_t key)
{
    LOCKED(&probe->lock);
    wait_queue_wake_key(&probe->queue, key);
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

    probe_init(&probe, probe_act_done);
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

    probe_init(&probe, probe_act_wait);
    op_start(executor, &probe.op);
    CHECK_EQ(probe.steps, 1);
    CHECK_EQ(probe.releases, 0);
    probe_wake(&probe, 0); /* the gate is still shut: it waits anew */
    CHECK(waits(&probe));
    CHECK_EQ(probe.steps, 2);
    probe_open_gate(&probe);
    CHECK(probe_reaches(&probe.releases, 1));
    CHECK_EQ(probe.steps, 3);
    CHECK_EQ(probe.parkings, 1); /* announced once */
    executor_destroy(executor);
}

TEST(op_wakes_by_key)
{
    struct executor *executor = executor_create(1);
    struct probe probe;

    probe_init(&probe, probe_act_wait);
    op_start(executor, &probe.op);
    probe.open = 1;
    wake_key(&probe, 6);
    CHECK(!list_empty(&probe.queue.waiters));
    CHECK_EQ(probe.steps, 1);
    wake_key(&probe, 7);
    CHECK(list_empty(&probe.queue.waiters));
    CHECK(probe_reaches(&probe.releases, 1));
    CHECK_EQ(probe.steps, 2);
    executor_destroy(executor);
}

TEST(op_woken_with_an_error_fails)
{
    struct executor *executor = executor_create(1);
    struct probe probe;

    probe_init(&probe, probe_act_wait);
    op_start(executor, &probe.op);
    probe_wake(&probe, -ESTALE);
    CHECK(probe_reaches(&probe.releases, 1));
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
    CHECK(probe_reaches(&probe.steps, 2));
    executor_drain(executor);
    CHECK_EQ(probe.releases, 0); /* the queue still knows it */
    probe_wake(&probe, 0);
    CHECK(probe_reaches(&probe.releases, 1));
    CHECK_EQ(probe.steps, 2);
    executor_destroy(executor);
    CHECK_EQ(probe.releases, 1);
}

TEST(op_past_its_deadline_fails)
{
    struct executor *executor = executor_create(2);
    struct probe past, near;

    probe_init(&past, probe_act_wait);
    past.op.deadline = clock_ms() - 1;
    probe_init(&near, probe_act_wait);
    near.op.deadline = clock_ms() + 30;
    op_start(executor, &near.op);
    op_start(executor, &past.op);
    CHECK(probe_reaches(&past.steps, 1)); /* tried once all the same */
    executor_drain(executor);
    CHECK_EQ(past.failed_with, -ETIMEDOUT);
    CHECK_EQ(near.failed_with, -ETIMEDOUT);
    CHECK(clock_ms() >= near.op.deadline);
    probe_wake(&past, 0);
    probe_wake(&near, 0);
    CHECK(probe_reaches(&past.releases, 1));
    CHECK(probe_reaches(&near.releases, 1));
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
    CHECK(probe_reaches(&probe.releases, 1));
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
    CHECK(probe_reaches(&probe.releases, 1));
    CHECK_EQ(probe.failed_with, -ETIMEDOUT);
    CHECK_EQ(probe.steps, 1);
    executor_destroy(executor);
}

/* An op with patience has its time again whenever something arrives; with an error nothing has. */
TEST(op_deadline_moves_with_what_arrives)
{
    struct executor *executor = executor_create(1);
    int64_t start = clock_ms(), first = start + PATIENCE_MS;
    struct probe patient, fixed;

    probe_init(&patient, probe_act_wait);
    patient.op.deadline = first;
    patient.op.patience_ms = 2 * PATIENCE_MS;
    probe_init(&fixed, probe_act_wait);
    fixed.op.deadline = first;
    op_start(executor, &patient.op);
    op_start(executor, &fixed.op);
    probe_wake(&patient, -ETIMEDOUT); /* it has time itself, so it is run again */
    CHECK(probe_reaches(&patient.steps, 2));
    CHECK_EQ(patient.op.deadline, first);
    probe_wake(&patient, 0);
    probe_wake(&fixed, 0);
    probe_open_gate(&patient);
    probe_open_gate(&fixed);
    CHECK(probe_reaches(&patient.releases, 1));
    CHECK(probe_reaches(&fixed.releases, 1));
    CHECK(patient.op.deadline >= start + 2 * PATIENCE_MS);
    CHECK_EQ(fixed.op.deadline, first);
    executor_destroy(executor);
}

/* What arrives never takes time away. */
TEST(op_deadline_does_not_move_back)
{
    struct executor *executor = executor_create(1);
    int64_t deadline = clock_ms() + PATIENCE_MS;
    struct probe probe;

    probe_init(&probe, probe_act_wait);
    probe.op.deadline = deadline;
    probe.op.patience_ms = 1;
    op_start(executor, &probe.op);
    probe_open_gate(&probe);
    CHECK(probe_reaches(&probe.releases, 1));
    CHECK_EQ(probe.op.deadline, deadline);
    executor_destroy(executor);
}

/* Past its first deadline, but not past the one that it has by then. */
TEST(op_is_not_failed_at_a_deadline_that_has_moved)
{
    struct executor *executor = executor_create(2);
    int64_t first = clock_ms() + 300;
    struct probe probe;

    probe_init(&probe, probe_act_wait);
    probe.op.deadline = first;
    probe.op.patience_ms = PATIENCE_MS;
    op_start(executor, &probe.op);
    probe_wake(&probe, 0);
    while (clock_ms() < first + 50)
        sched_yield();
    CHECK_EQ(probe.failed_with, 0);
    CHECK_EQ(probe.releases, 0);
    probe_open_gate(&probe);
    CHECK(probe_reaches(&probe.releases, 1));
    CHECK_EQ(probe.failed_with, 0);
    executor_destroy(executor);
}

TEST(op_cancelled_while_parked)
{
    struct executor *executor = executor_create(1);
    struct probe probe;

    probe_init(&probe, probe_act_wait);
    op_start(executor, &probe.op);
    op_cancel(&probe.op, -EINTR);
    executor_drain(executor);
    CHECK_EQ(probe.failed_with, -EINTR);
    CHECK_EQ(probe.releases, 0); /* the queue still knows it */
    probe_wake(&probe, -EIO);    /* too late to change anything */
    CHECK(probe_reaches(&probe.releases, 1));
    CHECK_EQ(probe.failed_with, -EINTR);
    CHECK_EQ(probe.steps, 1);
    executor_destroy(executor);
}

/* Runs until the test has cancelled it; then it says "pending", or is done. */
static int act_run_until_open(struct probe *probe)
{
    probe_reaches(&probe->open, 1);
    return probe->open > 1 ? 0 : op_sleep(&probe->op, CLOCK_NEVER);
}

TEST(op_cancelled_while_running)
{
    struct executor *executor = executor_create(1);
    struct probe pending, done;

    probe_init(&pending, act_run_until_open);
    op_start_later(executor, &pending.op);
    CHECK(probe_reaches(&pending.steps, 1));
    op_cancel(&pending.op, -EINTR);
    pending.open = 1;
    CHECK(probe_reaches(&pending.releases, 1));
    CHECK_EQ(pending.failed_with, -EINTR);
    CHECK_EQ(pending.steps, 1);

    probe_init(&done, act_run_until_open);
    op_start_later(executor, &done.op);
    CHECK(probe_reaches(&done.steps, 1));
    op_cancel(&done.op, -EINTR);
    done.open = 2; /* it has answered: the cancel comes too late */
    CHECK(probe_reaches(&done.releases, 1));
    CHECK_EQ(done.failed_with, 0);
    executor_destroy(executor);
}

TEST(op_cancelled_while_ready)
{
    struct executor *executor = executor_create(1);
    struct probe first, second;

    probe_init(&first, act_run_until_open);
    op_start_later(executor, &first.op);
    CHECK(probe_reaches(&first.steps, 1)); /* the only thread is busy */
    probe_init(&second, probe_act_done);
    op_start_later(executor, &second.op);
    op_cancel(&second.op, -EINTR);
    first.open = 2;
    CHECK(probe_reaches(&second.releases, 1));
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
    CHECK(probe_reaches(&first.steps, 1));
    probe_init(&second, probe_act_done);
    op_start_later(executor, &second.op);
    op_cancel(&second.op, -EINTR);
    op_cancel(&second.op, -EIO);
    first.open = 2;
    CHECK(probe_reaches(&second.releases, 1));
    CHECK_EQ(second.failed_with, -EINTR);
    executor_destroy(executor);
}
