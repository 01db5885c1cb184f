/* What decodes ahead of several readers, and of those who do not go straight on. */
#include "member/decode_ahead.h"

#include <stdlib.h>

#include "member/piece.h"
#include "support/decode_ahead_names.h"
#include "test.h"

/* ---- what can't be made ---- */

TEST(decode_ahead_rest_is_begun_again)
{
    struct decode_ahead_job job;
    struct decode_ahead_place place;
    unsigned stream;

    start(DECODE_AHEAD_MAX, 1, 1024 * MIB);
    at(0, 0);
    at(0, 1);
    stream = at(0, 2);
    CHECK(begin(stream, &job, &place) && place.piece == 3);
    CHECK(next(&job, &place) && place.piece == 4);
    decode_ahead_stop_job(&world.ahead, &job, place, 0);
    CHECK(begin(stream, &job, &place) && place.piece == 4);
    decode_ahead_stop_job(&world.ahead, &job, place, 0);
    CHECK_EQ(at(0, 6), stream); /* the reader has made it himself meanwhile */
    CHECK(begin(stream, &job, &place) && place.piece == 7);
}

TEST(decode_ahead_rest_of_a_member_is_left_out)
{
    struct decode_ahead_job job;
    struct decode_ahead_place place;
    unsigned stream = 0;

    start(DECODE_AHEAD_MAX, 9, 6 * ZIP_PIECE);
    for (uint64_t i = 0; i < 4; i++)
        stream = at(0, i);
    CHECK(begin(stream, &job, &place) && place.entry == 0 && place.piece == 4);
    decode_ahead_stop_job(&world.ahead, &job, place, 1);
    work_all(stream);
    CHECK(world.count > 0);
    for (unsigned i = 0; i < world.count; i++)
        CHECK(world.made[i].entry > 0);
    at(0, 4);
    work_all(stream);
    for (unsigned i = 0; i < world.count; i++)
        CHECK(world.made[i].entry > 0);
}

/* One lane rests on a member; the other goes on behind it, and does not take it up. */
TEST(decode_ahead_other_lane_goes_on)
{
    struct decode_ahead_job a, b;
    struct decode_ahead_place one, two;
    unsigned stream = 0;

    start(DECODE_AHEAD_MAX, 9, 6 * ZIP_PIECE);
    for (uint64_t i = 0; i < 5; i++)
        stream = at(0, i);
    CHECK(begin(stream, &a, &one) && one.entry == 0);
    CHECK(begin(stream, &b, &two) && two.entry == 1);
    decode_ahead_stop_job(&world.ahead, &a, one, 0);
    for (uint64_t i = 1; i < 6; i++)
        CHECK(next(&b, &two) && two.entry == 1);
    CHECK(next(&b, &two) && two.entry == 2);
    CHECK(begin(stream, &a, &one) && one.entry == 0 && one.piece == 5);
}

/* ---- streams ---- */

TEST(decode_ahead_to_and_fro_is_one_stream)
{
    static const uint64_t order[] = {1, 0, 3, 2, 8, 4, 5, 6, 7, 16, 9, 15, 10};
    unsigned stream;

    start(DECODE_AHEAD_MAX, 1, 1024 * MIB);
    stream = at(0, 0);
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        CHECK_EQ(at(0, order[i]), stream);
        work_all(stream);
        for (unsigned k = 0; k < world.count; k++)
            CHECK(world.made[k].piece > world.ahead.streams[stream].at.piece);
    }
    CHECK_EQ(world.ahead.streams[stream].at.piece, 16);
    CHECK_EQ(at(0, 16 + DECODE_AHEAD_NEAR), stream);
    CHECK(at(0, 16 + 2 * DECODE_AHEAD_NEAR + 1) != stream);
}

