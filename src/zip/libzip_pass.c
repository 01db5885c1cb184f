/*
 * Members that libzip decodes. Its reads block; they happen in passes on the executor whose threads
 * may. A pass takes one of the member's decoders from where it is, or from the start, to the piece
 * that somebody waits for; what others wait for on the way is kept for them. A member has one pass
 * at a time and an archive few: the rest wait at the archive's gate, without a thread.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/lock.h"
#include "zip/libzip_decoder.h"

#define PASSES_MAX 2     /* of one archive at a time */
#define TIMEOUT_MS 60000 /* where the archive says none */

struct libzip_pass {
    struct op op;
    struct zip_member *member; /* holds a reference */
    uint64_t piece;
    struct libzip_pass *next; /* at the gate */
};

/* ---- the gate ---- */

/* It is the one part of an archive that changes. */
static struct libzip_gate *gate_of(const struct zip_member *member)
{
    return (struct libzip_gate *)&member->archive->gate;
}

static void start(struct libzip_pass *pass)
{
    op_start_later(pass->member->archive->blocking, &pass->op);
}

static void enter(struct libzip_pass *pass)
{
    struct libzip_gate *gate = gate_of(pass->member);

    LOCKED(&gate->lock);
    if (gate->running < PASSES_MAX) {
        gate->running++;
        start(pass);
        return;
    }
    if (gate->last)
        gate->last->next = pass;
    else
        gate->first = pass;
    gate->last = pass;
}

/* Lets the next one in. */
static void leave(const struct libzip_pass *pass)
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
    start(next);
}

/* ---- what is wanted; the member's lock is held, where not said otherwise ---- */

static struct awaited_piece *find_want(struct zip_member *member, uint64_t piece)
{
    for (int i = 0; i < AWAITED_PIECES_MAX; i++) {
        struct awaited_piece *want = &member->libzip.wants[i];

        if (want->is_used && want->piece == piece)
            return want;
    }
    return NULL;
}

static void drop_want(struct zip_member *member, struct awaited_piece *want)
{
    if (want->entry)
        cache_unpin(member->archive->cache, want->entry, CACHE_KEEP);
    *want = (struct awaited_piece){.is_used = 0};
}

/* When there are too many, the oldest of what nobody came for makes room: he may have given up. If
 * nothing does, this one has to be lucky. */
static void add_want(struct zip_member *member, uint64_t piece)
{
    struct libzip_side *side = &member->libzip;

    if (find_want(member, piece))
        return;
    for (unsigned i = 0; i < AWAITED_PIECES_MAX; i++) {
        struct awaited_piece *want = &side->wants[(side->oldest + i) % AWAITED_PIECES_MAX];

        if (want->is_used && !want->entry)
            continue;
        drop_want(member, want);
        *want = (struct awaited_piece){.is_used = 1, .piece = piece};
        side->oldest = (side->oldest + i + 1) % AWAITED_PIECES_MAX;
        return;
    }
}

/* Takes the lock. The piece, pinned by the caller, is made: it is kept for who waits for it. */
static void hand_over(struct zip_member *member, uint64_t piece, struct cache_entry *entry,
                      enum cache_use use)
{
    struct awaited_piece *want;

    pthread_mutex_lock(&member->lock);
    want = find_want(member, piece);
    if (want && !want->entry) {
        want->entry = entry;
        entry = NULL;
        wait_queue_wake(&member->turn, 0);
    }
    pthread_mutex_unlock(&member->lock);
    if (entry)
        cache_unpin(member->archive->cache, entry, use);
}

void libzip_found_piece(struct zip_member *member, uint64_t piece)
{
    struct awaited_piece *want;

    LOCKED(&member->lock);
    want = find_want(member, piece);
    if (want && want->entry)
        drop_want(member, want);
}

/* Whether anybody can still wait for a piece: the member is open (a link's is opened anew for each
 * try), and it is not so long ago that the last one asked. */
static int is_awaited(const struct zip_member *member)
{
    int64_t timeout = member->archive->timeout_ms;

    return (member->refs > 1 || member->entry->flags & ZIP_ENTRY_SYMLINK) &&
           clock_ms() - member->libzip.asked <= (timeout ? timeout : TIMEOUT_MS);
}

/* Takes the lock. */
static int is_wanted(struct zip_member *member)
{
    LOCKED(&member->lock);
    return is_awaited(member);
}

/* ---- a pass: a thread that may block, the owner of the member's decoders ---- */

static void free_decoder(struct libzip_decoder **slot)
{
    libzip_decoder_free(*slot);
    *slot = NULL;
}

/* The decoder that has the least way to go to `piece`; one at the start, if none is before it. The
 * last used is in the first slot. */
