/* Members of an archive that is read once: few checkpoints, no decoder moved by speculation, and a
 * decoder's state that another opening continues from. */
#include <errno.h>
#include <stdlib.h>

#include "member/checkpoint.h"
#include "member/inflate.h"
#include "op/sync.h"
#include "support/made_archive.h"
#include "test.h"

#define SIZE       (ZIP_STATE_SPACING + 5u * ZIP_PIECE + 99)
#define CACHE_SIZE (24u << 20)

static struct made_archive made;

/* Zeros with a number here and there: 64 MiB of them deflate to little. */
static uint8_t *start(struct zip_member **member)
{
    uint8_t *content = calloc(SIZE, 1);

    if (!content)
        abort();
    for (uint32_t at = 0; at + 4 < SIZE; at += 4096)
        memcpy(content + at, &at, sizeof(at));
    made_init(&made, MADE_DEFLATED, content, SIZE, CACHE_SIZE);
    made.archive.is_read_once = 1;
    *member = made_open(&made);
    return content;
}

static void read_up_to(struct zip_member *member, const uint8_t *content, uint64_t end)
{
    for (uint64_t at = 0; at < end; at += ZIP_READ_MAX)
        CHECK_EQ(made_read(&made, member, at, ZIP_READ_MAX, content), 0);
}

TEST(once_saves_a_state_each_64_mib)
{
    struct zip_member *member;
    uint8_t *content = start(&member);

    read_up_to(member, content, SIZE);
    CHECK_EQ(checkpoint_before(member, ZIP_STATE_SPACING - 1), 0);
    CHECK_EQ(checkpoint_before(member, SIZE), ZIP_STATE_SPACING);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
    free(content);
}

TEST(once_goes_on_from_a_saved_state)
{
    struct zip_member *member;
    uint8_t *content = start(&member), *state;
    uint64_t before;
    size_t len;

    CHECK_EQ(zip_member_save_state(member, ZIP_STATE_SPACING, &state, &len), -ENOENT);
    read_up_to(member, content, ZIP_STATE_SPACING + ZIP_PIECE);
    CHECK_EQ(zip_member_save_state(member, ZIP_STATE_SPACING, &state, &len), 0);
    CHECK_EQ(zip_member_save_state(member, 0, &state, &len), -ENOENT);
    zip_member_unref(member);
    cache_discard_all(made.cache, made.archive.owner);

    /* Another opening has only the state, and the CRCs of what was read before. */
    member = made_open(&made);
    CHECK_EQ(zip_member_load_state(member, ZIP_STATE_SPACING, state, 3), -EINVAL);
    CHECK_EQ(zip_member_load_state(member, ZIP_STATE_SPACING, state, len), 0);
    for (uint64_t piece = 0; piece < ZIP_STATE_SPACING / ZIP_PIECE; piece++)
        CHECK_EQ(zip_member_note_piece(member, piece,
                                       zip_crc32(0, content + piece * ZIP_PIECE, ZIP_PIECE)),
                 0);
    before = zip_member_consumed(member);
    CHECK_EQ(before, 0);
    for (uint64_t at = ZIP_STATE_SPACING; at < SIZE; at += ZIP_PIECE)
        CHECK_EQ(made_read(&made, member, at, ZIP_PIECE, content), 0);
    zip_member_unref(member);
    free(state);
    CHECK_EQ(made_free(&made), 0);
    free(content);
}

TEST(once_finds_a_wrong_piece_that_was_noted)
{
    struct zip_member *member;
    uint8_t *content = start(&member);
    int rc = 0;

    CHECK_EQ(zip_member_note_piece(member, 3, 12345), 0);
    for (uint64_t at = 0; at < SIZE && !rc; at += ZIP_PIECE)
        if (at / ZIP_PIECE != 3)
            rc = made_read(&made, member, at, ZIP_PIECE, content);
    CHECK_EQ(rc, -EIO);
    CHECK(zip_member_is_damaged(member));
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
    free(content);
}

struct making {
    struct zip_member *member;
    uint64_t piece;
};

static int make_step(struct op *op, void *arg)
{
    struct making *making = arg;

    return zip_member_make_ahead(making->member, making->piece, op);
}

static int make(struct zip_member *member, uint64_t piece)
{
    struct making making = {.member = member, .piece = piece};

    return op_run_sync(made.executor, made.patience_ms, make_step, &making);
}

TEST(once_speculation_moves_no_decoder)
{
    struct zip_member *member;
    uint8_t *content = start(&member);
    uint64_t consumed;

    CHECK_EQ(make(member, 0), -EAGAIN); /* no decoder is there */
    CHECK_EQ(made_read(&made, member, 0, ZIP_PIECE, content), 0);
    CHECK_EQ(make(member, 1), 0);
    CHECK_EQ(make(member, 2), 0);
    consumed = zip_member_consumed(member);
    CHECK(consumed > 0);
    CHECK_EQ(make(member, 4), -EAGAIN); /* not where it is */
    cache_discard(made.cache, made.archive.owner, piece_key(member, 0), piece_key(member, 0));
    CHECK_EQ(make(member, 0), -EAGAIN); /* passed, and evicted */
    CHECK_EQ(zip_member_consumed(member), consumed);
    CHECK_EQ(made_read(&made, member, 0, ZIP_PIECE, content),
             0); /* a reader gets it all the same */
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
    free(content);
}
