#include "member/checkpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "member/kept_states.h"

_Static_assert(CHECKPOINT_SPACING % ZIP_PIECE == 0, "a checkpoint is at the end of a piece");

/* Checkpoints are packed once all costly entries take up more than this part of the budget. */
#define RAW_SHARE          8

#define CHECKPOINT_LEN_MAX (256u * 1024) /* bytes */

/* A member up to both of these sizes, in bytes, has no checkpoints. */
#define SMALL_INPUT  (512u * 1024)
#define SMALL_OUTPUT (4u * 1024 * 1024)

/* So many marks are confirmed whenever a checkpoint is saved: with two for each new one, marks are
 * at most about twice as many as there are checkpoints. */
#define CONFIRMED_AT_A_TIME 2

/* What a checkpoint holds before the inflater's state. */
struct checkpoint_head {
    uint64_t in;
    uint64_t piece_ends[CHECKPOINT_PIECES]; /* of the pieces before it */
};

int checkpoint_is_worth_it(const struct zip_member *member)
{
    return member->entry->compressed_size > SMALL_INPUT || member->entry->size > SMALL_OUTPUT;
}

static int checkpoint_exists(const struct zip_member *member, uint64_t number)
{
    const struct zip_archive *archive = member->archive;

    return cache_has(archive->cache, archive->owner, checkpoint_key(member, number));
}

/* Makes a checkpoint and puts it into the cache. Returns 0 or -ENOMEM. */
static int checkpoint_make(struct zip_member *member, uint64_t number,
                           const struct inflater *inflater, const struct pass_position *position)
{
    const struct zip_archive *archive = member->archive;
    struct checkpoint_head head = {.in = position->in};
    int is_packed = cache_costly(archive->cache) > cache_budget(archive->cache) / RAW_SHARE;
    size_t len;
    uint8_t *bytes = inflater_save(inflater, is_packed, sizeof(head), &len);

    if (!bytes)
        return -ENOMEM;
    memcpy(head.piece_ends, position->piece_ends, sizeof(head.piece_ends));
    memcpy(bytes, &head, sizeof(head));
    kept_states_save(member, number, inflater, &head, sizeof(head));
    return cache_put_costly(archive->cache, archive->owner, checkpoint_key(member, number), bytes,
                            len);
}

/* Marks a checkpoint that is in the cache. If the member was found damaged meanwhile, the
 * checkpoint is discarded like all that was made of the member. */
static void mark_checkpoint(struct zip_member *member, uint64_t number)
{
    const struct zip_archive *archive = member->archive;
    uint64_t key = checkpoint_key(member, number);
    int is_damaged;

    pthread_mutex_lock(&member->lock);
    is_damaged = member->is_damaged;
    if (!is_damaged)
        checkpoint_marks_set(&member->checkpoints, number);
    pthread_mutex_unlock(&member->lock);
    if (is_damaged)
        cache_discard(archive->cache, archive->owner, key, key);
}

static void clear_mark(struct zip_member *member, uint64_t number)
{
    LOCKED(&member->lock);
    checkpoint_marks_clear(&member->checkpoints, number);
}

static uint64_t next_mark(struct zip_member *member)
{
    LOCKED(&member->lock);
    return checkpoint_marks_next(&member->checkpoints);
}

/* Clears the next marks whose checkpoints were evicted. */
static void confirm_some_marks(struct zip_member *member)
{
    for (int i = 0; i < CONFIRMED_AT_A_TIME; i++) {
        uint64_t number = next_mark(member);

        if (number && !checkpoint_exists(member, number))
            clear_mark(member, number);
    }
}

void checkpoint_save(struct zip_member *member, const struct inflater *inflater,
                     const struct pass_position *position)
{
    uint64_t number = position->out / CHECKPOINT_SPACING;
    uint64_t spacing = member->archive->is_read_once ? ZIP_STATE_SPACING : CHECKPOINT_SPACING;

    if (position->out % spacing || position->out >= member->entry->size ||
        !checkpoint_is_worth_it(member))
        return;
    if (!checkpoint_exists(member, number) && checkpoint_make(member, number, inflater, position))
        return;
    mark_checkpoint(member, number);
    confirm_some_marks(member);
}

