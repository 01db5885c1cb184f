#include "member/pieces.h"

#include <errno.h>
#include <stdlib.h>

#include "base/lock.h"
#include "base/log.h"
#include "member/inflate.h"
#include "zip/local_header.h"

/* With the lock held: takes the damage that is to be reported now, or NULL. */
static const char *take_unreported(struct zip_member *member)
{
    const char *why = member->has_reader ? member->unreported : NULL;

    if (why)
        member->unreported = NULL;
    return why;
}

static void report_damage(const struct zip_member *member, const char *why)
{
    const struct zip_archive *archive = member->archive;

    if (!why)
        return;
    log_error("member '%.*s' is damaged: %s; what was read of it is discarded",
              member->entry->name_len, zip_entry_name(archive->dir, member->entry), why);
    if (archive->stats)
        stats_add(archive->stats, STAT_CHECK_FAILURES, 1);
}

void zip_member_discard(struct zip_member *member)
{
    const struct zip_archive *archive = member->archive;
    uint64_t start = member->entry->header_offset, count = zip_piece_count(member->entry->size);

    cache_discard(archive->cache, archive->owner, piece_key(member, 0), piece_key(member, count));
    cache_discard(archive->cache, archive->owner, checkpoint_key(member, 0),
                  checkpoint_key(member, count));
    source_discard(archive->source, start, zip_entry_limit(archive->dir, member->index) - start,
                   SOURCE_WRONG);
    if (archive->keeper)
        archive->keeper->discard(archive->keeper, member->index);
}

int member_mark_damaged(struct zip_member *member, const char *why)
{
    pthread_mutex_lock(&member->lock);
    if (!member->is_damaged)
        member->unreported = why;
    member->is_damaged = 1;
    piece_crcs_reset(&member->crcs);
    checkpoint_marks_free(&member->checkpoints);
    why = take_unreported(member);
    pthread_mutex_unlock(&member->lock);
    report_damage(member, why);
    zip_member_discard(member);
    return -EIO;
}

int member_note_reader(struct zip_member *member)
{
    const char *why;
    int is_damaged;

    pthread_mutex_lock(&member->lock);
    member->has_reader = 1;
    is_damaged = member->is_damaged;
    why = take_unreported(member);
    pthread_mutex_unlock(&member->lock);
    report_damage(member, why);
    return is_damaged;
}

int member_note_crc(struct zip_member *member, uint64_t piece, uint32_t crc)
{
    int rc, was_damaged;

    pthread_mutex_lock(&member->lock);
    was_damaged = member->is_damaged;
    rc = was_damaged ? -EIO : piece_crcs_note(&member->crcs, piece, crc);
    pthread_mutex_unlock(&member->lock);
    if (rc == -EIO && !was_damaged)
        return member_mark_damaged(member, "its CRC-32 is wrong, or differs from before");
    return rc;
}

static int is_damaged(struct zip_member *member)
{
    LOCKED(&member->lock);
    return member->is_damaged;
}

static int crc_is_noted(struct zip_member *member, uint64_t piece)
{
    LOCKED(&member->lock);
    return piece_crcs_has(&member->crcs, piece);
}

int member_find_piece(struct zip_member *member, uint64_t piece, struct cache_entry **entry)
{
    const struct zip_archive *archive = member->archive;
    int rc;

    *entry = cache_get(archive->cache, archive->owner, piece_key(member, piece));
    if (!*entry || crc_is_noted(member, piece))
        return 0;
    rc = member_note_crc(member, piece, zip_crc32(0, (*entry)->data, (*entry)->len));
    if (rc)
        cache_unpin(archive->cache, *entry, CACHE_KEEP);
    return rc;
}

/* Discards a piece that was put into the cache while another thread found the member damaged. */
static int discard_piece(struct zip_member *member, uint64_t piece, struct cache_entry **entry)
{
    const struct zip_archive *archive = member->archive;

    cache_unpin(archive->cache, *entry, CACHE_KEEP);
    cache_discard(archive->cache, archive->owner, piece_key(member, piece),
                  piece_key(member, piece));
    *entry = NULL;
    return -EIO;
}

int member_put_piece(struct zip_member *member, uint64_t piece, uint8_t *bytes,
                     struct cache_entry **entry)
{
    const struct zip_archive *archive = member->archive;
    uint32_t len = zip_piece_len(member->entry->size, piece);
    int rc = member_note_crc(member, piece, zip_crc32(0, bytes, len));

    *entry = NULL;
    if (rc) {
        free(bytes);
        return rc;
    }
    *entry = cache_put(archive->cache, archive->owner, piece_key(member, piece), bytes, len);
    if (!*entry)
        return -ENOMEM;
    return is_damaged(member) ? discard_piece(member, piece, entry) : 0;
}
