/*
 * A member has several decoders, each a forward pass over its data, so that readers at different
 * places do not have to share one. A decoder makes pieces in order, puts them into the cache, and
 * leaves checkpoints behind. A thread that needs a piece chooses what is nearest before it: an idle
 * decoder; a busy one, whose turn the thread's op waits for; or a checkpoint, or the start of the
 * member, to which an idle decoder is moved.
 *
 * A decoder at the end of the member is freed. All others are in the pool (decoder_pool.h), which
 * evicts those that are idle when there are too many.
 */
#include "member/decoder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "member/checkpoint.h"
#include "member/kept_states.h"
#include "member/pieces.h"

_Static_assert(ZIP_PIECE == CACHE_SPARE, "the cache reuses the memory of pieces");

#define PIECES_A_STEP 64 /* decoded at most before the op yields: some milliseconds of work */
#define WANT          (128u * 1024)  /* bytes of input asked for together when nothing says more */
#define TIMEOUT_MS    60000          /* where the archive has none */
#define EXACT_MAX     (1024u * 1024) /* bytes of input: more is not asked for in a single range */
#define RATIO_MAX     1032u          /* bytes of output for a byte of input */

/* Owned by the thread that has set `busy`; while it is idle, guarded by the member's lock. */
struct decoder {
    struct pooled_decoder pooled;
    struct decoder_pool *pool;
    struct cache *cache;
    struct decoder **slot; /* in its member; guarded by the lock always */
    struct inflater *inflater;
    struct pass_position position;
    uint64_t place;         /* position.out as of its last turn; guarded by the lock always */
    uint64_t consumed;      /* position.in, the same */
    uint8_t *piece;         /* being made; its room is charged to the cache */
    uint32_t room;          /* bytes allocated for it */
    uint32_t fill;          /* bytes of it that are made */
    int has_ended;          /* the deflate stream has */
    int busy;               /* guarded by the lock always */
    int64_t expected_until; /* idle; until this clock_ms(), an op that waits for input is expected
                             * to continue with it */
    uint64_t used;          /* member->clock of its last turn */
    uint64_t goal;          /* bytes of input that are needed in all; 0 unknown */
    uint64_t least;         /* bytes of input that are needed at least, if `goal` is unknown */
    enum source_hint hint;  /* of this turn */
};

/* ---- one decoder ---- */

static void decoder_drop_piece(struct decoder *decoder)
{
    cache_discharge(decoder->cache, decoder->room);
    free(decoder->piece);
    decoder->piece = NULL;
    decoder->room = decoder->fill = 0;
}

static void decoder_restart(struct decoder *decoder)
{
    inflater_reset(decoder->inflater);
    decoder_drop_piece(decoder);
    decoder->position.in = decoder->position.out = decoder->place = 0;
    decoder->has_ended = 0;
}

/* Of a decoder that is in no member and not in the pool. */
static void decoder_free(struct decoder *decoder)
{
    decoder_drop_piece(decoder);
    decoder_pool_free_inflater(decoder->pool, decoder->inflater);
    free(decoder);
}

static int on_take_idle(struct pooled_decoder *pooled)
{
    struct decoder *decoder = container_of(pooled, struct decoder, pooled);

    if (decoder->busy || decoder->expected_until > clock_ms())
        return 0;
    *decoder->slot = NULL;
    return 1;
}

static void on_free(struct pooled_decoder *pooled)
{
    decoder_free(container_of(pooled, struct decoder, pooled));
}

static const struct pooled_decoder_type pooled_type = {
    .kind = DECODER_OF_DEFLATE, .take_idle = on_take_idle, .free = on_free};

/* With the lock held: a new decoder in an empty slot; NULL when out of memory. */
static struct decoder *decoder_new(struct zip_member *member, struct decoder **slot)
{
    struct decoder_pool *pool = member->archive->decoders;
    struct decoder *decoder = calloc(1, sizeof(*decoder));

    if (!decoder)
        return NULL;
    decoder->inflater = decoder_pool_new_inflater(pool);
    if (!decoder->inflater) {
        free(decoder);
        return NULL;
    }
    decoder->pooled = (struct pooled_decoder){
        .type = &pooled_type, .lock = &member->lock, .cost = inflater_cost()};
    decoder->pool = pool;
    decoder->cache = member->archive->cache;
    decoder->slot = slot;
    *slot = decoder;
    decoder_pool_add(pool, &decoder->pooled);
    return decoder;
}

