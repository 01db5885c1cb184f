/* What small reads of a deflated member ask of the source. */
#include <stdlib.h>
#include <string.h>

#include "member/internal.h"
#include "support/made_archive.h"
#include "support/watched_archive.h"
#include "test.h"

#define MEMBER     1
#define CACHE_SIZE (64u << 20)
#define LARGE      (96u * ZIP_PIECE)
#define SMALL      (900u * 1024) /* its input, about half, is more than is asked for by itself */

/* A member over a watched source, for small reads here and there. */
static struct zip_member *watch(struct watched_archive *watched, uint8_t *bytes, size_t size)
{
    static struct made_archive made;
    uint8_t *copy;

    made_content(bytes, size);
    made_init(&made, MADE_DEFLATED, bytes, size, CACHE_SIZE);
    copy = malloc(made.n);
    if (!copy)
        abort();
    memcpy(copy, made.bytes, made.n);
    watched_open(watched, copy, made.n, CACHE_SIZE);
    if (made_free(&made))
        abort();
    watched->hint = SOURCE_RANDOM;
    return watched_member(watched, MEMBER);
}

static int read_little(struct watched_archive *watched, struct zip_member *member, uint64_t at,
                       const uint8_t *bytes)
{
    watched_reset(&watched->source);
    return watched_read(watched, member, at, 4096, bytes, 60000);
}

static void forget_pieces(const struct watched_archive *watched, const struct zip_member *member)
{
    cache_discard(watched->cache, watched->archive.owner, piece_key(member, 0),
                  piece_key(member, 0x7fffffff));
}

/* However little is read, all that lies before it has to be passed: it is read ahead. */
TEST(decoder_reads_ahead_on_a_first_jump)
{
    static struct watched_archive watched;
    uint8_t *bytes = malloc(LARGE);
    struct zip_member *member;

    CHECK(bytes);
    member = watch(&watched, bytes, LARGE);
    CHECK_EQ(read_little(&watched, member, LARGE / 2, bytes), 0);
    CHECK(watched.source.ahead >= 1024 * 1024);
    /* Passed once, it is one range of what is needed, and nothing ahead. */
    forget_pieces(&watched, member);
    for (uint64_t at = 0; at + 4096 <= LARGE / 2; at += LARGE / 7) {
        CHECK_EQ(read_little(&watched, member, at, bytes), 0);
        CHECK(watched.source.ranges <= 1 && watched.source.largest <= 512 * 1024);
        CHECK_EQ(watched.source.ahead, 0);
    }
    /* From there on, what was not passed is again read ahead. */
    CHECK_EQ(read_little(&watched, member, LARGE - 5000, bytes), 0);
    CHECK(watched.source.ahead >= 1024 * 1024);
    zip_member_unref(member);
    CHECK_EQ(watched_close(&watched), 0);
    free(bytes);
}

/* Near what was passed, little has to be read: nothing is read ahead. */
TEST(decoder_reads_nothing_ahead_on_a_short_jump)
{
    static struct watched_archive watched;
    uint8_t *bytes = malloc(LARGE);
    struct zip_member *member;

    CHECK(bytes);
    member = watch(&watched, bytes, LARGE);
    for (uint64_t piece = 0; piece < 6; piece++) {
        CHECK_EQ(read_little(&watched, member, piece * ZIP_PIECE + 1000, bytes), 0);
        CHECK_EQ(watched.source.ahead, 0);
    }
    zip_member_unref(member);
    CHECK_EQ(watched_close(&watched), 0);
    free(bytes);
}

/* A small member has no checkpoints; all of its input is one range, once the header is known. */
TEST(decoder_asks_for_a_small_member_at_once)
{
    static struct watched_archive watched;
    uint8_t *bytes = malloc(SMALL);
    struct zip_member *member;

    CHECK(bytes);
    member = watch(&watched, bytes, SMALL);
    CHECK_EQ(read_little(&watched, member, 0, bytes), 0);
    for (uint64_t at = SMALL - 5000; at > SMALL / 2; at -= SMALL / 9) {
        CHECK_EQ(read_little(&watched, member, at, bytes), 0);
        CHECK_EQ(watched.source.ranges, 1);
        CHECK(watched.source.largest <= 640 * 1024);
        CHECK_EQ(watched.source.ahead, 0);
        CHECK_EQ(checkpoint_marks_before(&member->checkpoints, SMALL), 0);
        forget_pieces(&watched, member);
    }
    zip_member_unref(member);
    CHECK_EQ(watched_close(&watched), 0);
    free(bytes);
}