static struct libzip_decoder **choose(struct libzip_side *side, uint64_t piece)
{
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
        free_decoder(found);
    }
    first = *found;
    while (found > side->decoders) {
        *found = found[-1];
        found--;
    }
    *found = first;
    return found;
}

static int is_short(struct cache *cache)
{
    return cache_charged(cache) > cache_budget(cache) / 2;
}

static int run_pass(struct zip_member *member, uint64_t wanted)
{
    struct cache *cache = member->archive->cache;
    struct libzip_decoder **slot = choose(&member->libzip, wanted);
    enum cache_use use = CACHE_KEEP;
    int rc = 0;

    if (!*slot)
        *slot = libzip_decoder_open(member, is_wanted);
    if (!*slot)
        return -ENOMEM;
    /* To come back is dear, so what is passed is kept, unless it would drive out much else. */
    if (wanted * ZIP_PIECE - libzip_decoder_place(*slot) > cache_budget(cache) / 4)
        use = CACHE_DONE;
    while (!rc && libzip_decoder_place(*slot) <= wanted * ZIP_PIECE) {
        uint64_t piece = libzip_decoder_place(*slot) / ZIP_PIECE;
        struct cache_entry *entry;

        rc = libzip_decoder_next_piece(*slot, &entry);
        if (!rc)
            hand_over(member, piece, entry, use);
        if (!rc && piece != wanted && !is_wanted(member))
            return 0;
    }
    if (rc || libzip_decoder_place(*slot) >= member->entry->size)
        free_decoder(slot);
    for (int i = 1; i < LIBZIP_DECODERS_MAX && is_short(cache); i++)
        if (member->libzip.decoders[i])
            free_decoder(&member->libzip.decoders[i]);
    return rc;
}

/* Nothing waits in the queue from here on: what is not made yet will be asked for anew. */
static void pass_over(struct libzip_pass *pass, int error)
{
    struct zip_member *member = pass->member;

    pthread_mutex_lock(&member->lock);
    if (error == -ECANCELED) /* it was not wanted any more; is it again? */
        error = is_awaited(member) ? 0 : -ETIMEDOUT;
    member->libzip.is_running = 0;
    for (int i = 0; i < AWAITED_PIECES_MAX; i++)
        if (!member->libzip.wants[i].entry)
            drop_want(member, &member->libzip.wants[i]);
    wait_queue_wake(&member->turn, error);
    pthread_mutex_unlock(&member->lock);
    leave(pass);
}

static int pass_step(struct op *op)
{
    struct libzip_pass *pass = container_of(op, struct libzip_pass, op);
    int rc = is_wanted(pass->member) ? run_pass(pass->member, pass->piece) : -ECANCELED;

    pass_over(pass, rc);
    return 0;
}

static void pass_fail(struct op *op, int error)
{
    pass_over(container_of(op, struct libzip_pass, op), error);
}

static void pass_release(struct op *op)
{
    struct libzip_pass *pass = container_of(op, struct libzip_pass, op);
    const struct zip_archive *archive = pass->member->archive;

    zip_member_unref(pass->member);
    if (archive->drop)
        archive->drop(archive);
    free(pass);
}

static const struct op_type pass_type = {
    .step = pass_step, .fail = pass_fail, .release = pass_release};

/* With the lock held. NULL without memory. */
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

/* With the lock held: the piece, pinned, if it was kept for one who waits. */
static struct cache_entry *take(struct zip_member *member, uint64_t piece)
{
    struct awaited_piece *want = find_want(member, piece);
    struct cache_entry *entry = want ? want->entry : NULL;

    if (entry)
        *want = (struct awaited_piece){.is_used = 0};
    return entry;
}

int libzip_make_piece(struct zip_member *member, uint64_t piece, struct op *op,
                      struct cache_entry **entry)
{
    struct libzip_pass *pass = NULL;
    int rc;

    *entry = NULL;
    pthread_mutex_lock(&member->lock);
    if (member->is_damaged)
        rc = -EIO;
    else if ((*entry = take(member, piece)))
        rc = 0;
    else
        rc = op_wait(op, &member->turn, 0);
    if (rc == OP_PENDING) {
        member->libzip.asked = clock_ms();
        add_want(member, piece);
        if (!member->libzip.is_running && !(pass = pass_new(member, piece)))
            wait_queue_wake(&member->turn, -ENOMEM);
    }
    pthread_mutex_unlock(&member->lock);
    if (pass) {
        if (member->archive->hold)
            member->archive->hold(member->archive);
        enter(pass);
    }
    return rc;
}

void libzip_free_all(struct zip_member *member)
{
    for (int i = 0; i < AWAITED_PIECES_MAX; i++)
        drop_want(member, &member->libzip.wants[i]);
    for (int i = 0; i < LIBZIP_DECODERS_MAX; i++)
        if (member->libzip.decoders[i])
            free_decoder(&member->libzip.decoders[i]);
}
