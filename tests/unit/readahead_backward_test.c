/* Readers that go backward: runs, each of which ends near where the run before it began. */
#include <inttypes.h>

#include "store/readahead.h"

#include "test.h"

#define KIB   UINT64_C(1024)
#define MIB   (1024 * KIB)
#define GIB   (1024 * MIB)
#define READ  (128 * KIB)
#define START ((uint64_t)READAHEAD_START)

static struct readahead r;

/* An access must want this in front and behind, where equal ends say nothing. */
static int wants(uint64_t offset, uint64_t want, struct readahead_span ahead,
                 struct readahead_span behind)
{
    struct readahead_plan plan = readahead_access(&r, offset, want, GIB);
    int is_ahead = plan.ahead.from == plan.ahead.to
                       ? ahead.from == ahead.to
                       : plan.ahead.from == ahead.from && plan.ahead.to == ahead.to;
    int is_behind = plan.behind.from == plan.behind.to
                        ? behind.from == behind.to
                        : plan.behind.from == behind.from && plan.behind.to == behind.to;

    if (!is_ahead || !is_behind)
        fprintf(stderr, "ahead %" PRIu64 "-%" PRIu64 ", behind %" PRIu64 "-%" PRIu64 "\n",
                plan.ahead.from, plan.ahead.to, plan.behind.from, plan.behind.to);
    return is_ahead && is_behind;
}

static int wants_nothing(uint64_t offset, uint64_t want)
{
    return wants(offset, want, (struct readahead_span){0, 0}, (struct readahead_span){0, 0});
}

static int wants_ahead(uint64_t offset, uint64_t want, uint64_t from, uint64_t to)
{
    return wants(offset, want, (struct readahead_span){from, to}, (struct readahead_span){0, 0});
}

static int wants_behind(uint64_t offset, uint64_t want, uint64_t from, uint64_t to)
{
    return wants(offset, want, (struct readahead_span){0, 0}, (struct readahead_span){from, to});
}

TEST(readahead_backward_after_three_steps)
{
    uint64_t at = 100 * MIB, third;

    readahead_init(&r, READAHEAD_MAX);
    CHECK(wants_nothing(at, READ));
    CHECK(wants_nothing(at -= READ, READ));
    CHECK(wants_nothing(at -= READ, READ));
    third = at -= READ;
    CHECK(wants_behind(at, READ, third - MIB, third));
    for (int i = 0; i < 3; i++)
        CHECK(wants_nothing(at -= READ, READ));
    at -= READ; /* half of it is used */
    CHECK(wants_behind(at, READ, at - 2 * MIB, third - MIB));
}

TEST(readahead_backward_may_skip)
{
    uint64_t at = 100 * MIB;

    readahead_init(&r, READAHEAD_MAX);
    CHECK(wants_nothing(at, KIB));
    CHECK(wants_nothing(at -= KIB + READAHEAD_SKIP, KIB));
    CHECK(wants_nothing(at -= KIB + READAHEAD_SKIP, KIB));
    at -= KIB + READAHEAD_SKIP;
    CHECK(wants_behind(at, KIB, at - MIB, at));
    at -= 700 * KIB; /* within the window, any step will do */
    CHECK(wants_behind(at, KIB, at - 2 * MIB, at - 324 * KIB));
    CHECK(wants_nothing(at - 5 * MIB, KIB)); /* another place */
}

TEST(readahead_backward_with_larger_skips_is_none)
{
    readahead_init(&r, READAHEAD_MAX);
    for (uint64_t at = 100 * MIB; at > MIB; at -= KIB + READAHEAD_SKIP + 1)
        CHECK(wants_nothing(at, KIB));
}

