/* How many transfers run at once, and what becomes of those that wait. */
#include <errno.h>
#include <sched.h>
#include <sys/resource.h>

#include "base/log.h"
#include "net/net_internal.h"
#include "net/transfer.h"
#include "support/fake_net.h"
#include "test.h"

#define MANY 6

struct crowd;

struct exchange {
    struct transfer transfer;
    struct crowd *crowd;
    int error;
    unsigned over; /* the how manieth that was; 0 not yet */
};

struct crowd {
    struct fake_net fake;
    struct exchange exchanges[MANY];
    char stalls[128], answers[128];
    unsigned limit;
    unsigned overs, seen;
    int is_over; /* all of them */
    int first, last;
    int64_t leap;
};

static void answer(void *arg, const struct tiny_request *request, struct tiny_answer *out)
{
    (void)arg;
    out->status = 200;
    out->stalls = strcmp(request->path, "/stalls") == 0;
}

static int on_headers(struct transfer *transfer)
{
    (void)transfer;
    return 0;
}

static int on_body(struct transfer *transfer, const uint8_t *bytes, size_t n)
{
    (void)transfer;
    (void)bytes;
    (void)n;
    return 0;
}

static void on_done(struct transfer *transfer, int error)
{
    struct exchange *exchange = container_of(transfer, struct exchange, transfer);

    exchange->error = error;
    exchange->over = ++exchange->crowd->overs;
    exchange->crowd->is_over = exchange->crowd->overs == MANY;
}

static void set_limit(void *arg)
{
    struct crowd *crowd = arg;

    for (int i = 0; i < LANES; i++) {
        struct lane *lane = &crowd->fake.net->lanes[i];

        lane->limit = lane->most = lane->sure = crowd->limit;
    }
}

static void crowd_start(struct crowd *crowd, unsigned limit)
{
    memset(crowd, 0, sizeof(*crowd));
    fake_net_start(&crowd->fake, answer, NULL);
    snprintf(crowd->stalls, sizeof(crowd->stalls), "%s/stalls", tiny_http_url(crowd->fake.http));
    snprintf(crowd->answers, sizeof(crowd->answers), "%s/answers", tiny_http_url(crowd->fake.http));
    crowd->limit = limit;
    fake_net_run(&crowd->fake, set_limit, crowd);
    for (int i = 0; i < MANY; i++) {
        struct exchange *exchange = &crowd->exchanges[i];

        exchange->crowd = crowd;
        exchange->transfer.url = crowd->answers;
        exchange->transfer.on_headers = on_headers;
        exchange->transfer.on_body = on_body;
        exchange->transfer.on_done = on_done;
    }
}

static void start_them(void *arg)
{
    struct crowd *crowd = arg;

    for (int i = crowd->first; i <= crowd->last; i++)
        transfer_start(crowd->fake.net, &crowd->exchanges[i].transfer);
}

static void begin(struct crowd *crowd, int first, int last)
{
    crowd->first = first;
    crowd->last = last;
    fake_net_run(&crowd->fake, start_them, crowd);
}

static void look(void *arg)
{
    struct crowd *crowd = arg;

    crowd->seen = crowd->overs;
}

static void wait_for_requests(struct crowd *crowd, unsigned count)
{
    while (tiny_http_count(crowd->fake.http) < count)
        sched_yield();
}

static void wait_for_overs(struct crowd *crowd, unsigned overs)
{
    do
        fake_net_run(&crowd->fake, look, crowd);
    while (crowd->seen < overs);
}

TEST(transfers_run_in_the_order_of_their_start)
{
    struct crowd crowd;

    crowd_start(&crowd, 1);
    for (int i = 0; i < MANY; i++)
        crowd.exchanges[i].transfer.range = "0-9";
    begin(&crowd, 0, MANY - 1);
    fake_net_wait(&crowd.fake, &crowd.is_over);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(crowd.exchanges[i].error, 0);
        CHECK_EQ(crowd.exchanges[i].over, i + 1);
    }
    CHECK_EQ(crowd.fake.net->lanes[LANE_RANGES].running, 0);
    fake_net_stop(&crowd.fake);
}

