#include "store/readahead.h"

#include <inttypes.h>

#include "test.h"

#define KIB   UINT64_C(1024)
#define MIB   (1024 * KIB)
#define GIB   (1024 * MIB)
#define READ  (128 * KIB) /* what the kernel asks for */
#define START ((uint64_t)READAHEAD_START)

/* The window in front; the access must want none behind. */
static struct readahead_span at(struct readahead *readahead, uint64_t offset, uint64_t want,
                                uint64_t limit)
{
    struct readahead_plan plan = readahead_access(readahead, offset, want, limit);

    if (plan.behind.from != plan.behind.to)
        test_fail(__FILE__, __LINE__, "a window behind %" PRIu64, offset);
    return plan.ahead;
}

static struct readahead_span follow(struct readahead *readahead, uint64_t offset, uint64_t want,
                                    uint64_t limit)
{
    return readahead_follow(readahead, offset, want, limit).ahead;
}

#define CHECK_AHEAD(access, wanted_from, wanted_to)   \
    do {                                              \
        struct readahead_span check_ahead = (access); \
        CHECK_EQ(check_ahead.from, wanted_from);      \
        CHECK_EQ(check_ahead.to, wanted_to);          \
    } while (0)
#define CHECK_NOTHING(access)                         \
    do {                                              \
        struct readahead_span check_ahead = (access); \
        CHECK_EQ(check_ahead.from, check_ahead.to);   \
    } while (0)

TEST(readahead_first_access_fetches_what_was_asked)
{
    struct readahead r;

    readahead_init(&r, READAHEAD_MAX);
    CHECK_NOTHING(at(&r, 0, READ, GIB));
    readahead_init(&r, READAHEAD_MAX);
    CHECK_NOTHING(at(&r, 5 * MIB + 3, 1, GIB));
}

TEST(readahead_sequential_doubles)
{
    struct readahead r;
    uint64_t end = READ;

    readahead_init(&r, READAHEAD_MAX);
    CHECK_NOTHING(at(&r, 0, READ, GIB));
    end += READ;
    CHECK_AHEAD(at(&r, end - READ, READ, GIB), end, end + MIB); /* 256 KiB .. 1280 KiB */
    /* nothing while more than half of the window is before the reader */
    for (int i = 0; i < 3; i++) {
        end += READ;
        CHECK_NOTHING(at(&r, end - READ, READ, GIB));
    }
    end += READ; /* half of it used: 768 KiB */
    CHECK_AHEAD(at(&r, end - READ, READ, GIB), 1280 * KIB, end + 2 * MIB);
}

/* However far it goes: all bytes once, in order, no gap, and never more than `max` ahead. */
TEST(readahead_sequential_covers_all_once)
{
    static const uint64_t maxima[] = {READAHEAD_START, 4 * MIB, 7 * MIB, READAHEAD_MAX};

    for (size_t i = 0; i < sizeof(maxima) / sizeof(maxima[0]); i++) {
        const uint64_t limit = 500 * MIB + 12345;
        uint64_t covered = READ;
        struct readahead r;

        readahead_init(&r, maxima[i]);
        CHECK_NOTHING(at(&r, 0, READ, limit));
        for (uint64_t offset = READ; offset < limit; offset += READ) {
            uint64_t want = limit - offset < READ ? limit - offset : READ;
            struct readahead_span ahead = at(&r, offset, want, limit);

            if (covered < offset + want)
                covered = offset + want;
            if (ahead.from == ahead.to)
                continue;
            CHECK_EQ(ahead.from, covered);
            CHECK(ahead.to <= offset + want + maxima[i]);
            covered = ahead.to;
        }
        CHECK_EQ(covered, limit);
    }
}

TEST(readahead_window_grows_to_its_maximum)
{
    struct readahead r;
    uint64_t widest = 0;

    readahead_init(&r, 8 * MIB);
    for (uint64_t offset = 0; offset < 200 * MIB; offset += READ) {
        struct readahead_span ahead = at(&r, offset, READ, GIB);

        if (ahead.to > ahead.from && ahead.to - (offset + READ) > widest)
            widest = ahead.to - (offset + READ);
    }
    CHECK_EQ(widest, 8 * MIB);
}

TEST(readahead_maximum_below_the_start)
{
    struct readahead r;

    readahead_init(&r, 512 * KIB);
    CHECK_NOTHING(at(&r, 0, READ, GIB));
    CHECK_AHEAD(at(&r, READ, READ, GIB), 2 * READ, 2 * READ + 512 * KIB);
}

