/*
 * Decoding a deflated member. A few passes (decoders) go over it at the same time, so that readers
 * at different places don't drag one pass to and fro; each makes pieces in order, puts them into
 * the cache, and leaves checkpoints behind. A thread that wants a piece takes what has the least
 * way to go to it: a decoder that is idle; one that is at work, whose turn it waits for; or a
 * checkpoint, or the start, from which it sends a decoder that is idle.
 *
 * Decoders and their half-made pieces are charged to the cache. One that is at the member's end is
 * freed, and when charges take up much of the budget, so are a member's idle ones but the last
 * used: a checkpoint brings a new one there at little cost.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "zip/checkpoint.h"

_Static_assert(ZIP_PIECE == CACHE_SPARE, "the memory of pieces is used again");

#define WANT (128u * 1024) /* bytes of input asked for at once, when no checkpoint tells better */

static struct decoder *decoder_new(struct zip_member *member)
{
    struct decoder *decoder = calloc(1, sizeof(*decoder));

    if (!decoder)
        return NULL;
    decoder->inflater = inflater_new();
    if (!decoder->inflater) {
        free(decoder);
        return NULL;
    }
    cache_charge(member->archive->cache, inflater_cost());
    return decoder;
}

/* Of the half-made piece. */
static void leave_piece(struct zip_member *member, struct decoder *decoder)
{
    cache_discharge(member->archive->cache, decoder->room);
    free(decoder->piece);
    decoder->piece = NULL;
    decoder->room = decoder->fill = 0;
}

static void decoder_restart(struct zip_member *member, struct decoder *decoder)
{
    inflater_reset(decoder->inflater);
    leave_piece(member, decoder);
    decoder->in = decoder->out = decoder->place = 0;
    decoder->has_ended = 0;
}

static void decoder_free(struct zip_member *member, struct decoder **slot)
{
    struct decoder *decoder = *slot;

    leave_piece(member, decoder);
    inflater_free(decoder->inflater);
    cache_discharge(member->archive->cache, inflater_cost());
    free(decoder);
    *slot = NULL;
}

void decoder_free_all(struct zip_member *member)
{
    for (int i = 0; i < DECODERS_MAX; i++)
        if (member->decoders[i])
            decoder_free(member, &member->decoders[i]);
}

/* The decoders as a reader at some place sees them. */
struct field {
    struct decoder *idle;   /* closest before the place */
    struct decoder *busy;   /* the same */
    struct decoder *oldest; /* idle, anywhere, used least recently */
    struct decoder **vacant;
};

static struct field survey(struct zip_member *member, uint64_t start)
{
    struct field field = {NULL, NULL, NULL, NULL};

    for (int i = 0; i < DECODERS_MAX; i++) {
        struct decoder *decoder = member->decoders[i];
        struct decoder **closest;

        if (!decoder) {
            field.vacant = &member->decoders[i];
            continue;
        }
        closest = decoder->busy ? &field.busy : &field.idle;
        if (decoder->place <= start && (!*closest || decoder->place > (*closest)->place))
            *closest = decoder;
        if (!decoder->busy && (!field.oldest || decoder->used < field.oldest->used))
            field.oldest = decoder;
    }
    return field;
}

/* An idle decoder at output offset `from`, a checkpoint or 0; NULL without one, or memory. */
static struct decoder *send_to(struct zip_member *member, const struct field *field, uint64_t from)
{
    struct decoder *decoder = field->oldest;

    if (field->vacant)
        decoder = *field->vacant = decoder_new(member);
    if (!decoder)
        return NULL;
    decoder_restart(member, decoder);
    if (from && checkpoint_restore(member, decoder, from))
        decoder_restart(member, decoder);
    decoder->place = decoder->out;
    return decoder;
}

/* With the lock held: a decoder to make the byte at `start`, or NULL with *rc: OP_PENDING to wait
 * for a turn (the op has joined), or -ENOMEM. */
static struct decoder *choose(struct zip_member *member, uint64_t start, struct op *op, int *rc)
{
    uint64_t saved = checkpoint_before(member, start);
    struct field field = survey(member, start);

    if (field.busy && field.busy->place >= saved &&
        (!field.idle || field.busy->place > field.idle->place)) {
        *rc = op_wait(op, &member->turn, 0);
        return NULL;
    }
    if (field.idle && field.idle->place >= saved)
        return field.idle;
    if (!field.vacant && !field.oldest) {
        *rc = op_wait(op, &member->turn, 0);
        return NULL;
    }
    *rc = -ENOMEM;
    return send_to(member, &field, saved);
}

/* Feeds the decoder once. Returns 0 with what it made, OP_PENDING, or an error. */
static int feed(struct zip_member *member, struct decoder *decoder, uint8_t *out, size_t out_len,
                size_t *made, struct op *op)
{
    uint64_t left = member->entry->compressed_size - decoder->in;
    uint64_t want = decoder->goal > decoder->in ? decoder->goal - decoder->in : WANT;
    struct source_view view = {NULL, 0, NULL};
    size_t used;
    int rc = 0;

    if (want > left)
        want = left;
    if (left)
        rc = source_view(member->archive->source, member->data_offset + decoder->in, want,
                         decoder->hint, &view, op);
    if (rc)
        return rc;
    rc = inflater_run(decoder->inflater, view.data, view.len < left ? view.len : (size_t)left,
                      &used, out, out_len, made);
    source_release(member->archive->source, &view);
    decoder->in += used;
    if (rc < 0)
        return member_spoiled(member, "its data is not deflate");
    decoder->has_ended = rc;
    if (!rc && !used && !*made && !left)
        return member_spoiled(member, "its data ends too early");
    return 0;
}