TEST(ranges_that_stall_keep_no_call_waiting)
{
    struct crowd crowd;

    crowd_start(&crowd, 2);
    for (int i = 0; i < MANY - 1; i++) {
        crowd.exchanges[i].transfer.url = crowd.stalls;
        crowd.exchanges[i].transfer.range = "0-9";
    }
    begin(&crowd, 0, MANY - 2);
    wait_for_requests(&crowd, 2);
    begin(&crowd, MANY - 1, MANY - 1);
    wait_for_overs(&crowd, 1);
    CHECK_EQ(crowd.exchanges[MANY - 1].error, 0);
    CHECK_EQ(tiny_http_count(crowd.fake.http), 3); /* three ranges were not even asked for */
    net_stop(crowd.fake.net);
    CHECK_EQ(crowd.overs, MANY);
    for (int i = 0; i < MANY - 1; i++)
        CHECK_EQ(crowd.exchanges[i].error, -ECANCELED);
    fake_net_stop(&crowd.fake);
}

static void leap(void *arg)
{
    struct crowd *crowd = arg;

    crowd->fake.now += crowd->leap;
}

TEST(a_stall_counts_from_the_turn)
{
    struct crowd crowd;

    crowd_start(&crowd, 1);
    crowd.exchanges[0].transfer.url = crowd.stalls;
    for (int i = 0; i < 2; i++)
        crowd.exchanges[i].transfer.range = "0-9";
    begin(&crowd, 0, 1);
    wait_for_requests(&crowd, 1);
    crowd.leap = 10000;
    fake_net_run(&crowd.fake, leap, &crowd);
    wait_for_overs(&crowd, 2);
    CHECK_EQ(crowd.exchanges[0].error, -ETIMEDOUT);
    CHECK_STR(crowd.exchanges[0].transfer.why, "nothing came for 10 s");
    CHECK_EQ(crowd.exchanges[1].error, 0);
    fake_net_stop(&crowd.fake);
}

TEST(waiting_counts_for_the_time_of_a_call)
{
    struct crowd crowd;

    crowd_start(&crowd, 1);
    crowd.exchanges[0].transfer.url = crowd.stalls;
    crowd.exchanges[1].transfer.timeout_ms = 5000;
    begin(&crowd, 0, 1);
    wait_for_requests(&crowd, 1);
    crowd.leap = 5000;
    fake_net_run(&crowd.fake, leap, &crowd);
    wait_for_overs(&crowd, 1);
    CHECK_EQ(crowd.exchanges[0].over, 0);
    CHECK_EQ(crowd.exchanges[1].error, -ETIMEDOUT);
    CHECK_EQ(tiny_http_count(crowd.fake.http), 1);
    fake_net_stop(&crowd.fake);
}

TEST(few_descriptors_make_small_lanes)
{
    struct rlimit before, few;
    struct net_config config = {.user_agent = "test/0", .stall_seconds = 10};
    struct net *net;
    unsigned calls, ranges;
    int log_level;

    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 64;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    log_level = (int)log_get_level();
    log_set_level(LOG_NOTHING); /* it says so */
    net = net_create(&config);
    log_set_level((enum log_level)log_level);
    setrlimit(RLIMIT_NOFILE, &before);
    CHECK(net);
    calls = net->lanes[LANE_CALLS].most;
    ranges = net->lanes[LANE_RANGES].most;
    CHECK(net->lanes[LANE_RANGES].limit >= 1 && net->lanes[LANE_RANGES].sure >= 1);
    net_destroy(net);
    CHECK(calls >= 1 && ranges >= 1 && 2 * (calls + ranges) <= 32);
}
