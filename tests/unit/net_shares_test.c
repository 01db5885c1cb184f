/* What groups of transfers that stall leave to others. */
#include <stdio.h>

#include "net/net_internal.h"
#include "net/transfer.h"
#include "support/fake_net.h"
#include "test.h"

#define GROUPS    10
#define OF_EACH   20
#define LAST      (GROUPS - 1)
#define LIMIT     16
#define MOST      34
#define SURE      2
#define TRANSFERS (GROUPS * OF_EACH)

struct crowd {
    struct fake_net fake;
    struct transfer_group groups[GROUPS];
    struct transfer transfers[GROUPS][OF_EACH];
    char stalls[128], answers[128];
    unsigned overs, running[GROUPS], all; /* as seen */
    int order[TRANSFERS];                 /* of groups, as they were answered */
    unsigned ordered;
};

static struct crowd crowd;

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
    crowd.overs++;
    if (!error)
        crowd.order[crowd.ordered++] = (int)(transfer->group - crowd.groups);
}

static void set_lane(void *arg)
{
    struct lane *lane = &crowd.fake.net->lanes[LANE_RANGES];

    lane->limit = ((unsigned *)arg)[0];
    lane->most = ((unsigned *)arg)[1];
    lane->sure = ((unsigned *)arg)[2];
}

static void crowd_start(unsigned limit, unsigned most, unsigned sure)
{
    unsigned sizes[] = {limit, most, sure};

    memset(&crowd, 0, sizeof(crowd));
    fake_net_start(&crowd.fake, answer, NULL);
    snprintf(crowd.stalls, sizeof(crowd.stalls), "%s/stalls", tiny_http_url(crowd.fake.http));
    snprintf(crowd.answers, sizeof(crowd.answers), "%s/answers", tiny_http_url(crowd.fake.http));
    fake_net_run(&crowd.fake, set_lane, sizes);
    for (int group = 0; group < GROUPS; group++) {
        transfer_group_init(&crowd.groups[group]);
        for (int i = 0; i < OF_EACH; i++)
            crowd.transfers[group][i] = (struct transfer){.range = "0-9",
                                                          .group = &crowd.groups[group],
                                                          .on_headers = on_headers,
                                                          .on_body = on_body,
                                                          .on_done = on_done};
    }
}

static void start(int group, int i, const char *url)
{
    crowd.transfers[group][i].url = url;
    transfer_start(crowd.fake.net, &crowd.transfers[group][i]);
}

/* All of the others', group by group. */
static void stall_in_order(void *arg)
{
    (void)arg;
    for (int group = 0; group < LAST; group++)
        for (int i = 0; i < OF_EACH; i++)
            start(group, i, crowd.stalls);
}

/* The same in a disorder that `arg` begins. */
static void stall_in_disorder(void *arg)
{
    int next[LAST] = {0}, left = LAST * OF_EACH;
    unsigned random = *(unsigned *)arg;

    while (left) {
        int group = (int)(random >> 16) % LAST;

        random = (random * 25173u + 13849u) & 0x7fffffff;
        if (next[group] == OF_EACH)
            continue;
        start(group, next[group]++, crowd.stalls);
        left--;
    }
}

static void answer_last(void *arg)
{
    (void)arg;
    for (int i = 0; i < OF_EACH; i++)
        start(LAST, i, crowd.answers);
}

static void look(void *arg)
{
    *(unsigned *)arg = crowd.overs;
    for (int group = 0; group < GROUPS; group++)
        crowd.running[group] = crowd.groups[group].running;
    crowd.all = crowd.fake.net->lanes[LANE_RANGES].running;
}

static void wait_for(unsigned overs)
{
    unsigned seen = 0;

    do
        fake_net_run(&crowd.fake, look, &seen);
    while (seen < overs);
}

static int is_clean(void)
{
    int clean = list_empty(&crowd.fake.net->lanes[LANE_RANGES].waiting) &&
                !crowd.fake.net->lanes[LANE_RANGES].running;

    for (int group = 0; group < GROUPS; group++)
        clean = clean && !crowd.groups[group].running && list_empty(&crowd.groups[group].queue);
    return clean;
}

/* The last group's are answered, though no place is left below the limit; then all ends. */
static int is_last_served(void)
{
    fake_net_run(&crowd.fake, answer_last, NULL);
    wait_for(OF_EACH);
    if (crowd.ordered != OF_EACH)
        return 0;
    net_stop(crowd.fake.net);
    return crowd.overs == TRANSFERS && is_clean();
}

/* One alone takes half, the next half of what is left, and so on down to what is sure. */
TEST(groups_that_stall_leave_places)
{
    static const unsigned shares[LAST] = {8, 4, 2, 2, 2, 2, 2, 2, 2};
    unsigned seen;

    crowd_start(LIMIT, MOST, SURE);
    fake_net_run(&crowd.fake, stall_in_order, NULL);
    fake_net_run(&crowd.fake, look, &seen);
    for (int group = 0; group < LAST; group++)
        CHECK_EQ(crowd.running[group], shares[group]);
    CHECK(is_last_served());
    fake_net_stop(&crowd.fake);
}

TEST(groups_that_stall_together_leave_places)
{
    for (unsigned seed = 1; seed < 20; seed++) {
        unsigned seen, begin = seed * 1000003;

        crowd_start(LIMIT, MOST, SURE);
        fake_net_run(&crowd.fake, stall_in_disorder, &begin);
        fake_net_run(&crowd.fake, look, &seen);
        CHECK(crowd.all <= LIMIT + SURE * (LAST - 1));
        CHECK(crowd.all < MOST);
        for (int group = 0; group < LAST; group++)
            CHECK(crowd.running[group] >= SURE);
        CHECK(is_last_served());
        fake_net_stop(&crowd.fake);
    }
}

static void start_three(void *arg)
{
    (void)arg;
    start(0, 0, crowd.answers);
    for (int i = 0; i < 5; i++)
        start(1, i, crowd.answers);
    for (int i = 0; i < 3; i++)
        start(2, i, crowd.answers);
}

TEST(groups_take_turns)
{
    static const int order[] = {0, 1, 2, 1, 2, 1, 2, 1, 1};

    crowd_start(1, 1, 1);
    fake_net_run(&crowd.fake, start_three, NULL);
    wait_for(9);
    for (int i = 0; i < 9; i++)
        CHECK_EQ(crowd.order[i], order[i]);
    CHECK(is_clean());
    fake_net_stop(&crowd.fake);
}
