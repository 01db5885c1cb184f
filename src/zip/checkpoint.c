#include "zip/checkpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"

_Static_assert(CHECKPOINT_SPACING % ZIP_PIECE == 0, "a checkpoint is at the end of a piece");

/* In the cache a checkpoint is numbered like a piece, with this bit set. */
#define CHECKPOINT_BIT 0x80000000u

/* Checkpoints are packed once all costly entries take up more than this part of the budget. */
#define RAW_SHARE 8

/* What a checkpoint holds before the inflater's state. */
struct checkpoint_head {
    uint64_t data_offset;
    uint64_t in;
    uint64_t piece_ends[CHECKPOINT_PIECES]; /* of the pieces before it */
};

static uint64_t checkpoint_key(const struct zip_member *member, uint64_t place)
{
    return piece_key(member, CHECKPOINT_BIT | place / CHECKPOINT_SPACING);
}

void checkpoint_save(struct zip_member *member, const struct inflater *inflater,
                     const struct pass_position *position)
{
    const struct zip_archive *archive = member->archive;
    struct checkpoint_head head = {.data_offset = member->data_offset, .in = position->in};
    uint64_t key = checkpoint_key(member, position->out);
    int is_packed = cache_dear(archive->cache) > cache_budget(archive->cache) / RAW_SHARE;
    uint8_t *bytes;
    size_t len;

    if (position->out % CHECKPOINT_SPACING || position->out >= member->entry->size ||
        cache_has(archive->cache, archive->owner, key))
        return;
    bytes = inflater_save(inflater, is_packed, sizeof(head), &len);
    if (!bytes)
        return;
    memcpy(head.piece_ends, position->piece_ends, sizeof(head.piece_ends));
    memcpy(bytes, &head, sizeof(head));
    cache_put_dear(archive->cache, archive->owner, key, bytes, len);
    LOCKED(&member->lock);
    if (member->is_damaged) /* what member_mark_damaged has discarded stays discarded */
        cache_drop(archive->cache, archive->owner, key, key);
}

uint64_t checkpoint_before(struct zip_member *member, uint64_t offset)
{
    const struct zip_archive *archive = member->archive;
    uint64_t place = offset - offset % CHECKPOINT_SPACING;

    while (place && !cache_has(archive->cache, archive->owner, checkpoint_key(member, place)))
        place -= CHECKPOINT_SPACING;
    return place;
}

/* The checkpoint at `place`, pinned, with a copy of its head; NULL when there is none. */
static struct cache_entry *checkpoint_get(struct zip_member *member, uint64_t place,
                                          struct checkpoint_head *head)
{
    const struct zip_archive *archive = member->archive;
    struct cache_entry *entry = cache_get(archive->cache, archive->owner,
                                          checkpoint_key(member, place));

    if (entry)
        memcpy(head, entry->data, sizeof(*head));
    return entry;
}

int checkpoint_restore(struct zip_member *member, uint64_t place, struct inflater *inflater,
                       struct pass_position *position)
{
    struct checkpoint_head head;
    struct cache_entry *entry = checkpoint_get(member, place, &head);
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

uint64_t checkpoint_input_end(struct zip_member *member, uint64_t piece)
{
    uint64_t place = (piece / CHECKPOINT_PIECES + 1) * CHECKPOINT_SPACING;
    struct checkpoint_head head;
    struct cache_entry *entry = checkpoint_get(member, place, &head);

    if (!entry)
        return member->entry->compressed_size;
    cache_unpin(member->archive->cache, entry, CACHE_KEEP);
    return head.piece_ends[piece % CHECKPOINT_PIECES];
}

uint64_t checkpoint_data_offset(struct zip_member *member)
{
    struct checkpoint_head head;
    uint64_t place = checkpoint_before(member, member->entry->size);
    struct cache_entry *entry = place ? checkpoint_get(member, place, &head) : NULL;

    if (!entry)
        return 0;
    cache_unpin(member->archive->cache, entry, CACHE_KEEP);
    return head.data_offset;
}
