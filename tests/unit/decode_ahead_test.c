#include "member/decode_ahead.h"

#include "member/piece.h"
#include "support/decode_ahead_names.h"
#include "test.h"

static int made_entries(uint32_t first, uint32_t last)
{
    return decode_ahead_world_made_entries(&world, first, last);
}

/* ---- when it begins ---- */

TEST(decode_ahead_nothing_before_the_third_access_in_a_row)
{
    start(DECODE_AHEAD_MAX, 1, 1024 * MIB);
    for (uint64_t i = 0; i < 2; i++)
        CHECK_EQ(work_all(at(0, i)), 0);
    CHECK(work_all(at(0, 2)) > 0);

    start(DECODE_AHEAD_MAX, 100, 6000);
    for (uint32_t i = 0; i < 2; i++)
        CHECK_EQ(work_all(at(i, 0)), 0);
    CHECK(work_all(at(2, 0)) > 0);
}

/* Members that are too small are left to others, and passed. */
TEST(decode_ahead_not_of_what_is_too_small)
{
    start(DECODE_AHEAD_MAX, 100, 6000);
    world.ahead.least = 6001;
    for (uint32_t i = 50; i < 100; i++)
        world.entries[i].size = 6001;
    for (uint32_t i = 0; i < 2; i++)
        at(i, 0);
    CHECK(work_all(at(2, 0)) > 0);
    CHECK(made_entries(50, 49 + world.count));
}

/* A read that waits is tried again, and an opened file is read. */
TEST(decode_ahead_same_place_again_does_not_count)
{
    start(DECODE_AHEAD_MAX, 1, 1024 * MIB);
    for (int i = 0; i < 20; i++)
        CHECK_EQ(work_all(at(0, 0)), 0);
    for (int i = 0; i < 20; i++)
        CHECK_EQ(work_all(at(0, 1)), 0);
    CHECK(work_all(at(0, 2)) > 0);
    CHECK_EQ(world.ahead.streams[0].window, DECODE_AHEAD_START);
    for (int i = 0; i < 20; i++)
        at(0, 2);
    CHECK_EQ(world.ahead.streams[0].window, DECODE_AHEAD_START);
}

/* Far apart, and as small files in any order but theirs. */
TEST(decode_ahead_random_access_starts_nothing)
{
    uint64_t random = 7;

    start(DECODE_AHEAD_MAX, 1, UINT64_C(1) << 50);
    for (int i = 0; i < 20000; i++) {
        random = random * 48271 % 2147483647;
        CHECK_EQ(work_all(at(0, random * 4)), 0);
    }
    start(DECODE_AHEAD_MAX, MAX_FILES, 6000);
    for (uint32_t i = MAX_FILES; i; i--) /* from the last to the first */
        CHECK_EQ(work_all(at(i - 1, 0)), 0);
    for (uint32_t i = 0; i < 6; i++)
        CHECK_EQ(work_all(at(i * (DECODE_AHEAD_SKIP + 1), 0)), 0);
}

/* ---- how far it goes ---- */

TEST(decode_ahead_one_large_member)
{
    unsigned stream;

    start(DECODE_AHEAD_MAX, 2, 1024 * MIB);
    at(0, 0);
    at(0, 1);
    stream = at(0, 2);
    work_all(stream);
    CHECK(made_pieces(0, 3, 5)); /* the window holds the reader's own piece too */
    CHECK_EQ(work_all(stream), 0);
    work_all(at(0, 3)); /* 1 MiB */
    CHECK(made_pieces(0, 6, 10));
    work_all(at(0, 4));
    CHECK(made_pieces(0, 11, 19));
    work_all(at(0, 5));
    CHECK(made_pieces(0, 20, 36));
    work_all(at(0, 6)); /* 8 MiB, the largest */
    CHECK(made_pieces(0, 37, 69));
    CHECK_EQ(world.ahead.streams[stream].window, DECODE_AHEAD_MAX);
}