/* A zip reader: the end record, what may be a comment before it, the directory; then forward. */
TEST(readahead_backward_is_not_a_look_at_the_end)
{
    const uint64_t size = 100 * MIB;

    readahead_init(&r, READAHEAD_MAX);
    CHECK(wants_nothing(size - 22, 22));
    CHECK(wants_nothing(size - 65557, 65557));
    CHECK(wants_nothing(size - 80000, 80000));
    CHECK(wants_nothing(0, READ));
    CHECK(wants_ahead(READ, READ, 2 * READ, 2 * READ + START));
}

/* What an object does with it: each block is fetched once, in ranges of at most 4 MiB. */
#define BLOCK    (64 * KIB)
#define OBJECT   (64 * MIB)
#define IN_CHUNK 64

static uint8_t here[OBJECT / BLOCK];
static unsigned ranges, fetched, waits;

static void fetch(uint64_t from, uint64_t to, unsigned most)
{
    unsigned run = 0;

    for (uint64_t block = from / BLOCK; from < to && block <= (to - 1) / BLOCK; block++) {
        if (here[block]) {
            run = 0;
            continue;
        }
        ranges += run % most == 0;
        run++;
        fetched++;
        here[block] = 1;
    }
}

static void read_at(uint64_t offset, uint64_t want)
{
    struct readahead_plan plan = readahead_access(&r, offset, want, OBJECT);
    unsigned before = ranges;

    fetch(offset, offset + want, UINT32_MAX);
    waits += ranges - before;
    fetch(plan.ahead.from, plan.ahead.to, IN_CHUNK);
    fetch(plan.behind.from, plan.behind.to, IN_CHUNK);
}

static void begin(uint64_t max)
{
    readahead_init(&r, max);
    memset(here, 0, sizeof(here));
    ranges = fetched = waits = 0;
}

TEST(readahead_backward_over_small_members)
{
    const uint64_t member = 13 * KIB;
    uint64_t at = OBJECT / member * member;

    begin(8 * MIB);
    while (at) {
        at -= member;
        read_at(at, member - 70);
    }
    CHECK_EQ(fetched, OBJECT / BLOCK);
    CHECK_EQ(waits, 1); /* then windows: 1, 1.5 and 3 MiB, 6 in two ranges, and 4 at a time */
    CHECK_EQ(ranges, 22);
}

/* Each is read forward; a run is a stream of its own until it has come to the one before it. */
TEST(readahead_backward_over_large_members)
{
    const uint64_t member = MIB;

    begin(8 * MIB);
    for (uint64_t at = OBJECT - member;; at -= member) {
        for (uint64_t offset = at; offset < at + member; offset += READ)
            read_at(offset, READ);
        if (!at)
            break;
    }
    CHECK_EQ(fetched, OBJECT / BLOCK);
    CHECK(ranges <= 30);
    CHECK(waits <= 8);
}

/* Nothing before the first byte, and no byte twice, whatever the largest window. */
TEST(readahead_backward_covers_all_once)
{
    static const uint64_t maxima[] = {0, READAHEAD_START / 2, READAHEAD_START, 7 * MIB,
                                      READAHEAD_MAX};

    for (size_t i = 0; i < sizeof(maxima) / sizeof(maxima[0]); i++) {
        uint64_t covered = 200 * MIB;

        readahead_init(&r, maxima[i]);
        for (uint64_t at = 200 * MIB; at; at -= READ) {
            struct readahead_plan plan = readahead_access(&r, at - READ, READ, GIB);

            if (covered > at - READ)
                covered = at - READ;
            CHECK_EQ(plan.ahead.from, plan.ahead.to);
            if (plan.behind.from == plan.behind.to)
                continue;
            CHECK_EQ(plan.behind.to, covered);
            CHECK(plan.behind.from + maxima[i] >= at - READ);
            covered = plan.behind.from;
        }
        CHECK_EQ(covered, 0);
    }
}

/* The window in front of a run ends where the run before it began. Past what it has passed lately,
 * the reader is one that goes forward. */