TEST(readahead_without_a_window)
{
    struct readahead r;

    readahead_init(&r, 0);
    for (uint64_t offset = 0; offset < 10 * MIB; offset += READ)
        CHECK_NOTHING(at(&r, offset, READ, GIB));
}

/* Members of 6 KB with their headers between them, read whole one after the other. */
TEST(readahead_small_members_in_a_row)
{
    struct readahead r;
    uint64_t covered = 6 * KIB;
    unsigned ranges = 0;

    readahead_init(&r, 4 * MIB);
    CHECK_NOTHING(at(&r, 0, 6 * KIB, GIB));
    for (uint64_t i = 1; i < 5000; i++) {
        uint64_t offset = i * (6 * KIB + 100), end = offset + 6 * KIB;
        struct readahead_span ahead = at(&r, offset, 6 * KIB, GIB);

        if (covered < end)
            covered = end;
        if (ahead.from == ahead.to)
            continue;
        ranges++;
        CHECK_EQ(ahead.from, covered);
        covered = ahead.to;
    }
    CHECK(ranges <= 20); /* 30 MB, of which all but the first are fetched 2 MiB or more at once */
}

TEST(readahead_small_skips_are_the_same_stream)
{
    struct readahead r;

    readahead_init(&r, READAHEAD_MAX);
    CHECK_NOTHING(at(&r, 0, READ, GIB));
    CHECK_AHEAD(at(&r, READ + READAHEAD_SKIP, READ, GIB), 2 * READ + READAHEAD_SKIP,
                2 * READ + READAHEAD_SKIP + START);
}

TEST(readahead_large_skips_are_another_stream)
{
    struct readahead r;

    readahead_init(&r, READAHEAD_MAX);
    CHECK_NOTHING(at(&r, 0, READ, GIB));
    CHECK_NOTHING(at(&r, READ + READAHEAD_SKIP + 1, READ, GIB));
    /* both go on by themselves */
    CHECK_AHEAD(at(&r, READ, KIB, GIB), READ + KIB, READ + KIB + START);
}

TEST(readahead_random_fetches_nothing_more)
{
    struct readahead r;
    uint64_t random = 1;

    readahead_init(&r, READAHEAD_MAX);
    for (int i = 0; i < 1000; i++) {
        random = random * 48271 % 2147483647;
        CHECK_NOTHING(at(&r, random % 100000 * 10 * MIB, 4 * KIB, UINT64_MAX));
    }
}

TEST(readahead_same_place_again)
{
    struct readahead r;

    readahead_init(&r, READAHEAD_MAX);
    for (int i = 0; i < 10; i++)
        CHECK_NOTHING(at(&r, MIB, READ, GIB));
}

TEST(readahead_two_streams_interleaved)
{
    struct readahead one, both;

    readahead_init(&one, READAHEAD_MAX);
    readahead_init(&both, READAHEAD_MAX);
    for (uint64_t offset = 0; offset < 20 * MIB; offset += READ) {
        struct readahead_span alone = at(&one, offset, READ, GIB);
        struct readahead_span first = at(&both, offset, READ, GIB);
        struct readahead_span second = at(&both, 512 * MIB + offset, READ, GIB);

        CHECK_EQ(first.from, alone.from);
        CHECK_EQ(first.to, alone.to);
        CHECK_EQ(second.from, alone.from + 512 * MIB);
        CHECK_EQ(second.to, alone.to + 512 * MIB);
    }
}

/* As many streams as there are places keep theirs; one more takes the place of the oldest. */
TEST(readahead_streams_are_replaced_by_age)
{
    struct readahead r;

    readahead_init(&r, READAHEAD_MAX);
    for (uint64_t i = 0; i < READAHEAD_STREAMS; i++)
        CHECK_NOTHING(at(&r, i * GIB, READ, UINT64_MAX));
    for (uint64_t i = 1; i < READAHEAD_STREAMS; i++)
        CHECK_AHEAD(at(&r, i * GIB + READ, READ, UINT64_MAX), i * GIB + 2 * READ,
                    i * GIB + 2 * READ + START);
    CHECK_NOTHING(at(&r, 100 * GIB, READ, UINT64_MAX)); /* in place of the stream at 0 */
    CHECK_NOTHING(at(&r, READ, READ, UINT64_MAX));
}

