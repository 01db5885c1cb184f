/* The table of segments. */
#include "disk/segments.h"

#include "test.h"

TEST(disk_segments_that_are_added_are_found)
{
    struct segments segments = {.count = 0};

    CHECK(!segments_find(&segments, 0, 0));
    for (uint32_t i = 0; i < 1000; i++) {
        struct segment *segment = segments_add(&segments, i % 7, i * 0x01000193u);

        if (!segment)
            break; /* without memory */
        if (segment->present || segment->used_at)
            test_fail(__FILE__, __LINE__, "segment %u is not new", i);
        segment->present = i + 1;
    }
    for (uint32_t i = 0; i < segments.count; i++) {
        struct segment *segment = segments_find(&segments, i % 7, i * 0x01000193u);

        if (!segment || segment->present != i + 1)
            test_fail(__FILE__, __LINE__, "segment %u is lost", i);
        if (segment && segments_add(&segments, i % 7, i * 0x01000193u) != segment)
            test_fail(__FILE__, __LINE__, "segment %u is there twice", i);
    }
    if (segments_find(&segments, 8, 0) || segments_find(&segments, 0, 1))
        test_fail(__FILE__, __LINE__, "segments that were not added are found");
    segments_free(&segments);
    CHECK_EQ(segments.count, 0);
    CHECK(!segments_find(&segments, 0, 0));
    segments_free(&segments);
}

TEST(disk_segments_at_their_largest_numbers)
{
    struct segments segments = {.count = 0};
    struct segment *segment = segments_add(&segments, UINT32_MAX, UINT32_MAX);
    int is_found = segment && segments_find(&segments, UINT32_MAX, UINT32_MAX) == segment;

    segments_free(&segments);
    CHECK(is_found);
}

TEST(disk_segments_are_bounded)
{
    struct segments segments = {.count = 0};
    uint32_t i = 0;

    while (i <= 2 * SEGMENTS_MAX && segments_add(&segments, 0, i))
        i++;
    segments_free(&segments);
    CHECK(i <= 2 * SEGMENTS_MAX);
}
