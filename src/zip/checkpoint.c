#include "zip/checkpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"

/* In the cache a checkpoint is numbered like a piece, with this bit set. */
#define CHECKPOINT_BIT 0x80000000u

/* Checkpoints are packed when all there are take up more than this part of the budget. */
#define RAW_SHARE 8

/* What precedes the inflater's state. */
struct checkpoint {
    uint64_t data_offset;
    uint64_t in;
    /* Compressed bytes taken when each of the pieces before it had ended. */
    uint64_t piece_ends[CHECKPOINT_PIECES];
};

static uint64_t key_of(const struct zip_member *member, uint64_t place)
{
    return piece_key(member, CHECKPOINT_BIT | place / CHECKPOINT_SPACING);
}

void checkpoint_save(struct zip_member *member, const struct decoder *decoder)
{
    const struct zip_archive *archive = member->archive;
    struct checkpoint head = {.data_offset = member->data_offset, .in = decoder->in};
    uint8_t *bytes;
    size_t len;

    if (decoder->out % CHECKPOINT_SPACING || decoder->out >= member->entry->size ||
        cache_has(archive->cache, archive->owner, key_of(member, decoder->out)))
        return;
    bytes = inflater_save(decoder->inflater,
                          cache_costly(archive->cache) > cache_budget(archive->cache) / RAW_SHARE,
                          sizeof(head), &len);
    if (!bytes)
        return; /* a read will take longer, that is all */
    memcpy(head.piece_ends, decoder->piece_ends, sizeof(head.piece_ends));
    memcpy(bytes, &head, sizeof(head));
    LOCKED(&member->lock);
    if (member->is_damaged) /* what member_spoiled has dropped stays dropped */
        free(bytes);
    else
        cache_put_costly(archive->cache, archive->owner, key_of(member, decoder->out), bytes, len);
}

void checkpoint_discard_all(struct zip_member *member)
{
    const struct zip_archive *archive = member->archive;

    cache_discard(archive->cache, archive->owner, key_of(member, 0),
                  key_of(member, member->entry->size));
}

uint64_t checkpoint_before(struct zip_member *member, uint64_t offset)
{
    const struct zip_archive *archive = member->archive;
    uint64_t place = offset - offset % CHECKPOINT_SPACING;

    while (place && !cache_has(archive->cache, archive->owner, key_of(member, place)))
        place -= CHECKPOINT_SPACING;
    return place;
}

/* Pins the checkpoint at `place` and copies its head; NULL when there is none. */
static struct cache_entry *get(struct zip_member *member, uint64_t place, struct checkpoint *head)
{
    const struct zip_archive *archive = member->archive;
    struct cache_entry *entry = cache_get(archive->cache, archive->owner, key_of(member, place));

    if (entry)
        memcpy(head, entry->data, sizeof(*head));
    return entry;
}

int checkpoint_restore(struct zip_member *member, struct decoder *decoder, uint64_t place)
{
    struct checkpoint head;
    struct cache_entry *entry = get(member, place, &head);
    int rc;

    if (!entry)
        return -ENOENT;
    rc = inflater_load(decoder->inflater, entry->data + sizeof(head), entry->len - sizeof(head));
    cache_unpin(member->archive->cache, entry, CACHE_KEEP);
    if (rc)
        return -ENOENT;
    decoder->in = head.in;
    decoder->out = place;
    decoder->fill = 0;
    decoder->has_ended = 0;
    return 0;
}

uint64_t checkpoint_input_end(struct zip_member *member, uint64_t piece)
{
    uint64_t place = (piece / CHECKPOINT_PIECES + 1) * CHECKPOINT_SPACING;
    struct checkpoint head;
    struct cache_entry *entry = get(member, place, &head);

    if (!entry)
        return member->entry->compressed_size;
    cache_unpin(member->archive->cache, entry, CACHE_KEEP);
    return head.piece_ends[piece % CHECKPOINT_PIECES];
}

uint64_t checkpoint_data_offset(struct zip_member *member)
{
    struct checkpoint head;
    uint64_t place = checkpoint_before(member, member->entry->size);
    struct cache_entry *entry = place ? get(member, place, &head) : NULL;

    if (!entry)
        return 0;
    cache_unpin(member->archive->cache, entry, CACHE_KEEP);
    return head.data_offset;
}