/* With the lock held. */
static void decoder_remove(struct decoder *decoder)
{
    *decoder->slot = NULL;
    decoder_pool_remove(decoder->pool, &decoder->pooled);
    decoder_free(decoder);
}

void decoder_free_all(struct zip_member *member)
{
    LOCKED(&member->lock);
    for (int i = 0; i < DECODERS_MAX; i++)
        if (member->decoders[i])
            decoder_remove(member->decoders[i]);
}

/* ---- choosing a decoder ---- */

/* The decoders that could serve an offset. */
struct candidates {
    struct decoder *idle;   /* the nearest idle one before it */
    struct decoder *busy;   /* the nearest busy one before it */
    struct decoder *oldest; /* the idle one, anywhere, that was used least recently */
    struct decoder **vacant;
};

static struct candidates find_candidates(struct zip_member *member, uint64_t start)
{
    struct candidates found = {NULL, NULL, NULL, NULL};

    for (int i = 0; i < DECODERS_MAX; i++) {
        struct decoder *decoder = member->decoders[i];
        struct decoder **nearest;

        if (!decoder) {
            found.vacant = &member->decoders[i];
            continue;
        }
        nearest = decoder->busy ? &found.busy : &found.idle;
        if (decoder->place <= start && (!*nearest || decoder->place > (*nearest)->place))
            *nearest = decoder;
        if (!decoder->busy && (!found.oldest || decoder->used < found.oldest->used))
            found.oldest = decoder;
    }
    return found;
}

/* Moves an idle decoder to output offset `from`, a checkpoint or 0. NULL when there is none, or no
 * memory for one. */
static struct decoder *move_decoder(struct zip_member *member, const struct candidates *candidates,
                                    uint64_t from)
{
    struct decoder *decoder = candidates->oldest;

    if (candidates->vacant)
        decoder = decoder_new(member, candidates->vacant);
    if (!decoder)
        return NULL;
    decoder_restart(decoder);
    if (from && checkpoint_restore(member, from, decoder->inflater, &decoder->position))
        decoder_restart(decoder);
    decoder->place = decoder->position.out;
    return decoder;
}

/* Whether speculation may have a decoder moved. In a member that is read once it may not: a place
 * that no decoder has come to is behind the reader, or far before it. */
static int may_move(const struct zip_member *member, enum source_hint hint)
{
    return hint != SOURCE_CACHED || !member->archive->is_read_once;
}

/* With the lock held: a decoder to make the byte at `start`, before which the last checkpoint is at
 * `saved`; or NULL with *rc, which is OP_PENDING when the op waits for a decoder's turn, -EAGAIN
 * when speculation finds none, or -ENOMEM. */
static struct decoder *choose_decoder(struct zip_member *member, uint64_t start, uint64_t saved,
                                      enum source_hint hint, struct op *op, int *rc)
{
    struct candidates found = find_candidates(member, start);

    if (found.busy && found.busy->place >= saved &&
        (!found.idle || found.busy->place > found.idle->place)) {
        *rc = op_wait(op, &member->turn, 0);
        return NULL;
    }
    if (found.idle &&
        (found.idle->place == start || (found.idle->place >= saved && may_move(member, hint))))
        return found.idle;
    if (!may_move(member, hint)) {
        *rc = -EAGAIN;
        return NULL;
    }
    if (!found.vacant && !found.oldest) {
        *rc = op_wait(op, &member->turn, 0);
        return NULL;
    }
    *rc = -ENOMEM;
    return move_decoder(member, &found, saved);
}

/* ---- decoding, by the owner of the decoder ---- */

/* Runs the inflater once, on whatever input the source gives. Returns 0 with *made bytes of output,
 * OP_PENDING, or an error. */
static int decoder_run(struct zip_member *member, struct decoder *decoder, uint8_t *out,
                       size_t out_len, size_t *made, struct op *op)
{
    uint64_t in = decoder->position.in, left = member->entry->compressed_size - in;
    uint64_t want = decoder->least > in + WANT ? decoder->least - in : WANT;
    struct source_view view = {.len = 0};
    size_t used;
    int rc = 0;

    if (decoder->goal > in)
        want = decoder->goal - in;
    if (want > left)
        want = left;
    if (left)
        rc = source_view(member->archive->source, member->data_offset + in, want, decoder->hint,
                         &view, op);
    if (rc)
        return rc;
    rc = inflater_run(decoder->inflater, view.data, view.len < left ? view.len : (size_t)left,
                      &used, out, out_len, made);
    /* All of the copy belongs to this member, which goes on behind it. */
    view.is_done = member->archive->is_read_once && used == view.len && in >= view.before;
    source_release(member->archive->source, &view);
    decoder->position.in += used;
    if (rc < 0)
        return member_mark_damaged(member, "its data is not deflate");
    decoder->has_ended = rc;
    if (!rc && !used && !*made && !left)
        return member_mark_damaged(member, "its data ends too early");
    return 0;
}