/* Not for a piece at a time. */
TEST(decode_ahead_lane_at_rest_waits_for_a_quarter_of_the_window)
{
    start(DECODE_AHEAD_MAX, 1, 1024 * MIB);
    for (uint64_t i = 0; i <= 6; i++)
        work_all(at(0, i));
    CHECK(made_pieces(0, 37, 69));
    for (uint64_t i = 7; i <= 22; i++)
        CHECK_EQ(work_all(at(0, i)), 0);
    work_all(at(0, 23)); /* 16 pieces of 64 are free, and the one that was passed */
    CHECK(made_pieces(0, 70, 86));
}

TEST(decode_ahead_window_stays_below_the_room)
{
    static const uint64_t rooms[] = {1,           ZIP_PIECE,        300000,    MIB,
                                     3 * MIB + 1, DECODE_AHEAD_MAX, UINT64_MAX};

    for (size_t r = 0; r < sizeof(rooms) / sizeof(rooms[0]); r++) {
        uint64_t most = rooms[r] < DECODE_AHEAD_MAX ? rooms[r] : DECODE_AHEAD_MAX, widest = 0;

        start(rooms[r], 1, 1024 * MIB);
        for (uint64_t i = 0; i < 500; i++) {
            work_all(at(0, i));
            for (unsigned k = 0; k < world.count; k++) {
                uint64_t before = (world.made[k].piece - i) * ZIP_PIECE;

                CHECK(before < most);
                widest = before > widest ? before : widest;
            }
        }
        CHECK(widest + 2 * ZIP_PIECE > most || most <= ZIP_PIECE);
    }
    start(300000, 1, 1024 * MIB); /* no whole number of pieces */
    at(0, 0);
    at(0, 1);
    work_all(at(0, 2));
    CHECK(made_pieces(0, 3, 4));
}

TEST(decode_ahead_without_room_makes_nothing)
{
    start(0, 1, 1024 * MIB);
    for (uint64_t i = 0; i < 100; i++)
        CHECK_EQ(work_all(at(0, i)), 0);
}

TEST(decode_ahead_stops_at_the_end)
{
    start(DECODE_AHEAD_MAX, 1, 4 * ZIP_PIECE + 1);
    at(0, 0);
    at(0, 1);
    work_all(at(0, 2));
    CHECK(made_pieces(0, 3, 4));
    CHECK_EQ(work_all(at(0, 3)), 0);
    CHECK_EQ(work_all(at(0, 4)), 0);
    CHECK_EQ(work_all(at(0, 5)), 0); /* past the end */
}

/* Every piece behind the first few is made, once, and before the reader comes. */
TEST(decode_ahead_covers_a_large_member_once)
{
    uint64_t covered = 3;

    start(DECODE_AHEAD_MAX, 1, 100 * MIB + 5);
    for (uint64_t i = 0; i < zip_piece_count(100 * MIB + 5); i++) {
        work_all(at(0, i));
        CHECK(i < 3 || covered > i);
        for (unsigned k = 0; k < world.count; k++)
            CHECK_EQ(world.made[k].piece, covered++);
    }
    CHECK_EQ(covered, zip_piece_count(100 * MIB + 5));
}

/* ---- from member to member ---- */

TEST(decode_ahead_small_members_in_order)
{
    unsigned stream;

    start(DECODE_AHEAD_MAX, MAX_FILES, 6000);
    at(0, 0);
    at(1, 0);
    stream = at(2, 0);
    work_all(stream);
    CHECK(made_entries(3, 2 + DECODE_AHEAD_START / 6000)); /* those that begin in the window */
    CHECK_EQ(work_all(stream), 0);
    work_all(at(3, 0));
    CHECK(made_entries(3 + DECODE_AHEAD_START / 6000, 3 + 2 * DECODE_AHEAD_START / 6000));
}

TEST(decode_ahead_leaves_out_what_is_not_decoded_here)
{
    static const uint32_t expected[] = {3, 10, 12};

    start(DECODE_AHEAD_MAX, 13, 6000);
    world.entries[4].flags = ZIP_ENTRY_DIRECTORY;
    world.entries[5].size = 0;
    world.entries[6].method = ZIP_METHOD_STORED;
    world.entries[7].flags = ZIP_ENTRY_ENCRYPTED;
    world.entries[8].problem = ZIP_BAD_OFFSET;
    world.entries[9].problem = ZIP_BAD_SIZE;
    world.entries[11].method = 12; /* bzip2 */
    /* What is left out takes no room, whatever it says of its size. */
    for (uint32_t i = 6; i < 10; i++)
        world.entries[i].size = UINT64_MAX;
    at(0, 0);
    at(1, 0);
    CHECK_EQ(work_all(at(2, 0)), 3);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(world.made[i].entry, expected[i]);
        CHECK_EQ(world.made[i].piece, 0);
    }
}