static uint64_t mark_before(struct zip_member *member, uint64_t number)
{
    LOCKED(&member->lock);
    return checkpoint_marks_before(&member->checkpoints, number);
}

/* Each mark is found stale only once, and the lock is not held while the cache is asked. */
uint64_t checkpoint_before(struct zip_member *member, uint64_t offset)
{
    uint64_t number = mark_before(member, offset / CHECKPOINT_SPACING);

    while (number && !checkpoint_exists(member, number)) {
        clear_mark(member, number);
        number = mark_before(member, number);
    }
    return number * CHECKPOINT_SPACING;
}

/* The checkpoint, pinned, with a copy of its head; NULL when there is none. */
static struct cache_entry *checkpoint_get(struct zip_member *member, uint64_t number,
                                          struct checkpoint_head *head)
{
    const struct zip_archive *archive = member->archive;
    struct cache_entry *entry = cache_get(archive->cache, archive->owner,
                                          checkpoint_key(member, number));

    if (entry)
        memcpy(head, entry->data, sizeof(*head));
    return entry;
}

int checkpoint_restore(struct zip_member *member, uint64_t place, struct inflater *inflater,
                       struct pass_position *position)
{
    struct checkpoint_head head;
    struct cache_entry *entry = checkpoint_get(member, place / CHECKPOINT_SPACING, &head);
    int rc;

    if (!entry)
        return -ENOENT;
    rc = inflater_load(inflater, entry->data + sizeof(head), entry->len - sizeof(head));
    cache_unpin(member->archive->cache, entry, CACHE_KEEP);
    if (rc)
        return -ENOENT;
    position->in = head.in;
    position->out = place;
    return 0;
}

int checkpoint_export(struct zip_member *member, uint64_t place, uint8_t **bytes, size_t *len)
{
    struct checkpoint_head head;
    struct cache_entry *entry = checkpoint_get(member, place / CHECKPOINT_SPACING, &head);

    if (!entry)
        return -ENOENT;
    *len = entry->len;
    *bytes = malloc(entry->len);
    if (*bytes)
        memcpy(*bytes, entry->data, entry->len);
    cache_unpin(member->archive->cache, entry, CACHE_KEEP);
    return *bytes ? 0 : -ENOMEM;
}

int checkpoint_find(struct zip_member *member, uint64_t number)
{
    if (!checkpoint_exists(member, number))
        return 0;
    mark_checkpoint(member, number);
    return 1;
}

int zip_archive_put_state(const struct zip_archive *archive, uint32_t entry, uint64_t number,
                          const uint8_t *bytes, size_t len)
{
    uint8_t *copy;

    if (len <= sizeof(struct checkpoint_head) || len > CHECKPOINT_LEN_MAX || !number)
        return -EINVAL;
    copy = malloc(len);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, bytes, len);
    return cache_put_costly(archive->cache, archive->owner, entry_checkpoint_key(entry, number),
                            copy, len);
}

int checkpoint_import(struct zip_member *member, uint64_t place, const uint8_t *bytes, size_t len)
{
    uint64_t number = place / CHECKPOINT_SPACING;
    int rc = zip_archive_put_state(member->archive, member->index, number, bytes, len);

    if (!rc)
        mark_checkpoint(member, number);
    return rc;
}

uint64_t checkpoint_input_end(struct zip_member *member, uint64_t piece)
{
    struct checkpoint_head head;
    struct cache_entry *entry = checkpoint_get(member, piece / CHECKPOINT_PIECES + 1, &head);

    if (!entry)
        return member->entry->compressed_size;
    cache_unpin(member->archive->cache, entry, CACHE_KEEP);
    return head.piece_ends[piece % CHECKPOINT_PIECES];
}