/* Checks that the stream ends where the member does. */
static int decoder_check_end(struct zip_member *member, struct decoder *decoder, struct op *op)
{
    while (!decoder->has_ended) {
        uint8_t beyond;
        size_t made;
        int rc = decoder_run(member, decoder, &beyond, 1, &made, op);

        if (rc)
            return rc;
        if (made)
            return member_mark_damaged(member, "it is longer than the directory says");
    }
    return 0;
}

/* Makes the next piece, of `len` bytes, or the rest of it if it was begun before. */
static int decoder_fill_piece(struct zip_member *member, struct decoder *decoder, uint32_t len,
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
            return member_mark_damaged(member, "it is shorter than the directory says");
        if (zip_member_is_damaged(member)) /* as another decoder found: nothing more is fetched */
            return -EIO;
        rc = decoder_run(member, decoder, decoder->piece + decoder->fill, len - decoder->fill,
                         &made, op);
        if (rc)
            return rc;
        decoder->fill += (uint32_t)made;
    }
    return 0;
}

/* Makes the next piece and puts it into the cache: 0 and its entry, pinned; OP_PENDING; or an
 * error. */
static int decoder_next_piece(struct zip_member *member, struct decoder *decoder, struct op *op,
                              struct cache_entry **entry)
{
    struct pass_position *position = &decoder->position;
    uint64_t size = member->entry->size, piece = position->out / ZIP_PIECE;
    uint32_t len = zip_piece_len(size, piece);
    uint8_t *bytes;
    int rc = decoder_fill_piece(member, decoder, len, op);

    if (!rc && position->out + len == size)
        rc = decoder_check_end(member, decoder, op);
    if (rc)
        return rc;
    bytes = decoder->piece;
    decoder->piece = NULL;
    decoder_drop_piece(decoder);
    rc = member_put_piece(member, piece, bytes, entry);
    position->out += len;
    position->piece_ends[piece % CHECKPOINT_PIECES] = position->in;
    if (!rc)
        checkpoint_save(member, decoder->inflater, position);
    return rc;
}

/* Decides how the input is asked for, to make pieces up to `wanted` for a reader with this hint.
 * Where a checkpoint tells, exactly the input that is needed. Else, or if that is much, the input
 * that has to be passed is read as a sequential reader does, however little is read behind it; of a
 * member that has no checkpoints, all of it is asked for at once. */
static void plan_input(struct zip_member *member, struct decoder *decoder, uint64_t wanted,
                       enum source_hint hint)
{
    const struct zip_entry *entry = member->entry;
    uint64_t in = decoder->position.in, end = checkpoint_input_end(member, wanted);
    uint64_t output = wanted * ZIP_PIECE - decoder->position.out; /* to be passed */
    /* As much as that takes if the member is compressed evenly. */
    double passed = (double)output / (double)entry->size * (double)entry->compressed_size;
    int is_jump = hint == SOURCE_RANDOM && passed > WANT;

    decoder->hint = hint;
    decoder->goal = end;
    decoder->least = 0;
    if (end - in <= WANT || (end < entry->compressed_size && end - in <= EXACT_MAX))
        return;
    if (is_jump && !checkpoint_is_worth_it(member))
        return;
    decoder->goal = 0;
    decoder->least = in + output / RATIO_MAX;
    if (is_jump)
        decoder->hint = SOURCE_SEQUENTIAL;
}

/* Makes pieces up to `wanted`. Pieces long before it are of no use to this reader, and must not
 * evict what is of use to others. */