/* It is passed, too, by a reader who reads what is left out. */
TEST(decode_ahead_reader_of_what_is_not_decoded_here)
{
    start(DECODE_AHEAD_MAX, 20, 6000);
    for (uint32_t i = 0; i < 10; i++)
        world.entries[i].method = ZIP_METHOD_STORED;
    at(0, 0);
    at(1, 0);
    work_all(at(2, 0));
    CHECK(made_entries(10, 19));
}

/* However far he is in it: what lies behind it is made up to the window, no further. */
TEST(decode_ahead_reader_of_a_large_stored_member)
{
    start(DECODE_AHEAD_MAX, MAX_FILES, ZIP_PIECE);
    world.entries[0].method = ZIP_METHOD_STORED;
    world.entries[0].size = 1024 * MIB;
    for (uint64_t i = 0; i < 6; i++)
        at(0, i);
    work_all(at(0, 6));
    CHECK(made_entries(1, DECODE_AHEAD_MAX / ZIP_PIECE));
    for (uint64_t i = 7; i < 8192; i++)
        CHECK_EQ(work_all(at(0, i)), 0);
}

TEST(decode_ahead_goes_on_behind_a_large_member)
{
    unsigned stream;

    start(DECODE_AHEAD_MAX, 50, 6000);
    world.entries[2].size = 4 * ZIP_PIECE;
    at(0, 0);
    at(1, 0);
    stream = at(2, 0); /* 512 KiB, which end where entry 2 does */
    work_all(stream);
    CHECK(made_pieces(2, 1, 3));
    work_all(at(2, 1)); /* 1 MiB */
    CHECK(made_entries(3, 49));
}

/* Both lanes work, each on a member of its own. */
TEST(decode_ahead_two_large_members_side_by_side)
{
    struct decode_ahead_job a, b;
    struct decode_ahead_place one, two;
    unsigned stream = 0;

    start(DECODE_AHEAD_MAX, 9, 6 * ZIP_PIECE);
    for (uint64_t i = 0; i < 5; i++)
        stream = at(0, i);
    CHECK(begin(stream, &a, &one));
    CHECK(begin(stream, &b, &two));
    CHECK(one.entry == 0 && one.piece == 5);
    CHECK(two.entry == 1 && two.piece == 0);
    CHECK(!begin(stream, &a, &one));
    CHECK(next(&a, &one));
    CHECK(one.entry == 2 && one.piece == 0);
    for (uint64_t i = 1; i < 6; i++) {
        CHECK(next(&b, &two));
        CHECK(two.entry == 1 && two.piece == i);
        CHECK(next(&a, &one));
        CHECK(one.entry == 2 && one.piece == i);
    }
    CHECK(next(&b, &two));
    CHECK(two.entry == 3 && two.piece == 0);
}

/* Whatever the sizes, however the work and the reading mix: no entry is in two hands, no place is
 * made twice, none that the reader has passed, none beyond the window. */
struct trial {
    uint64_t random;
    uint64_t starts[MAX_FILES + 1]; /* bytes of output */
    uint8_t made[MAX_FILES][64];
    struct decode_ahead_job jobs[DECODE_AHEAD_LANES];
    uint32_t entries[DECODE_AHEAD_LANES];
    int is_running[DECODE_AHEAD_LANES];
    unsigned stream;
    struct decode_ahead_place reader;
};

static struct trial trial;

static uint64_t chance(uint64_t below)
{
    trial.random = trial.random * 48271 % 2147483647;
    return trial.random % below;
}

