#include "op/single_flight.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/lock.h"
#include "support/op_probe.h"
#include "test.h"

#define OPS 5

static struct executor *executor;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct single_flight flight;
static int starts, start_error, has_come;

static int start_request(void *arg)
{
    (*(int *)arg)++;
    return start_error;
}

/* Wants the thing, and is over when it is there. */
static int act_want(struct probe *probe)
{
    LOCKED(&lock);
    return has_come ? 0 : single_flight_join(&flight, &probe->op, start_request, &starts);
}

static void begin(void)
{
    executor = executor_create(2);
    single_flight_init(&flight);
    starts = start_error = has_come = 0;
}

static void land(int error)
{
    LOCKED(&lock);
    single_flight_land(&flight, error);
}

TEST(single_flight_starts_one_request_for_all)
{
    struct probe probes[OPS];

    begin();
    CHECK(!single_flight_is_up(&flight));
    for (int i = 0; i < OPS; i++) {
        probe_init(&probes[i], act_want);
        op_start(executor, &probes[i].op);
    }
    CHECK_EQ(starts, 1);
    CHECK(single_flight_is_up(&flight));
    has_come = 1;
    land(0);
    CHECK(!single_flight_is_up(&flight));
    for (int i = 0; i < OPS; i++) {
        CHECK(probe_reaches(&probes[i].releases, 1));
        CHECK_EQ(probes[i].steps, 2);
        CHECK_EQ(probes[i].failed_with, 0);
    }
    CHECK_EQ(starts, 1);
    executor_destroy(executor);
}

TEST(single_flight_that_lands_with_an_error_fails_all)
{
    struct probe probes[OPS];

    begin();
    for (int i = 0; i < OPS; i++) {
        probe_init(&probes[i], act_want);
        op_start(executor, &probes[i].op);
    }
    land(-ESTALE);
    for (int i = 0; i < OPS; i++) {
        CHECK(probe_reaches(&probes[i].releases, 1));
        CHECK_EQ(probes[i].failed_with, -ESTALE);
    }
    CHECK_EQ(starts, 1);
    executor_destroy(executor);
}

/* It landed, but what it brought is not what this op wants. */
TEST(single_flight_is_started_again_by_who_still_wants)
{
    struct probe probe;

    begin();
    probe_init(&probe, act_want);
    op_start(executor, &probe.op);
    land(0);
    CHECK(probe_reaches(&probe.steps, 2));
    for (int64_t end = clock_ms() + PATIENCE_MS; clock_ms() < end;) {
        LOCKED(&lock);
        if (starts == 2)
            break;
    }
    CHECK_EQ(starts, 2);
    has_come = 1;
    land(0);
    CHECK(probe_reaches(&probe.releases, 1));
    CHECK_EQ(probe.failed_with, 0);
    executor_destroy(executor);
}

/* Its answer arrives: the ops are woken, and wait for the same request again. */
TEST(single_flight_notes_an_arrival)
{
    struct probe probe;
    int was_up;

    begin();
    probe_init(&probe, act_want);
    op_start(executor, &probe.op);
    pthread_mutex_lock(&lock);
    single_flight_note_arrival(&flight);
    pthread_mutex_unlock(&lock);
    CHECK(probe_reaches(&probe.steps, 2));
    pthread_mutex_lock(&lock);
    was_up = single_flight_is_up(&flight);
    has_come = 1;
    single_flight_land(&flight, 0);
    pthread_mutex_unlock(&lock);
    CHECK(was_up);
    CHECK(probe_reaches(&probe.releases, 1));
    CHECK_EQ(starts, 1);
    executor_destroy(executor);
}

TEST(single_flight_that_cannot_start_is_not_up)
{
    struct probe probe;

    begin();
    start_error = -ECANCELED;
    probe_init(&probe, act_want); /* the step answers with the error itself */
    op_start(executor, &probe.op);
    CHECK_EQ(probe.releases, 1);
    CHECK_EQ(starts, 1);
    CHECK(!single_flight_is_up(&flight));

    start_error = 0;
    probe_init(&probe, act_want);
    op_start(executor, &probe.op);
    CHECK_EQ(starts, 2);
    CHECK(single_flight_is_up(&flight));
    land(-EIO);
    CHECK(probe_reaches(&probe.releases, 1));
    executor_destroy(executor);
}

TEST(single_flight_starts_without_an_op)
{
    begin();
    CHECK_EQ(single_flight_start(&flight, start_request, &starts), 0);
    CHECK_EQ(single_flight_start(&flight, start_request, &starts), 0);
    CHECK_EQ(starts, 1);
    CHECK(single_flight_is_up(&flight));
    land(0);
    CHECK(!single_flight_is_up(&flight));
    start_error = -ENOMEM;
    CHECK_EQ(single_flight_start(&flight, start_request, &starts), -ENOMEM);
    CHECK(!single_flight_is_up(&flight));
    executor_destroy(executor);
}
