/* Opening an object at stores that take few suffix ranges: the exact requests. */
#include <errno.h>
#include <stdlib.h>

#include "support/object_world.h"
#include "test.h"

#define SIZE  3146728u
#define SMALL 300u
#define ASKED 4

static struct world world;

/* Opens another object of the world's and compares the ranges that were asked for. */
static int opens_with(uint64_t guess, const char *const *ranges)
{
    unsigned from, count = 0, i;
    size_t len;
    const uint8_t *tail;
    struct object *object = object_new(&world.context, "bucket/output.zip", "europe", OBJECT_TAIL,
                                       guess);

    if (!object)
        abort();
    object_unref(world.object);
    world.object = object;
    from = COUNT(&world);
    if (world_open(&world))
        return 0;
    tail = object_tail(object, &len);
    if (object_source(object)->size != world.n || len > world.n || !len ||
        memcmp(tail, world.bytes + world.n - len, len) != 0)
        return 0;
    for (i = from; i < COUNT(&world); i++) {
        struct tiny_request request = tiny_http_request(world.api.http, i);

        if (!request.range[0])
            continue; /* for the URL */
        if (count == ASKED || !ranges[count] || strcmp(request.range + 6, ranges[count]) != 0) {
            fprintf(stderr, "range %u: '%s'\n", count, request.range);
            return 0;
        }
        count++;
    }
    if (count < ASKED && ranges[count])
        fprintf(stderr, "'%s' was not asked for\n", ranges[count]);
    return count == ASKED || !ranges[count];
}

#define SUFFIX "-65536"
#define TAIL   "3081192-3146727"
#define ALL    "0-299"

TEST(object_open_asks_in_another_way_at_once)
{
    static const struct {
        size_t n;
        int no_suffix, only_longer, no_total;
        uint64_t guess;
        const char *first[ASKED], *second[ASKED];
    } cases[] = {
        /* The 416 tells the size. */
        {SIZE, 416, 0, 0, 0, {SUFFIX, TAIL}, {"0-0", TAIL}},
        {SIZE, 416, 0, 0, SIZE, {SUFFIX, TAIL}, {TAIL}},
        {SMALL, 416, 0, 0, SMALL, {SUFFIX, ALL}, {ALL}},
        /* It does not. */
        {SIZE, 416, 0, 1, 0, {SUFFIX, "0-0", TAIL}, {"0-0", TAIL}},
        {SIZE, 416, 0, 1, SIZE, {SUFFIX, TAIL}, {TAIL}},
        /* Others do as little. */
        {SIZE, 501, 0, 0, 0, {SUFFIX, "0-0", TAIL}, {"0-0", TAIL}},
        {SIZE, 501, 0, 0, SIZE, {SUFFIX, TAIL}, {TAIL}},
        {SIZE, 400, 0, 0, SIZE, {SUFFIX, TAIL}, {TAIL}},
        {SIZE, 200, 0, 0, SIZE, {SUFFIX, TAIL}, {TAIL}},
        /* All of a small object is as good as its tail. */
        {SMALL, 200, 0, 0, 0, {SUFFIX}, {SUFFIX}},
        /* A suffix that is longer than the object, and only that. */
        {SMALL, 416, 1, 0, 0, {SUFFIX, ALL}, {SUFFIX, ALL}},
        {SMALL, 416, 1, 0, SMALL, {SUFFIX, ALL}, {ALL}},
        {SMALL, 416, 1, 1, SMALL, {SUFFIX, ALL}, {ALL}},
        {SIZE, 416, 1, 0, 0, {SUFFIX}, {SUFFIX}},
        /* The size was told wrong: larger by less than half of the tail, by more, and smaller. */
        {SIZE, 501, 0, 0, SIZE + 10, {SUFFIX, "3081202-3146737"}, {"3081202-3146737"}},
        {SIZE,
         501,
         0,
         0,
         SIZE + 60000,
         {SUFFIX, "3141192-3206727", TAIL},
         {"3141192-3206727", TAIL}},
        {SIZE,
         501,
         0,
         0,
         SIZE + 70000,
         {SUFFIX, "3151192-3216727", TAIL},
         {"3151192-3216727", TAIL}},
        {SIZE, 501, 0, 0, 100000, {SUFFIX, "34464-99999", TAIL}, {"34464-99999", TAIL}},
        {SMALL, 501, 0, 0, 100, {SUFFIX, "0-99", ALL}, {"0-99", ALL}},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int is_right;

        world_start(&world, cases[i].n);
        world.no_suffix = cases[i].no_suffix;
        world.only_longer = cases[i].only_longer;
        world.no_total = cases[i].no_total;
        is_right = opens_with(cases[i].guess, cases[i].first) &&
                   opens_with(cases[i].guess, cases[i].second);
        if (!is_right)
            test_fail(__FILE__, __LINE__, "case %zu", i);
        CHECK_EQ(stats_get(&world.api.stats, STAT_RETRIES), 0);
        world_stop(&world);
    }
}

