/*
 * The reads of libzip block, so they happen in passes, on the executor whose threads may block. A
 * pass takes one of the member's decoders from where it is, or from the start of the member, to the
 * piece that a reader waits for; pieces on the way for which other readers wait are kept for them.
 * A member has one pass at a time and an archive PASSES_MAX; further passes queue at the archive's
 * gate, without a thread.
 */
#include "member/libzip_pass.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/lock.h"
#include "member/libzip_decoder.h"

#define PASSES_MAX 2     /* that run at a time for one archive */
#define TIMEOUT_MS 60000 /* where the archive has none */

struct libzip_pass {
    struct op op;
    struct zip_member *member; /* holds a reference */
    uint64_t piece;
    struct libzip_pass *next; /* in the queue of the gate */
};

/* ---- the gate ---- */

/* The gate is the one part of an archive that changes. */
static struct libzip_gate *gate_of(const struct zip_member *member)
{
    return (struct libzip_gate *)&member->archive->gate;
}

static void pass_start(struct libzip_pass *pass)
{
    op_start_later(pass->member->archive->blocking, &pass->op);
}

/* Starts the pass, or queues it. */
static void gate_enter(struct libzip_pass *pass)
{
    struct libzip_gate *gate = gate_of(pass->member);

    LOCKED(&gate->lock);
    if (gate->running < PASSES_MAX) {
        gate->running++;
        pass_start(pass);
        return;
    }
    if (gate->last)
        gate->last->next = pass;
    else
        gate->first = pass;
    gate->last = pass;
}

/* A pass has ended: starts the next one of the queue. */
static void gate_leave(const struct libzip_pass *pass)
{
    struct libzip_gate *gate = gate_of(pass->member);
    struct libzip_pass *next;

    LOCKED(&gate->lock);
    next = gate->first;
    if (!next) {
        gate->running--;
        return;
    }
    gate->first = next->next;
    if (!gate->first)
        gate->last = NULL;
    pass_start(next);
}

/* ---- awaited pieces; the member's lock is held unless the comment says otherwise ---- */

static struct awaited_piece *awaited_find(struct zip_member *member, uint64_t piece)
{
    for (int i = 0; i < AWAITED_PIECES_MAX; i++) {
        struct awaited_piece *awaited = &member->libzip.awaited[i];

        if (awaited->is_used && awaited->piece == piece)
            return awaited;
    }
    return NULL;
}

static void awaited_drop(struct zip_member *member, struct awaited_piece *awaited)
{
    if (awaited->entry)
        cache_unpin(member->archive->cache, awaited->entry, CACHE_KEEP);
    *awaited = (struct awaited_piece){.is_used = 0};
}

/* When all slots are used, the new piece replaces the oldest that is made and was not fetched by
 * its reader, who may have given up. If there is none, the new piece is not kept, and its reader
 * has to find it in the cache. */
static void awaited_add(struct zip_member *member, uint64_t piece)
{
    struct libzip_side *side = &member->libzip;

    if (awaited_find(member, piece))
        return;
    for (unsigned i = 0; i < AWAITED_PIECES_MAX; i++) {
        struct awaited_piece *awaited = &side->awaited[(side->oldest + i) % AWAITED_PIECES_MAX];

        if (awaited->is_used && !awaited->entry)
            continue;
        awaited_drop(member, awaited);
        *awaited = (struct awaited_piece){.is_used = 1, .piece = piece};
        side->oldest = (side->oldest + i + 1) % AWAITED_PIECES_MAX;
        return;
    }
}

/* Takes the lock. The piece is made: keeps it, pinned as it is, if a reader waits for it; else
 * unpins it with `use`. */
static void awaited_deliver(struct zip_member *member, uint64_t piece, struct cache_entry *entry,
                            enum cache_use use)
{
    struct awaited_piece *awaited;

    pthread_mutex_lock(&member->lock);
    awaited = awaited_find(member, piece);
    if (awaited && !awaited->entry) {
        awaited->entry = entry;
        entry = NULL;
        wait_queue_wake(&member->turn, 0);
    }
    pthread_mutex_unlock(&member->lock);
    if (entry)
        cache_unpin(member->archive->cache, entry, use);
}

/* The piece, pinned, if it was kept for a reader; else NULL. */
static struct cache_entry *awaited_take(struct zip_member *member, uint64_t piece)
{
    struct awaited_piece *awaited = awaited_find(member, piece);
    struct cache_entry *entry = awaited ? awaited->entry : NULL;

