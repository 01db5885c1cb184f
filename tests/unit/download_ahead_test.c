#include "download/ahead.h"

#include <stdlib.h>

#include "test.h"

#define KIB  1024u
#define MIB  (1024u * 1024u)
#define ROOM 4000 /* entries */

/* A directory of nothing but places and sizes, and a plan of all its entries. */
struct fleet {
    struct zip_directory dir;
    struct zip_entry entries[ROOM];
    struct ahead ahead;
};

static struct fleet fleet;

static void fleet_begin(uint64_t window)
{
    memset(&fleet, 0, sizeof(fleet));
    fleet.dir.entries = fleet.entries;
    fleet.ahead.dir = &fleet.dir;
    fleet.ahead.window = window;
}

static void fleet_add(uint64_t offset, uint64_t compressed)
{
    fleet.entries[fleet.dir.count++] = (struct zip_entry){
        .header_offset = offset, .compressed_size = compressed, .local_name_len = 10};
}

static void fleet_end(uint64_t directory_offset)
{
    fleet.dir.end.directory_offset = directory_offset;
    fleet.dir.object_size = directory_offset + 100;
}

/* `count` files of `size` bytes with their headers, one behind the other. */
static void fleet_of(uint32_t count, uint64_t size, uint64_t window)
{
    fleet_begin(window);
    for (uint32_t i = 0; i < count; i++)
        fleet_add(i * size, size - 40);
    fleet_end(count * size);
}

static uint32_t same_entry(const void *arg, uint32_t at)
{
    (void)arg;
    return at;
}

static int next_span(struct ahead_span *span)
{
    return ahead_next(&fleet.ahead, fleet.dir.count, same_entry, NULL, span);
}

#define CHECK_SPAN(span, first, end)              \
    do {                                          \
        struct ahead_span check_span = (span);    \
        CHECK_EQ(check_span.from, (first));       \
        CHECK_EQ(check_span.to, (uint64_t)(end)); \
    } while (0)

/* ---- the span of one file ---- */

TEST(ahead_a_span_ends_where_the_next_file_begins)
{
    fleet_begin(0);
    fleet_add(100, 1000);
    fleet_add(1140, 20);
    fleet_add(1200, 300);
    fleet_end(1540);
    CHECK_SPAN(ahead_span_of(&fleet.dir, 0), 100, 1140);
    CHECK_SPAN(ahead_span_of(&fleet.dir, 1), 1140, 1200);
    CHECK_SPAN(ahead_span_of(&fleet.dir, 2), 1200, 1540); /* by the directory */
}

TEST(ahead_a_span_leaves_room_for_extra_fields)
{
    fleet_begin(0);
    fleet_add(100, 1000);
    fleet_add(9 * MIB, 0);
    fleet_end(10 * MIB);
    CHECK_SPAN(ahead_span_of(&fleet.dir, 0), 100, 100 + 30 + 10 + 1024 + 1000);
    CHECK_SPAN(ahead_span_of(&fleet.dir, 1), 9 * MIB, 9 * MIB + 30 + 10 + 1024);
}

TEST(ahead_of_a_large_file_the_beginning)
{
    fleet_begin(0);
    fleet_add(0, AHEAD_LARGE);
    fleet_add(20 * MIB, AHEAD_LARGE + 1);
    fleet_add(40 * MIB, UINT64_MAX); /* as only a damaged archive says */
    fleet_end(60 * MIB);
    CHECK_SPAN(ahead_span_of(&fleet.dir, 0), 0, AHEAD_LARGE + 30 + 10 + 1024);
    CHECK_SPAN(ahead_span_of(&fleet.dir, 1), 20 * MIB, 20 * MIB + AHEAD_FIRST);
    CHECK_SPAN(ahead_span_of(&fleet.dir, 2), 40 * MIB, 40 * MIB + AHEAD_FIRST);
}