TEST(decode_ahead_skips_are_the_same_stream)
{
    unsigned stream;

    start(DECODE_AHEAD_MAX, MAX_FILES, 6000);
    stream = at(0, 0);
    CHECK_EQ(at(DECODE_AHEAD_SKIP, 0), stream);
    CHECK_EQ(at(2 * DECODE_AHEAD_SKIP, DECODE_AHEAD_NEAR), stream);
    work_all(stream);
    CHECK(world.count > 0 && world.made[0].entry == 2 * DECODE_AHEAD_SKIP + 1);
    CHECK(at(3 * DECODE_AHEAD_SKIP + 1, 0) != stream);
    CHECK(at(2 * DECODE_AHEAD_SKIP + 1, DECODE_AHEAD_NEAR + 1) != stream);
}

TEST(decode_ahead_several_streams_go_on_by_themselves)
{
    unsigned streams[DECODE_AHEAD_STREAMS] = {0};

    start(DECODE_AHEAD_MAX, DECODE_AHEAD_STREAMS, 1024 * MIB);
    for (uint64_t i = 0; i < 100; i++)
        for (unsigned n = 1; n <= DECODE_AHEAD_STREAMS;
             n++) { /* the last member's reader came first */
            unsigned k = DECODE_AHEAD_STREAMS - n, stream = at(k, 1000 + i);

            if (!i)
                streams[k] = stream;
            CHECK_EQ(stream, streams[k]);
            work_all(stream);
            CHECK(i >= 2 || !world.count);
            CHECK(i != 2 || made_pieces(k, 1003, 1005));
        }
    for (unsigned k = 0; k < DECODE_AHEAD_STREAMS; k++)
        CHECK_EQ(world.ahead.streams[k].window, DECODE_AHEAD_MAX);
}

TEST(decode_ahead_job_of_a_stream_that_gave_way_ends)
{
    struct decode_ahead_job job, fresh;
    struct decode_ahead_place place, other;
    unsigned stream;

    start(DECODE_AHEAD_MAX, DECODE_AHEAD_STREAMS + 1, 1024 * MIB);
    at(0, 100);
    at(0, 101);
    stream = at(0, 102);
    CHECK(begin(stream, &job, &place));
    for (uint32_t i = 1; i < DECODE_AHEAD_STREAMS; i++)
        CHECK(at(i, 1000 * i) != stream);
    CHECK_EQ(at(DECODE_AHEAD_STREAMS, 50), stream); /* the one used least recently */
    CHECK(!next(&job, &place));
    /* Its end leaves the other stream's lanes as they are. */
    at(DECODE_AHEAD_STREAMS, 51);
    CHECK_EQ(at(DECODE_AHEAD_STREAMS, 52), stream);
    CHECK(begin(stream, &fresh, &other) && other.entry == DECODE_AHEAD_STREAMS &&
          other.piece == 53);
    decode_ahead_stop_job(&world.ahead, &job, place, 1);
    CHECK(!next(&job, &place));
    CHECK(next(&fresh, &other) && other.piece == 54);
    CHECK_EQ(at(0, 103), 1); /* it comes again as another, in place of the next oldest */
}

/* Readers that take turns at files in order (xargs -P) come to a file again when others have begun
 * the next ones. */
TEST(decode_ahead_files_taken_in_turns_are_one_stream)
{
    unsigned stream;

    start(DECODE_AHEAD_MAX, MAX_FILES, 6000);
    stream = at(0, 0);
    for (uint32_t i = 0; i + 4 < 200; i++) {
        CHECK_EQ(at(i + 1, 0), stream);
        CHECK_EQ(at(i + 3, 0), stream);
        CHECK_EQ(at(i, 0), stream); /* is read, that was opened before */
        CHECK_EQ(at(i + 2, 0), stream);
    }
    CHECK_EQ(world.ahead.streams[stream].window, DECODE_AHEAD_MAX);
}

/* A stream goes through places where somebody has looked before. */
TEST(decode_ahead_stream_passes_what_others_have_left)
{
    unsigned stream = 0;

    start(DECODE_AHEAD_MAX, MAX_FILES, 6000);
    at(150, 0);
    at(300, 0);
    for (uint32_t i = 0; i < 400; i++) {
        stream = at(i, 0);
        work_all(stream);
        CHECK(i < 10 || world.ahead.streams[stream].window == DECODE_AHEAD_MAX);
    }
}

