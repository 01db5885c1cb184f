/*
 * Decoding ahead of readers. member/decode_ahead.c decides which pieces; here ops decode them, on
 * an executor of their own, so that no reader waits for a thread that speculates. Such an op
 * fetches nothing: it works on what readahead has fetched or is fetching, and stops where that
 * ends.
 */
#include <errno.h>
#include <stdlib.h>

#include "archive/internal.h"
#include "base/clock.h"
#include "base/lock.h"

#define PUSH_WORTH (96u * 1024) /* bytes for which the pusher is woken */

/* Decodes for one lane of one stream. */
struct ahead_op {
    struct op op;
    struct archive *archive; /* holds a reference */
    struct decode_ahead_job job;
    struct decode_ahead_place place; /* the piece to decode */
    struct zip_member *member;       /* of `entry`; NULL none is open */
    uint32_t entry;
    uint64_t made; /* bytes of the members that were decoded since the pusher was told */
};

static void close_ahead_member(struct ahead_op *ahead)
{
    if (ahead->member)
        archive_member_close(ahead->archive, ahead->member);
    ahead->member = NULL;
}

static int decode_next_piece(struct ahead_op *ahead)
{
    int rc;

    if (ahead->member && ahead->entry != ahead->place.entry)
        close_ahead_member(ahead);
    if (!ahead->member) {
        ahead->entry = ahead->place.entry;
        rc = archive_entry_open(ahead->archive, ahead->entry, &ahead->member);
        if (rc)
            return rc;
    }
    return zip_member_make_ahead(ahead->member, ahead->place.piece, &ahead->op);
}

/* The pusher is woken for a handful of small files, as a wake-up costs as much as decoding one. */
static void tell_pusher(struct ahead_op *ahead, uint64_t least)
{
    if (ahead->made < least)
        return;
    ahead->made = 0;
    archive_push_start(ahead->archive);
}

/* Ends the job: a piece that could not be decoded is left to its reader. */
static void end_job(struct ahead_op *ahead, int error)
{
    struct archive *archive = ahead->archive;

    LOCKED(&archive->lock);
    decode_ahead_stop_job(&archive->ahead, &ahead->job, ahead->place, error != -EAGAIN);
}

static int ahead_step(struct op *op)
{
    struct ahead_op *ahead = container_of(op, struct ahead_op, op);
    struct archive *archive = ahead->archive;
    int has_more = 1;

    while (has_more) {
        int rc = decode_next_piece(ahead);

        if (rc) {
            tell_pusher(ahead, 1);
            if (rc == OP_PENDING)
                return rc;
            end_job(ahead, rc);
            return 0;
        }
        ahead->made += zip_member_size(ahead->member);
        tell_pusher(ahead, PUSH_WORTH);
        LOCKED(&archive->lock);
        has_more = decode_ahead_next_piece(&archive->ahead, &archive->dir, &ahead->job,
                                           &ahead->place);
    }
    tell_pusher(ahead, 1);
    return 0;
}

static void ahead_fail(struct op *op, int error)
{
    end_job(container_of(op, struct ahead_op, op), error);
}

static void ahead_release(struct op *op)
{
    struct ahead_op *ahead = container_of(op, struct ahead_op, op);

    close_ahead_member(ahead);
    archive_unref(ahead->archive);
    free(ahead);
}

static const struct op_type ahead_type = {
    .step = ahead_step, .fail = ahead_fail, .release = ahead_release};

/* With the lock held: an op for work that no other op does; NULL when there is none. */
static struct ahead_op *claim_job(struct archive *archive, unsigned stream)
{
    struct ahead_op *ahead = calloc(1, sizeof(*ahead));

    if (ahead && !decode_ahead_begin_job(&archive->ahead, &archive->dir, stream, &ahead->job,
                                         &ahead->place)) {
        free(ahead);
        return NULL;
    }
    return ahead;
}

void archive_decode_ahead(struct archive *archive, const struct zip_member *member, uint64_t piece)
{
    struct decode_ahead_place place = {.entry = zip_member_index(member), .piece = piece};
    struct ahead_op *started[DECODE_AHEAD_LANES];
    unsigned stream, count = 0;

    pthread_mutex_lock(&archive->lock);
    stream = decode_ahead_access(&archive->ahead, &archive->dir, place);
    while (count < DECODE_AHEAD_LANES && (started[count] = claim_job(archive, stream)))
        count++;
    pthread_mutex_unlock(&archive->lock);
    while (count) {
        struct ahead_op *ahead = started[--count];

        ahead->op.type = &ahead_type;
        ahead->op.deadline = CLOCK_NEVER;
        ahead->archive = archive;
        archive_ref(archive);
        op_start_later(archive->ahead_executor, &ahead->op);
    }
}