TEST(readahead_backward_and_forward_again)
{
    uint64_t at = 100 * MIB;

    readahead_init(&r, READAHEAD_MAX);
    for (int i = 0; i < 3; i++)
        CHECK(wants_nothing(at -= READ, READ));
    at -= READ;
    CHECK(wants_behind(at, READ, at - MIB, at));
    at -= 512 * KIB;
    CHECK(wants_behind(at, READ, at - 2 * MIB, at - 512 * KIB));
    CHECK(wants_ahead(at + READ, READ, at + 2 * READ, at + 4 * READ));
    for (uint64_t i = 2; i < 22; i++)
        CHECK(wants_nothing(at + i * READ, READ));
    at += 22 * READ;
    CHECK(wants_nothing(at, READ));
    CHECK(wants_ahead(at + READ, READ, at + 2 * READ, at + 2 * READ + START));
}

/* A reader of what lies before leaves a forward reader its window. */
TEST(readahead_backward_leaves_forward_readers_alone)
{
    struct readahead alone;

    readahead_init(&r, READAHEAD_MAX);
    readahead_init(&alone, READAHEAD_MAX);
    for (uint64_t i = 0; i < 400; i++) {
        uint64_t at = 512 * MIB + i * READ;
        struct readahead_plan both = readahead_access(&r, at, READ, GIB);
        struct readahead_plan one = readahead_access(&alone, at, READ, GIB);

        CHECK_EQ(both.ahead.from, one.ahead.from);
        CHECK_EQ(both.ahead.to, one.ahead.to);
        CHECK_EQ(both.behind.from, both.behind.to);
        if (i > 1) /* small members before the place where it began */
            readahead_access(&r, 512 * MIB - i * 10 * KIB, 10 * KIB, GIB);
    }
}

/* Speculation goes on from where the reader has shown the way; the reader comes after it. */
TEST(readahead_backward_speculation_moves_the_window)
{
    uint64_t at = 100 * MIB;
    struct readahead_plan plan;

    readahead_init(&r, READAHEAD_MAX);
    CHECK(wants_nothing(at, READ));
    plan = readahead_follow(&r, at - READ, READ, GIB); /* no step was made yet */
    CHECK_EQ(plan.behind.from, plan.behind.to);
    CHECK(wants_nothing(at - READ, READ));
    plan = readahead_follow(&r, at - 2 * READ, READ, GIB);
    CHECK_EQ(plan.behind.from, plan.behind.to);
    plan = readahead_follow(&r, at - 3 * READ, READ, GIB);
    CHECK_EQ(plan.behind.to, at - 3 * READ);
    CHECK_EQ(plan.behind.from, at - 3 * READ - MIB);
    CHECK(wants_nothing(at - 2 * READ, READ));
    plan = readahead_follow(&r, at - 3 * READ - 600 * KIB, READ, GIB);
    CHECK_EQ(plan.behind.to, at - 3 * READ - MIB);
    CHECK_EQ(plan.behind.from, at - 3 * READ - 600 * KIB - 2 * MIB);
    CHECK(wants_nothing(at - 3 * READ, READ));
    CHECK(wants_nothing(at - 4 * READ, READ));
}

TEST(readahead_backward_two_readers)
{
    struct readahead one;

    readahead_init(&r, READAHEAD_MAX);
    readahead_init(&one, READAHEAD_MAX);
    for (uint64_t i = 1; i < 300; i++) {
        struct readahead_plan alone = readahead_access(&one, 100 * MIB - i * READ, READ, GIB);
        struct readahead_plan first = readahead_access(&r, 100 * MIB - i * READ, READ, GIB);
        struct readahead_plan second = readahead_access(&r, 600 * MIB - i * READ, READ, GIB);

        CHECK_EQ(first.behind.from, alone.behind.from);
        CHECK_EQ(first.behind.to, alone.behind.to);
        CHECK_EQ(second.behind.to, alone.behind.to + 500 * MIB);
    }
}