/* A long suffix is refused for a small object; a large one is asked for by suffix all the same. */
TEST(object_open_remembers_what_kind_of_suffix)
{
    static const char *const small[ASKED] = {SUFFIX, ALL}, *const large[ASKED] = {SUFFIX};

    world_start(&world, SIZE);
    world.no_suffix = 416;
    world.only_longer = 1;
    world.n = SMALL;
    CHECK(opens_with(SMALL, small));
    world.n = SIZE;
    CHECK(opens_with(SIZE, large));
    world_stop(&world);
}

/* A store whose URLs have expired says 400 too: that is no word on suffixes. */
TEST(object_open_with_an_expired_url)
{
    static const char *const second[ASKED] = {SUFFIX};

    world_start(&world, SIZE);
    world.refusal = 400;
    world.valid = 2;
    CHECK_EQ(world_open(&world), 0);
    CHECK_EQ(world.signatures, 2);
    CHECK(opens_with(SIZE, second));
    world_stop(&world);
}

TEST(object_open_of_an_empty_object_without_suffixes)
{
    world_start(&world, 0);
    world.no_suffix = 501;
    CHECK_EQ(world_open(&world), 0);
    CHECK_EQ(object_source(world.object)->size, 0);
    CHECK_EQ(COUNT(&world), 3);
    world_stop(&world);
}

/* What is wrong with the store is said by the ordinary range. */
TEST(object_open_fails_as_an_ordinary_range_does)
{
    world_start(&world, SIZE);
    world.no_suffix = 501;
    world.valid = 100000;
    world.refusal = 403;
    CHECK_EQ(world_open(&world), -EACCES);
    CHECK(!store_hosts_traits(&world.hosts, tiny_http_url(world.api.http)));
    world_stop(&world);
}

/* Whether the store was asked for this range once. */
static int was_asked_once(const char *range)
{
    unsigned times = 0;

    for (unsigned i = 0; i < COUNT(&world); i++)
        times += strcmp(tiny_http_request(world.api.http, i).range, range) == 0;
    return times == 1;
}

/* What will be read is fetched with the tail, and not once more by its readers. */
TEST(object_open_fetches_the_head)
{
    static const struct {
        uint64_t guess, head;
        const char *ranges[2];
    } cases[] = {
        {SIZE, 2560 * 1024, {"bytes=0-2097151", "bytes=2097152-2621439"}},
        {SIZE, 1000000, {"bytes=0-983039", NULL}},
        {SIZE, UINT64_MAX, {"bytes=0-2097151", "bytes=2097152-3145727"}},
        {1000000, UINT64_MAX, {"bytes=0-2097151", "bytes=2097152-3145727"}},
        {0, UINT64_MAX, {"bytes=0-2097151", "bytes=2097152-3145727"}},
        {SIZE, 0, {NULL, NULL}},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned heads = 0;

        world_start(&world, SIZE);
        object_unref(world.object);
        world.object = object_new(&world.context, "bucket/output.zip", "europe", OBJECT_TAIL,
                                  cases[i].guess);
        object_expect_reading(world.object, cases[i].head);
        CHECK_EQ(world_open(&world), 0);
        for (; heads < 2 && cases[i].ranges[heads]; heads++)
            CHECK_EQ(read_at(&world, heads * 2097152u, 65536), 0);
        CHECK_EQ(COUNT(&world), 2 + heads); /* URL, tail */
        for (unsigned r = 0; r < heads; r++)
            CHECK(was_asked_once(cases[i].ranges[r]));
        world_stop(&world);
    }
}

/* All of a small object comes with its tail. */
TEST(object_open_of_an_object_without_a_head)
{
    world_start(&world, SMALL);
    object_expect_reading(world.object, UINT64_MAX);
    CHECK_EQ(world_open(&world), 0);
    CHECK_EQ(read_at(&world, 0, SMALL), 0);
    CHECK_EQ(COUNT(&world), 2);
    world_stop(&world);
}