TEST(ahead_spans_stay_inside_of_the_object)
{
    static const uint64_t offsets[] = {0, 5099, 5100, 5101, INT64_MAX, UINT64_MAX - 1, UINT64_MAX};

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        struct ahead_span span;

        fleet_begin(0);
        fleet_add(offsets[i], 100000);
        fleet_end(5000);
        span = ahead_span_of(&fleet.dir, 0);
        CHECK(span.from < span.to);
        CHECK(span.to <= fleet.dir.object_size);
    }
    fleet_begin(0);
    fleet_add(5090, 100000); /* in the directory */
    fleet_end(5000);
    CHECK_SPAN(ahead_span_of(&fleet.dir, 0), 5090, 5100);
}

TEST(ahead_files_in_one_place)
{
    fleet_begin(0);
    fleet_add(100, 1000);
    fleet_add(100, 2000);
    fleet_add(5000, 0);
    fleet_end(9000);
    CHECK_SPAN(ahead_span_of(&fleet.dir, 0), 100, 100 + 30 + 10 + 1024 + 1000);
    CHECK_SPAN(ahead_span_of(&fleet.dir, 1), 100, 100 + 30 + 10 + 1024 + 2000);
}

/* ---- the spans of a plan ---- */

TEST(ahead_neighbours_are_one_span)
{
    struct ahead_span span;

    fleet_of(5, 1000, 100 * MIB);
    CHECK_EQ(next_span(&span), 1);
    CHECK_SPAN(span, 0, 5000);
    CHECK_EQ(fleet.ahead.next, 5);
    CHECK_EQ(fleet.ahead.unused, 5000);
    CHECK_EQ(next_span(&span), 0);
}

TEST(ahead_small_gaps_are_fetched_and_large_ones_not)
{
    struct ahead_span span;
    uint64_t end = 30 + 10 + 1024 + 1000;

    fleet_begin(100 * MIB);
    fleet_add(0, 1000);
    fleet_add(end + AHEAD_GAP, 1000);
    fleet_add(2 * (end + AHEAD_GAP) + 1, 1000);
    fleet_end(MIB);
    CHECK_EQ(next_span(&span), 1);
    CHECK_SPAN(span, 0, 2 * end + AHEAD_GAP);
    CHECK_EQ(fleet.ahead.unused, 2 * end); /* what lies between belongs to no file */
    CHECK_EQ(next_span(&span), 1);
    CHECK_SPAN(span, 2 * (end + AHEAD_GAP) + 1, 2 * (end + AHEAD_GAP) + 1 + end);
    CHECK_EQ(next_span(&span), 0);
}

TEST(ahead_goes_in_steps)
{
    struct ahead_span span;

    fleet_of(20, MIB, 100 * MIB);
    for (unsigned i = 0; i < 20 * MIB / AHEAD_STEP; i++) {
        CHECK_EQ(next_span(&span), 1);
        CHECK_SPAN(span, i * AHEAD_STEP, (i + 1) * AHEAD_STEP);
    }
    CHECK_EQ(next_span(&span), 0);
}

TEST(ahead_a_file_that_is_larger_than_a_step_comes_whole)
{
    struct ahead_span span;

    fleet_of(3, 6 * MIB, 100 * MIB);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(next_span(&span), 1);
        CHECK_SPAN(span, i * 6 * MIB, (i + 1) * 6 * MIB);
    }
    CHECK_EQ(next_span(&span), 0);
}

TEST(ahead_stays_below_the_window)
{
    struct ahead_span span;
    uint64_t fetched = 0;

    fleet_of(1000, 100 * KIB, 10 * MIB);
    while (next_span(&span))
        fetched += span.to - span.from;
    CHECK(fetched <= 10 * MIB);
    CHECK(fetched > 10 * MIB - AHEAD_STEP);
    CHECK_EQ(fleet.ahead.unused, fetched);
    /* As files are done, others follow; all of them in the end. */
    for (uint32_t i = 0; i < 1000; i++) {
        ahead_done(&fleet.ahead, i);
        while (next_span(&span))
            CHECK(fleet.ahead.unused <= 10 * MIB);
        CHECK(fleet.ahead.next > i + 1 || i == 999);
    }
    CHECK_EQ(fleet.ahead.next, 1000);
    CHECK_EQ(fleet.ahead.unused, 0);
}