/* Two that read not far from each other keep apart. */
TEST(decode_ahead_two_streams_side_by_side)
{
    unsigned behind = 0, before = 0;

    start(DECODE_AHEAD_MAX, MAX_FILES, 6000);
    for (uint32_t i = 0; i < 400; i++) {
        behind = at(i, 0);
        before = at(i + 20, 0);
        CHECK(i < 20 || behind != before);
    }
    CHECK_EQ(world.ahead.streams[behind].window, DECODE_AHEAD_MAX);
    CHECK_EQ(world.ahead.streams[before].window, DECODE_AHEAD_MAX);
}

/* ---- hostile archives ---- */

TEST(decode_ahead_sizes_that_cannot_be)
{
    static const uint64_t sizes[] = {UINT64_MAX,         UINT64_MAX - 1,         UINT64_MAX / 2,
                                     UINT64_MAX / 2 + 1, UINT64_MAX - ZIP_PIECE, UINT64_C(1) << 63};
    const unsigned count = sizeof(sizes) / sizeof(sizes[0]);

    for (unsigned first = 0; first < count; first++) {
        start(DECODE_AHEAD_MAX, 50, 6000);
        for (uint32_t i = 0; i < 40; i++)
            world.entries[i].size = sizes[(first + i) % count];
        for (uint32_t i = 0; i < 50; i++)
            for (uint64_t piece = 0; piece < 12; piece++) {
                unsigned stream = at(i, piece);

                work_all(stream);
                for (unsigned k = 0; k < world.count; k++)
                    CHECK(world.made[k].entry >= i && world.made[k].entry < 50);
            }
        /* and where no member can reach */
        for (uint64_t piece = 0; piece < 12; piece++)
            work_all(at(0, INT64_MAX / ZIP_PIECE - 11 + piece));
        for (uint64_t piece = 0; piece < 12; piece++)
            work_all(at(0, UINT64_MAX - 12 + piece));
    }
}

TEST(decode_ahead_last_entry_is_large)
{
    start(DECODE_AHEAD_MAX, 3, UINT64_MAX);
    at(0, 0);
    at(1, 0);
    work_all(at(2, 0));
    CHECK(world.count < MANY);
    for (unsigned k = 0; k < world.count; k++)
        CHECK(world.made[k].entry == 2);
}

/* A million entries of which none is decoded: what an access costs has a limit. */
TEST(decode_ahead_looks_at_few_entries)
{
    const uint32_t count = 1000 * 1000;
    struct zip_entry *entries = calloc(count, sizeof(*entries));
    struct decode_ahead_job job;
    struct decode_ahead_place place;

    CHECK(entries != NULL);
    start(DECODE_AHEAD_MAX, 0, 0);
    world.dir.entries = entries; /* all of them stored */
    world.dir.count = count;
    entries[2 + DECODE_AHEAD_SEARCH] = (struct zip_entry){.method = ZIP_METHOD_DEFLATED,
                                                          .size = 10};
    at(0, 0);
    at(1, 0);
    CHECK_EQ(work_all(at(2, 0)), 0);
    CHECK_EQ(world.ahead.streams[0].next, 2 + DECODE_AHEAD_SEARCH);
    CHECK(begin(at(3, 0), &job, &place) && place.entry == 2 + DECODE_AHEAD_SEARCH);
    CHECK_EQ(world.ahead.streams[0].next, 3 + DECODE_AHEAD_SEARCH);
    CHECK(!next(&job, &place));
    for (uint32_t i = 4; i < 20000; i++) {
        CHECK_EQ(work_all(at(i, 0)), 0);
        CHECK_EQ(world.ahead.streams[0].next, i + DECODE_AHEAD_SEARCH);
    }
    for (uint32_t i = 0; i < 5; i++) { /* up to the last */
        CHECK_EQ(work_all(at(count - 5 + i, 0)), 0);
        CHECK(i < 2 || world.ahead.streams[1].next == count);
    }
    free(entries);
}