/* Readers of one file come out of order: nothing is fetched twice, the window goes on. */
TEST(readahead_out_of_order)
{
    struct readahead r;
    uint64_t covered = READ;

    readahead_init(&r, READAHEAD_MAX);
    CHECK_NOTHING(at(&r, 0, READ, GIB));
    for (uint64_t pair = 1; pair < 400; pair += 2) {
        uint64_t order[2] = {pair + 1, pair};

        for (int i = 0; i < 2; i++) {
            uint64_t end = (order[i] + 1) * READ;
            struct readahead_span ahead = at(&r, order[i] * READ, READ, GIB);

            if (covered < end)
                covered = end;
            if (ahead.from == ahead.to)
                continue;
            CHECK_EQ(ahead.from, covered);
            covered = ahead.to;
        }
    }
    CHECK(covered > 401 * READ);
}

TEST(readahead_stops_at_the_limit)
{
    struct readahead r;

    readahead_init(&r, READAHEAD_MAX);
    CHECK_NOTHING(at(&r, 0, READ, 600 * KIB));
    CHECK_AHEAD(at(&r, READ, READ, 600 * KIB), 2 * READ, 600 * KIB);
    for (uint64_t offset = 2 * READ; offset < 600 * KIB; offset += READ)
        CHECK_NOTHING(at(&r, offset, READ, 600 * KIB));
    /* beyond it: what is asked for is the caller's to fetch, nothing is added */
    CHECK_NOTHING(at(&r, 700 * KIB, READ, 600 * KIB));
    CHECK_NOTHING(at(&r, 700 * KIB + READ, READ, 600 * KIB));
}

TEST(readahead_large_reads)
{
    struct readahead r;

    readahead_init(&r, READAHEAD_MAX);
    CHECK_NOTHING(at(&r, 0, 10 * MIB, GIB));
    CHECK_AHEAD(at(&r, 10 * MIB, 10 * MIB, GIB), 20 * MIB, 20 * MIB + START);
}

/* Who works ahead of a reader moves his window, as far as there is one. */
TEST(readahead_follow_moves_the_window)
{
    struct readahead r;

    readahead_init(&r, READAHEAD_MAX);
    CHECK_NOTHING(at(&r, 0, READ, GIB));
    CHECK_AHEAD(at(&r, READ, READ, GIB), 2 * READ, 2 * READ + START); /* up to 1280 KiB */
    CHECK_NOTHING(follow(&r, 256 * KIB, 64 * KIB, GIB));
    /* Several members at once: it jumps, within what is fetched. */
    CHECK_AHEAD(follow(&r, 1000 * KIB, 64 * KIB, GIB), 1280 * KIB, 1064 * KIB + 2 * MIB);
    CHECK_NOTHING(follow(&r, 320 * KIB, 64 * KIB, GIB));
    CHECK_NOTHING(follow(&r, 1064 * KIB, 64 * KIB, GIB));
    /* The reader comes after him: the same stream. */
    CHECK_NOTHING(at(&r, 256 * KIB, READ, GIB));
    CHECK_NOTHING(at(&r, 384 * KIB, READ, GIB));
}

TEST(readahead_follow_begins_no_stream)
{
    struct readahead r;

    readahead_init(&r, READAHEAD_MAX);
    CHECK_NOTHING(follow(&r, 0, READ, GIB));
    CHECK_NOTHING(follow(&r, READ, READ, GIB));
    CHECK_NOTHING(at(&r, 10 * MIB, READ, GIB));
    CHECK_NOTHING(follow(&r, 20 * MIB, READ, GIB)); /* behind what is fetched */
    CHECK_NOTHING(follow(&r, 9 * MIB, READ, GIB));  /* before where it began */
    for (int i = 0; i < READAHEAD_STREAMS; i++)
        CHECK(r.streams[i].next == 10 * MIB + READ || !r.streams[i].used);
}

TEST(readahead_follow_stops_at_the_limit)
{
    struct readahead r;

    readahead_init(&r, READAHEAD_MAX);
    CHECK_NOTHING(at(&r, 0, READ, 2 * MIB));
    CHECK_AHEAD(at(&r, READ, READ, 2 * MIB), 2 * READ, 2 * READ + START);
    CHECK_AHEAD(follow(&r, MIB, READ, 2 * MIB), 2 * READ + START, 2 * MIB);
    CHECK_NOTHING(follow(&r, 2 * MIB - READ, READ, 2 * MIB));
}