/* The stream must end where the member does. */
static int check_end(struct zip_member *member, struct decoder *decoder, struct op *op)
{
    while (!decoder->has_ended) {
        uint8_t beyond;
        size_t made;
        int rc = feed(member, decoder, &beyond, 1, &made, op);

        if (rc)
            return rc;
        if (made)
            return member_spoiled(member, "it is longer than the directory says");
    }
    return 0;
}

static int fill_piece(struct zip_member *member, struct decoder *decoder, uint32_t len,
                      struct op *op)
{
    if (!decoder->piece) {
        decoder->piece = cache_alloc(member->archive->cache, len);
        if (!decoder->piece)
            return -ENOMEM;
        decoder->room = len;
        cache_charge(member->archive->cache, len);
    }
    while (decoder->fill < len) {
        size_t made;
        int rc;

        if (decoder->has_ended)
            return member_spoiled(member, "it is shorter than the directory says");
        rc = feed(member, decoder, decoder->piece + decoder->fill, len - decoder->fill, &made, op);
        if (rc)
            return rc;
        decoder->fill += (uint32_t)made;
    }
    return 0;
}

/* Goes on until `wanted` is made. What is passed long before it is of no use to this reader, and
 * shall not drive out what is of use to others. */
static int decode_to(struct zip_member *member, struct decoder *decoder, uint64_t wanted,
                     struct op *op, struct cache_entry **entry)
{
    uint64_t size = member->entry->size;

    decoder->goal = checkpoint_input_end(member, wanted);
    if (decoder->goal == member->entry->compressed_size && decoder->goal - decoder->in > WANT)
        decoder->goal = 0;
    for (;;) {
        uint64_t piece = decoder->out / ZIP_PIECE;
        uint32_t len = zip_piece_len(size, piece);
        uint8_t *bytes;
        int rc = fill_piece(member, decoder, len, op);

        if (!rc && decoder->out + len == size)
            rc = check_end(member, decoder, op);
        if (rc)
            return rc;
        bytes = decoder->piece;
        decoder->piece = NULL;
        leave_piece(member, decoder);
        rc = member_put_piece(member, piece, bytes, entry);
        decoder->out += len;
        decoder->piece_ends[piece % DECODER_PIECE_ENDS] = decoder->in;
        if (!rc)
            checkpoint_save(member, decoder);
        if (rc || piece == wanted)
            return rc;
        cache_unpin(member->archive->cache, *entry,
                    wanted - piece > CHECKPOINT_PIECES ? CACHE_DONE : CACHE_KEEP);
        *entry = NULL;
    }
}

/* With the lock held: gives up idle decoders but `kept` when the budget is short; not those that a
 * reader waits for input to go on with. */
static void give_up_idle(struct zip_member *member, const struct decoder *kept)
{
    struct cache *cache = member->archive->cache;

    if (cache_charged(cache) <= cache_budget(cache) / 4)
        return;
    for (int i = 0; i < DECODERS_MAX; i++) {
        const struct decoder *decoder = member->decoders[i];

        if (decoder && decoder != kept && !decoder->busy && !decoder->is_expected)
            decoder_free(member, &member->decoders[i]);
    }
}

/* With the lock held: the decoder's turn is over, with `rc`. */
static void end_turn(struct zip_member *member, struct decoder **slot, int rc)
{
    struct decoder *decoder = *slot;

    decoder->busy = 0;
    decoder->is_expected = rc == OP_PENDING;
    decoder->place = decoder->out;
    if ((rc && rc != OP_PENDING && rc != -EAGAIN) || decoder->out >= member->entry->size)
        decoder_free(member, slot);
    if (!rc)
        give_up_idle(member, *slot);
    wait_queue_wake(&member->turn, 0);
}

static struct decoder **slot_of(struct zip_member *member, const struct decoder *decoder)
{
    struct decoder **slot = member->decoders;

    while (*slot != decoder)
        slot++;
    return slot;
}

int decoder_make_piece(struct zip_member *member, uint64_t piece, enum source_hint hint,
                       struct op *op, struct cache_entry **entry)
{
    struct decoder *decoder;
    int rc = 0;

    pthread_mutex_lock(&member->lock);
    decoder = choose(member, piece * ZIP_PIECE, op, &rc);
    if (decoder) {
        decoder->busy = 1;
        decoder->hint = hint;
        decoder->used = ++member->clock;
    }
    pthread_mutex_unlock(&member->lock);
    if (!decoder)
        return rc;

    rc = decode_to(member, decoder, piece, op, entry);
    log_debug(LOG_ZIP,
              "member '%.*s': piece %" PRIu64 "%s: %s, %" PRIu64 " of %" PRIu64
              " bytes of input taken",
              member->entry->name_len, zip_entry_name(member->archive->dir, member->entry), piece,
              hint == SOURCE_CACHED ? " ahead" : "",
              rc == OP_PENDING ? "waits"
              : rc             ? strerror(-rc)
                               : "made",
              decoder->in, member->entry->compressed_size);
    pthread_mutex_lock(&member->lock);
    end_turn(member, slot_of(member, decoder), rc);
    pthread_mutex_unlock(&member->lock);
    return rc;
}
