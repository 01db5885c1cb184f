#include "net/lane.h"

#include "test.h"

#define LIMIT 16
#define MOST  34
#define SURE  2

static struct lane lane;

/* Starts as many of the group's transfers as the lane lets, up to `n`; returns how many. */
static unsigned start(struct transfer_group *group, unsigned n)
{
    unsigned started = 0;

    while (started < n && lane_may_start(&lane, group)) {
        lane_started(&lane, group);
        started++;
    }
    return started;
}

TEST(lane_groups_take_half_of_what_is_left)
{
    static const unsigned shares[] = {8, 4, 2, 2, 2, 2, 2, 2, 2};
    struct transfer_group groups[9];

    lane_init(&lane, LIMIT, MOST, SURE);
    for (unsigned i = 0; i < 9; i++) {
        transfer_group_init(&groups[i]);
        CHECK_EQ(start(&groups[i], 20), shares[i]);
    }
    CHECK(lane.running <= LIMIT + SURE * 8);
}

TEST(lane_never_runs_more_than_most)
{
    struct transfer_group groups[40];
    unsigned started = 0;

    lane_init(&lane, LIMIT, MOST, SURE);
    for (unsigned i = 0; i < 40; i++) {
        transfer_group_init(&groups[i]);
        started += start(&groups[i], 20);
    }
    CHECK_EQ(started, MOST);
    CHECK_EQ(lane.running, MOST);
    lane_ended(&lane, &groups[0]);
    CHECK_EQ(start(&groups[39], 20), 1);
}

TEST(lane_sure_is_at_most_the_limit)
{
    lane_init(&lane, 1, 1, 5);
    CHECK_EQ(lane.sure, 1);
}

/* Whoever waits is first; the groups that wait take turns. */
TEST(lane_serves_groups_in_turns)
{
    struct transfer_group a, b;
    struct list links[5];

    lane_init(&lane, 1, 1, 1);
    transfer_group_init(&a);
    transfer_group_init(&b);
    for (int i = 0; i < 5; i++) {
        list_init(&links[i]);
        lane_enqueue(&lane, i < 3 ? &a : &b, &links[i]);
    }
    CHECK(!lane_may_start(&lane, &a)); /* there is room, but others of the group came first */
    CHECK(lane_next(&lane) == &links[0]);
    CHECK(lane_next(&lane) == &links[3]);
    CHECK(lane_next(&lane) == &links[1]);
    lane_started(&lane, &a);
    CHECK(!lane_next(&lane)); /* the lane is full */
    lane_ended(&lane, &a);
    CHECK(lane_next(&lane) == &links[4]);
    CHECK(lane_next(&lane) == &links[2]);
    CHECK(!lane_next(&lane));
    CHECK(lane_may_start(&lane, &a));
}

TEST(lane_leaves_out_what_was_taken_out)
{
    struct transfer_group group;
    struct list links[3];

    lane_init(&lane, 1, 1, 1);
    transfer_group_init(&group);
    for (int i = 0; i < 3; i++) {
        list_init(&links[i]);
        lane_enqueue(&lane, &group, &links[i]);
    }
    lane_dequeue(&group, &links[0]);
    lane_dequeue(&group, &links[0]); /* harmless */
    CHECK(lane_take_any(&lane) == &links[1]);
    CHECK(lane_next(&lane) == &links[2]);
    CHECK(!lane_take_any(&lane));
    CHECK(list_empty(&lane.waiting));
    lane_dequeue(&group, &links[2]); /* of a group in which nothing waits */
    CHECK(list_empty(&lane.waiting));
}