static int decode_up_to(struct zip_member *member, struct decoder *decoder, uint64_t wanted,
                        struct op *op, struct cache_entry **entry)
{
    for (unsigned made = 1;; made++) {
        uint64_t piece = decoder->position.out / ZIP_PIECE;
        int rc = decoder_next_piece(member, decoder, op, entry);

        if (rc || piece == wanted)
            return rc;
        cache_unpin(member->archive->cache, *entry,
                    wanted - piece > CHECKPOINT_PIECES ? CACHE_DONE : CACHE_KEEP);
        *entry = NULL;
        if (made == PIECES_A_STEP)
            return op_yield(op);
    }
}

/* ---- turns ---- */

/* With the lock held: ends the turn of the decoder, whose result was `rc`. */
static void decoder_end_turn(struct zip_member *member, struct decoder *decoder, int rc)
{
    int64_t timeout = member->archive->timeout_ms;

    decoder->busy = 0;
    decoder->place = decoder->position.out;
    decoder->consumed = decoder->position.in;
    decoder->expected_until = 0;
    if (rc == OP_PENDING)
        decoder->expected_until = clock_ms() + (timeout ? timeout : TIMEOUT_MS);
    if ((rc && rc != OP_PENDING && rc != -EAGAIN) || decoder->place >= member->entry->size)
        decoder_remove(decoder);
    else
        decoder_pool_touch(decoder->pool, &decoder->pooled);
    wait_queue_wake(&member->turn, 0);
}

static void log_turn(const struct zip_member *member, const struct decoder *decoder, uint64_t piece,
                     int rc)
{
    log_debug(LOG_ZIP,
              "member '%.*s': piece %" PRIu64 "%s: %s, %" PRIu64 " of %" PRIu64
              " bytes of input consumed",
              member->entry->name_len, zip_entry_name(member->archive->dir, member->entry), piece,
              decoder->hint == SOURCE_CACHED ? " ahead" : "",
              rc == OP_PENDING ? "waits"
              : rc             ? strerror(-rc)
                               : "made",
              decoder->position.in, member->entry->compressed_size);
}

uint64_t decoder_consumed(struct zip_member *member)
{
    uint64_t most = 0;

    LOCKED(&member->lock);
    for (int i = 0; i < DECODERS_MAX; i++)
        if (member->decoders[i] && member->decoders[i]->consumed > most)
            most = member->decoders[i]->consumed;
    return most;
}

/* Whether a decoder has passed the offset. */
static int is_passed(struct zip_member *member, uint64_t start)
{
    LOCKED(&member->lock);
    for (int i = 0; i < DECODERS_MAX; i++)
        if (member->decoders[i] && member->decoders[i]->place > start)
            return 1;
    return 0;
}

/* The piece may have been made since the caller looked for it: what a decoder makes is in the cache
 * before its turn ends. Returns 0 with *entry pinned, or NULL when it is not there; or an error. */
static int look_again(struct zip_member *member, uint64_t piece, struct cache_entry **entry)
{
    *entry = NULL;
    return is_passed(member, piece * ZIP_PIECE) ? member_find_piece(member, piece, entry) : 0;
}

uint64_t decoder_place_before(struct zip_member *member, uint64_t offset)
{
    uint64_t place = 0;

    LOCKED(&member->lock);
    for (int i = 0; i < DECODERS_MAX; i++)
        if (member->decoders[i] && member->decoders[i]->place <= offset &&
            member->decoders[i]->place > place)
            place = member->decoders[i]->place;
    return place;
}

int decoder_make_piece(struct zip_member *member, uint64_t piece, enum source_hint hint,
                       struct op *op, struct cache_entry **entry)
{
    uint64_t start = piece * ZIP_PIECE, saved;
    struct decoder *decoder;
    int rc = look_again(member, piece, entry);

    if (!rc && !*entry && hint != SOURCE_CACHED)
        rc = kept_states_recall(member, start, op);
    if (rc || *entry)
        return rc;
    saved = checkpoint_before(member, start);
    pthread_mutex_lock(&member->lock);
    decoder = choose_decoder(member, start, saved, hint, op, &rc);
    if (decoder) {
        decoder->busy = 1;
        decoder->used = ++member->clock;
    }
    pthread_mutex_unlock(&member->lock);
    if (!decoder)
        return rc;

    plan_input(member, decoder, piece, hint);
    rc = decode_up_to(member, decoder, piece, op, entry);
    log_turn(member, decoder, piece, rc);
    pthread_mutex_lock(&member->lock);
    decoder_end_turn(member, decoder, rc);
    pthread_mutex_unlock(&member->lock);
    decoder_pool_shrink(member->archive->decoders);
    return rc;
}