static int is_right(unsigned hand, struct decode_ahead_place place)
{
    uint64_t begins = trial.starts[place.entry] + place.piece * ZIP_PIECE;
    uint64_t reader = trial.starts[trial.reader.entry];
    const struct zip_entry *entry = &world.entries[place.entry];

    if (world.entries[trial.reader.entry].method == ZIP_METHOD_DEFLATED)
        reader += trial.reader.piece * ZIP_PIECE;
    trial.entries[hand] = place.entry;
    trial.is_running[hand] = 1;
    for (unsigned i = 0; i < DECODE_AHEAD_LANES; i++)
        if (i != hand && trial.is_running[i] && trial.entries[i] == place.entry)
            return 0;
    return !trial.made[place.entry][place.piece]++ &&
           (begins > reader || place.entry > trial.reader.entry) &&
           begins < reader + DECODE_AHEAD_MAX && place.piece < zip_piece_count(entry->size) &&
           entry->method == ZIP_METHOD_DEFLATED;
}

/* A turn of one of them. Returns whether what came out is right. */
static int take_turn(void)
{
    unsigned hand = (unsigned)chance(DECODE_AHEAD_LANES);
    struct decode_ahead_place place;

    if (!trial.is_running[hand])
        return !begin(trial.stream, &trial.jobs[hand], &place) || is_right(hand, place);
    if (next(&trial.jobs[hand], &place))
        return is_right(hand, place);
    trial.is_running[hand] = 0;
    return 1;
}

/* Returns 0 at the end. */
static int read_on(void)
{
    if (trial.reader.piece + 1 < zip_piece_count(world.entries[trial.reader.entry].size)) {
        trial.reader.piece++;
    } else {
        trial.reader.entry++;
        trial.reader.piece = 0;
    }
    if (trial.reader.entry >= MAX_FILES)
        return 0;
    trial.stream = at(trial.reader.entry, trial.reader.piece);
    return 1;
}

TEST(decode_ahead_lanes_never_meet)
{
    for (unsigned run = 1; run <= 60; run++) {
        start(DECODE_AHEAD_MAX, MAX_FILES, 0);
        memset(&trial, 0, sizeof(trial));
        trial.random = run;
        for (uint32_t i = 0; i < MAX_FILES; i++) {
            struct zip_entry *entry = &world.entries[i];

            entry->size = chance(3) ? chance(10000) : chance(50 * ZIP_PIECE);
            if (!chance(5))
                entry->method = ZIP_METHOD_STORED;
            trial.starts[i + 1] = trial.starts[i] +
                                  (entry->method == ZIP_METHOD_STORED ? 0 : entry->size);
        }
        do
            for (uint64_t turns = chance(20); turns; turns--)
                CHECK(take_turn());
        while (read_on());
    }
}

/* ---- the reader overtakes ---- */

TEST(decode_ahead_what_was_overtaken_is_not_made)
{
    struct decode_ahead_job job;
    struct decode_ahead_place place;
    unsigned stream;

    start(DECODE_AHEAD_MAX, 1, 1024 * MIB);
    at(0, 0);
    at(0, 1);
    stream = at(0, 2);
    CHECK(begin(stream, &job, &place) && place.piece == 3);
    CHECK_EQ(at(0, 8), stream);
    CHECK(next(&job, &place) && place.piece == 9);

    start(DECODE_AHEAD_MAX, MAX_FILES, 6000);
    at(0, 0);
    at(1, 0);
    stream = at(2, 0);
    CHECK(begin(stream, &job, &place) && place.entry == 3);
    CHECK_EQ(at(40, 0), stream);
    CHECK(next(&job, &place) && place.entry == 41);
}

TEST(decode_ahead_member_at_hand_was_overtaken)
{
    struct decode_ahead_job a, b;
    struct decode_ahead_place one, two;
    unsigned stream = 0;

    start(DECODE_AHEAD_MAX, 9, 6 * ZIP_PIECE);
    for (uint64_t i = 0; i < 5; i++)
        stream = at(0, i);
    CHECK(begin(stream, &a, &one) && one.entry == 0);
    CHECK(begin(stream, &b, &two) && two.entry == 1);
    CHECK_EQ(at(2, 1), stream);
    CHECK(next(&b, &two) && two.entry == 2 && two.piece == 2);
    CHECK(next(&a, &one) && one.entry == 3 && one.piece == 0);
}