    if (entry)
        *awaited = (struct awaited_piece){.is_used = 0};
    return entry;
}

void libzip_found_piece(struct zip_member *member, uint64_t piece)
{
    struct awaited_piece *awaited;

    LOCKED(&member->lock);
    awaited = awaited_find(member, piece);
    if (awaited && awaited->entry)
        awaited_drop(member, awaited);
}

/* Whether a reader can still be waiting for a piece: somebody has the member open (a symbolic
 * link's member is opened for each attempt, so that does not count), and the last request is
 * recent. */
static int has_waiting_reader(const struct zip_member *member)
{
    int64_t timeout = member->archive->timeout_ms;

    return (member->refs > 1 || member->entry->flags & ZIP_ENTRY_SYMLINK) &&
           clock_ms() - member->libzip.asked <= (timeout ? timeout : TIMEOUT_MS);
}

/* Takes the lock. */
static int pass_is_wanted(struct zip_member *member)
{
    LOCKED(&member->lock);
    return has_waiting_reader(member);
}

/* ---- a pass: a thread that may block, and owns the member's decoders ---- */

static int on_take_idle(struct pooled_decoder *pooled)
{
    struct libzip_decoder *decoder = libzip_decoder_of(pooled);
    struct libzip_side *side = &libzip_decoder_member(decoder)->libzip;

    if (side->is_running)
        return 0;
    for (int i = 0; i < LIBZIP_DECODERS_MAX; i++)
        if (side->decoders[i] == decoder)
            side->decoders[i] = NULL;
    return 1;
}

static void on_free(struct pooled_decoder *pooled)
{
    libzip_decoder_free(libzip_decoder_of(pooled));
}

static const struct pooled_decoder_type pooled_type = {
    .kind = DECODER_OF_LIBZIP, .take_idle = on_take_idle, .free = on_free};

/* Opens a decoder in an empty slot. Returns 0 or -ENOMEM. */
static int fill_slot(struct zip_member *member, struct libzip_decoder **slot)
{
    *slot = libzip_decoder_open(member, pass_is_wanted);
    if (!*slot)
        return -ENOMEM;
    *libzip_decoder_pooled(*slot) = (struct pooled_decoder){
        .type = &pooled_type, .lock = &member->lock, .cost = LIBZIP_DECODER_COST};
    decoder_pool_add(member->archive->decoders, libzip_decoder_pooled(*slot));
    return 0;
}

static void free_slot(struct zip_member *member, struct libzip_decoder **slot)
{
    struct libzip_decoder *decoder = *slot;

    if (!decoder)
        return;
    *slot = NULL;
    decoder_pool_remove(member->archive->decoders, libzip_decoder_pooled(decoder));
    libzip_decoder_free(decoder);
}

/* The slot of the decoder nearest before `piece`; an empty slot if there is none. It becomes the
 * first slot, so that slots are in the order of their last use. */
static struct libzip_decoder **choose_slot(struct zip_member *member, uint64_t piece)
{
    struct libzip_side *side = &member->libzip;
    struct libzip_decoder **found = NULL, *first;

    for (int i = 0; i < LIBZIP_DECODERS_MAX; i++) {
        struct libzip_decoder **slot = &side->decoders[i];

        if (*slot && libzip_decoder_place(*slot) <= piece * ZIP_PIECE &&
            (!found || libzip_decoder_place(*slot) > libzip_decoder_place(*found)))
            found = slot;
    }
    if (!found) {
        found = &side->decoders[LIBZIP_DECODERS_MAX - 1];
        if (!side->decoders[0])
            found = &side->decoders[0];
        free_slot(member, found);
    }
    first = *found;
    while (found > side->decoders) {
        *found = found[-1];
        found--;
    }
    *found = first;
    return found;
}

/* Makes pieces up to `wanted`, or until no reader waits any more. */
static int pass_decode(struct zip_member *member, struct libzip_decoder *decoder, uint64_t wanted)
{
    enum cache_use use = CACHE_KEEP;
    int rc = 0;

    /* Going back is expensive, so what is passed is kept, unless it would evict much else. */
    if (wanted * ZIP_PIECE - libzip_decoder_place(decoder) >
        cache_budget(member->archive->cache) / 4)
        use = CACHE_DONE;
    while (!rc && libzip_decoder_place(decoder) <= wanted * ZIP_PIECE) {
        uint64_t piece = libzip_decoder_place(decoder) / ZIP_PIECE;
        struct cache_entry *entry;

        rc = libzip_decoder_next_piece(decoder, &entry);
        if (!rc)
            awaited_deliver(member, piece, entry, use);
        if (!rc && piece != wanted && !pass_is_wanted(member))
            break;
    }
    return rc;
}

