/* Checkpoints are found where they were saved, whatever the cache has evicted since. */
#include "member/checkpoint.h"

#include <stdlib.h>

#include "support/made_archive.h"
#include "test.h"

#define COUNT      15u /* checkpoints */
#define SIZE       (COUNT * CHECKPOINT_SPACING + 4321)
#define CACHE_SIZE (64u << 20)

static uint8_t content[SIZE];
static struct made_archive made;

/* A member that was read to its end. */
static struct zip_member *start(void)
{
    struct zip_member *member;

    made_content(content, SIZE);
    made_init(&made, MADE_DEFLATED, content, SIZE, CACHE_SIZE);
    member = made_open(&made);
    for (uint64_t at = 0; at < SIZE; at += ZIP_READ_MAX)
        if (made_read(&made, member, at, ZIP_READ_MAX, content))
            abort();
    return member;
}

static unsigned count_marks(struct zip_member *member)
{
    unsigned count = 0;

    for (uint64_t at = SIZE; (at = checkpoint_marks_before(&member->checkpoints, at));)
        count++, at--;
    return count;
}

static void evict(struct zip_member *member, uint64_t first, uint64_t last)
{
    cache_discard(made.cache, made.archive.owner, checkpoint_key(member, first),
                  checkpoint_key(member, last));
}

static void evict_pieces(struct zip_member *member)
{
    cache_discard(made.cache, made.archive.owner, piece_key(member, 0),
                  piece_key(member, 0x7fffffff));
}

TEST(checkpoints_are_found)
{
    struct zip_member *member = start();

    CHECK_EQ(count_marks(member), COUNT);
    for (uint64_t i = 0; i <= COUNT; i++) {
        CHECK_EQ(checkpoint_before(member, i * CHECKPOINT_SPACING), i * CHECKPOINT_SPACING);
        CHECK_EQ(checkpoint_before(member, (i + 1) * CHECKPOINT_SPACING - 1),
                 i * CHECKPOINT_SPACING);
    }
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

TEST(checkpoints_that_were_evicted_are_not_found)
{
    struct zip_member *member = start();

    evict(member, 4, 9);
    evict(member, 12, 12);
    CHECK_EQ(checkpoint_before(member, 9 * CHECKPOINT_SPACING), 3 * CHECKPOINT_SPACING);
    CHECK_EQ(count_marks(member), COUNT - 6); /* stale marks are met once */
    CHECK_EQ(checkpoint_before(member, 11 * CHECKPOINT_SPACING), 11 * CHECKPOINT_SPACING);
    CHECK_EQ(checkpoint_before(member, 12 * CHECKPOINT_SPACING), 11 * CHECKPOINT_SPACING);
    evict(member, 1, COUNT);
    CHECK_EQ(checkpoint_before(member, SIZE), 0);
    CHECK_EQ(count_marks(member), 0);

    /* A pass over the member saves them again. */
    evict_pieces(member);
    CHECK_EQ(made_read(&made, member, 8 * CHECKPOINT_SPACING, ZIP_PIECE, content), 0);
    CHECK_EQ(checkpoint_before(member, SIZE), 8 * CHECKPOINT_SPACING);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

/* Whoever saves checkpoints clears stale marks, so that they do not add up. */
TEST(checkpoints_saved_clear_stale_marks)
{
    struct zip_member *member = start();

    evict(member, 5, COUNT);
    evict_pieces(member);
    CHECK_EQ(made_read(&made, member, 6 * CHECKPOINT_SPACING, ZIP_PIECE, content), 0);
    evict_pieces(member);
    CHECK_EQ(made_read(&made, member, 11 * CHECKPOINT_SPACING, ZIP_PIECE, content), 0);
    CHECK_EQ(count_marks(member), 11);
    for (uint64_t i = 1; i <= 11; i++)
        CHECK_EQ(checkpoint_before(member, i * CHECKPOINT_SPACING), i * CHECKPOINT_SPACING);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

/* What is remembered of a member that is closed brings its checkpoints to the next opening. */
TEST(checkpoints_outlive_the_closing)
{
    struct zip_member *member = start();
    struct zip_member_record record;
    unsigned views;

    CHECK_EQ(zip_member_take_record(member, &record), 1);
    CHECK_EQ(count_marks(member), 0);
    zip_member_unref(member);
    CHECK(zip_member_record_memory(&record) > 0);
    member = made_open(&made);
    zip_member_give_record(member, &record);
    CHECK(zip_member_record_is_empty(&record));
    CHECK_EQ(count_marks(member), COUNT);
    evict_pieces(member);
    views = made.source.views;
    CHECK_EQ(made_read(&made, member, 14 * CHECKPOINT_SPACING, 1, content), 0);
    CHECK_EQ(made.source.views - views, 1); /* neither the local header nor what lies before */
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

TEST(checkpoints_of_a_damaged_member_are_discarded)
{
    struct zip_member *member = start();

    made.bytes[made.n / 2] ^= 0x10;
    evict(member, 3, COUNT);
    evict_pieces(member);
    CHECK_EQ(made_read(&made, member, 13 * CHECKPOINT_SPACING, 1, NULL), -EIO);
    CHECK_EQ(count_marks(member), 0);
    CHECK_EQ(checkpoint_before(member, SIZE), 0);
    CHECK(!cache_has(made.cache, made.archive.owner, checkpoint_key(member, 1)));
    made.bytes[made.n / 2] ^= 0x10;
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}