TEST(ahead_something_is_fetched_by_the_smallest_window)
{
    struct ahead_span span;

    fleet_of(10, 8 * MIB, 1);
    for (uint32_t i = 0; i < 10; i++) {
        CHECK_EQ(next_span(&span), 1);
        CHECK_EQ(next_span(&span), 0);
        ahead_done(&fleet.ahead, i);
    }
    CHECK_EQ(next_span(&span), 0);
}

static uint32_t each_third(const void *arg, uint32_t at)
{
    return *(const uint32_t *)arg + 3 * at;
}

TEST(ahead_only_files_of_the_plan)
{
    struct ahead_span span;
    uint32_t first = 1;

    fleet_of(30, MIB, 100 * MIB);
    for (unsigned i = 0; i < 10; i++) {
        CHECK_EQ(ahead_next(&fleet.ahead, 10, each_third, &first, &span), 1);
        CHECK_SPAN(span, (1 + 3 * i) * MIB, (2 + 3 * i) * MIB);
    }
    CHECK_EQ(ahead_next(&fleet.ahead, 10, each_third, &first, &span), 0);
}

/* ---- readers that are faster than the plan ---- */

TEST(ahead_what_a_reader_begins_with_is_fetched_once)
{
    struct ahead_span span;

    fleet_of(6, 8 * MIB, 8 * MIB + AHEAD_STEP - 1);
    CHECK_EQ(next_span(&span), 1); /* the first file, and no more */
    CHECK_EQ(next_span(&span), 0);
    CHECK_EQ(ahead_take(&fleet.ahead, 0, same_entry, NULL, &span), 0);
    for (uint32_t i = 1; i < 4; i++) {
        CHECK_EQ(ahead_take(&fleet.ahead, i, same_entry, NULL, &span), 1);
        CHECK_SPAN(span, i * 8 * MIB, (i + 1) * 8 * MIB);
    }
    CHECK_EQ(fleet.ahead.unused, 4 * 8 * MIB);
    for (uint32_t i = 1; i < 4; i++) {
        ahead_done(&fleet.ahead, i);
        CHECK_EQ(next_span(&span), 0);
    }
    ahead_done(&fleet.ahead, 0);
    CHECK_EQ(fleet.ahead.unused, 0);
    CHECK_EQ(next_span(&span), 1);
    CHECK_SPAN(span, 4 * 8 * MIB, 5 * 8 * MIB);
    CHECK_EQ(ahead_take(&fleet.ahead, 4, same_entry, NULL, &span), 0);
    CHECK_EQ(fleet.ahead.unused, 8 * MIB);
}

/* ---- archives that lie ---- */

TEST(ahead_of_hostile_offsets)
{
    static const uint64_t offsets[] = {
        0, 0, 10, 4999, 5000, 5099, 5100, INT64_MAX, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX};
    struct ahead_span span;
    unsigned spans = 0;

    fleet_begin(64 * MIB);
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
        fleet_add(offsets[i], i % 2 ? UINT64_MAX : 7 * MIB);
    fleet_end(5000);
    while (next_span(&span)) {
        CHECK(span.from < span.to && span.to <= fleet.dir.object_size);
        CHECK(++spans <= fleet.dir.count);
    }
    CHECK_EQ(fleet.ahead.next, fleet.dir.count);
    for (uint32_t i = 0; i < fleet.dir.count; i++)
        ahead_done(&fleet.ahead, i);
    CHECK_EQ(fleet.ahead.unused, 0);
    ahead_done(&fleet.ahead, 0); /* once too often */
    CHECK_EQ(fleet.ahead.unused, 0);
}

TEST(ahead_of_files_that_overlap)
{
    struct ahead_span span;
    uint64_t most = 0;

    fleet_begin(16 * MIB);
    for (uint32_t i = 0; i < ROOM; i++)
        fleet_add(i / 2, 7 * MIB);
    fleet_end(64 * MIB);
    for (uint32_t i = 0; i < ROOM; i++) {
        while (next_span(&span)) {
            CHECK(span.from < span.to && span.to <= fleet.dir.object_size);
            most = span.to - span.from > most ? span.to - span.from : most;
        }
        CHECK(fleet.ahead.next > i);
        ahead_done(&fleet.ahead, i);
    }
    CHECK(most <= AHEAD_LARGE + 2 * KIB);
    CHECK_EQ(fleet.ahead.unused, 0);
}
