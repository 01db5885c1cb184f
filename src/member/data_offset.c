/*
 * Near the member's start the local header is read together with the data, and checked. Far from
 * it, where the header would take a range of its own, it is not read if an earlier opening has
 * found the data, or the directory alone proves where stored data begins.
 */
#include "member/data_offset.h"

#include <errno.h>

#include "member/pieces.h"
#include "zip/local_header.h"

#define HEADER_SLACK   512u          /* bytes: room for the extra field of a local header */
#define NEAR_THE_START (256u * 1024) /* bytes: header and data are fetched in one range */
#define SOURCE_GRAIN   (64u * 1024)  /* bytes: a source usually fetches multiples of it */

/* Bytes of the object that a source fetches for [offset, offset + len). */
static uint64_t fetched_span(uint64_t offset, uint64_t len)
{
    uint64_t first = offset / SOURCE_GRAIN, end = (offset + len - 1) / SOURCE_GRAIN + 1;

    return (end - first) * SOURCE_GRAIN;
}

/* How to read the local header before `piece` is read. */
struct header_plan {
    int is_near;   /* it is fetched in one range with the data */
    uint64_t want; /* bytes to ask for together, from the local header on */
};

static struct header_plan plan_header(const struct zip_member *member, uint64_t piece)
{
    const struct zip_entry *entry = member->entry;
    uint64_t limit = zip_entry_limit(member->archive->dir, member->index);
    uint64_t room = limit > entry->header_offset ? limit - entry->header_offset : 0;
    uint64_t header = ZIP_LOCAL_HEADER_SIZE + HEADER_SLACK + entry->local_name_len;
    uint64_t data = entry->compressed_size < ZIP_PIECE ? entry->compressed_size : ZIP_PIECE;
    struct header_plan plan;

    if (entry->method == ZIP_METHOD_STORED)
        data = piece * ZIP_PIECE + zip_piece_len(entry->size, piece);
    plan.want = header + data < room ? header + data : room;
    if (!plan.want)
        plan.want = 1;
    if (entry->method != ZIP_METHOD_STORED) {
        plan.is_near = piece * ZIP_PIECE < NEAR_THE_START;
        return plan;
    }
    plan.is_near = fetched_span(entry->header_offset, plan.want) <= NEAR_THE_START;
    /* The header and the piece are two ranges, which readahead must not take for a stream. Without
     * data behind the header there are more than READAHEAD_SKIP bytes between the two. */
    if (piece * ZIP_PIECE >= NEAR_THE_START)
        plan.want = ZIP_LOCAL_HEADER_SIZE;
    return plan;
}

/* Sets data_offset, which must not contradict an offset that was set before. */
static int set_data_offset(struct zip_member *member, uint64_t offset, int by_header)
{
    int is_other;

    pthread_mutex_lock(&member->lock);
    is_other = member->data_offset && member->data_offset != offset;
    if (!member->data_offset)
        member->data_offset = offset;
    member->header_checked |= by_header && !is_other;
    pthread_mutex_unlock(&member->lock);
    return is_other ? member_mark_damaged(member, "its local header contradicts the directory") : 0;
}

int member_find_data(struct zip_member *member, uint64_t piece, enum source_hint hint,
                     struct op *op)
{
    const struct zip_archive *archive = member->archive;
    const struct zip_entry *entry = member->entry;
    uint64_t limit = zip_entry_limit(archive->dir, member->index), offset;
    struct header_plan plan = plan_header(member, piece);
    uint8_t bytes[ZIP_LOCAL_HEADER_SIZE];
    int rc;

    pthread_mutex_lock(&member->lock);
    rc = member->header_checked || (member->data_offset && !plan.is_near);
    pthread_mutex_unlock(&member->lock);
    if (rc)
        return 0;
    if (!plan.is_near && entry->method == ZIP_METHOD_STORED &&
        (offset = zip_entry_data_offset(archive->dir, member->index)))
        return set_data_offset(member, offset, 0);
    /* What lies behind the header is passed on the way to the piece. */
    if (!plan.is_near && entry->method != ZIP_METHOD_STORED && hint == SOURCE_RANDOM)
        hint = SOURCE_SEQUENTIAL;
    rc = source_read(archive->source, entry->header_offset, bytes, sizeof(bytes), plan.want, hint,
                     op);
    if (rc)
        return rc;
    if (zip_local_header_parse(bytes, sizeof(bytes), entry, limit, &offset))
        return member_mark_damaged(member, "its local header is wrong");
    return set_data_offset(member, offset, 1);
}