static int pass_run(struct zip_member *member, uint64_t wanted)
{
    struct libzip_decoder **slot = choose_slot(member, wanted);
    int rc = *slot ? 0 : fill_slot(member, slot);

    if (rc)
        return rc;
    decoder_pool_touch(member->archive->decoders, libzip_decoder_pooled(*slot));
    rc = pass_decode(member, *slot, wanted);
    if (rc || libzip_decoder_place(*slot) >= member->entry->size)
        free_slot(member, slot);
    return rc;
}

/* Ends the pass. All waiting readers are woken, and ask again for what was not made. */
static void pass_end(struct libzip_pass *pass, int error)
{
    struct zip_member *member = pass->member;

    pthread_mutex_lock(&member->lock);
    if (error == -ECANCELED) /* nobody wanted it any more, but perhaps somebody does again */
        error = has_waiting_reader(member) ? 0 : -ETIMEDOUT;
    member->libzip.is_running = 0;
    for (int i = 0; i < AWAITED_PIECES_MAX; i++)
        if (!member->libzip.awaited[i].entry)
            awaited_drop(member, &member->libzip.awaited[i]);
    wait_queue_wake(&member->turn, error);
    pthread_mutex_unlock(&member->lock);
    gate_leave(pass);
    decoder_pool_shrink(member->archive->decoders);
}

static int on_pass_step(struct op *op)
{
    struct libzip_pass *pass = container_of(op, struct libzip_pass, op);
    int rc = pass_is_wanted(pass->member) ? pass_run(pass->member, pass->piece) : -ECANCELED;

    pass_end(pass, rc);
    return 0;
}

static void on_pass_fail(struct op *op, int error)
{
    pass_end(container_of(op, struct libzip_pass, op), error);
}

static void on_pass_release(struct op *op)
{
    struct libzip_pass *pass = container_of(op, struct libzip_pass, op);
    const struct zip_archive *archive = pass->member->archive;

    member_put(pass->member);
    if (archive->drop)
        archive->drop(archive);
    free(pass);
}

static const struct op_type pass_type = {
    .step = on_pass_step, .fail = on_pass_fail, .release = on_pass_release};

/* With the lock held. NULL when out of memory. */
static struct libzip_pass *pass_new(struct zip_member *member, uint64_t piece)
{
    struct libzip_pass *pass = calloc(1, sizeof(*pass));

    if (!pass)
        return NULL;
    pass->op.type = &pass_type;
    pass->op.deadline = CLOCK_NEVER;
    pass->member = member;
    pass->piece = piece;
    member->libzip.is_running = 1;
    member->refs++;
    return pass;
}

/* ---- for readers ---- */

int libzip_make_piece(struct zip_member *member, uint64_t piece, struct op *op,
                      struct cache_entry **entry)
{
    struct libzip_pass *pass = NULL;
    int rc;

    *entry = NULL;
    pthread_mutex_lock(&member->lock);
    if (member->is_damaged)
        rc = -EIO;
    else if ((*entry = awaited_take(member, piece)))
        rc = 0;
    else
        rc = op_wait(op, &member->turn, 0);
    if (rc == OP_PENDING) {
        member->libzip.asked = clock_ms();
        awaited_add(member, piece);
        if (!member->libzip.is_running && !(pass = pass_new(member, piece)))
            wait_queue_wake(&member->turn, -ENOMEM);
    }
    pthread_mutex_unlock(&member->lock);
    if (pass) {
        if (member->archive->hold)
            member->archive->hold(member->archive);
        gate_enter(pass);
    }
    return rc;
}

void libzip_free_all(struct zip_member *member)
{
    LOCKED(&member->lock);
    for (int i = 0; i < AWAITED_PIECES_MAX; i++)
        awaited_drop(member, &member->libzip.awaited[i]);
    for (int i = 0; i < LIBZIP_DECODERS_MAX; i++)
        free_slot(member, &member->libzip.decoders[i]);
}
