/*
 * The content of one member of an archive, readable at any offset. Stored members are read from the
 * source's blocks, deflated members are decoded piece by piece into the cache, and members of other
 * methods are decoded by libzip. Length and CRC-32 are checked as soon as all pieces have been
 * seen, in whatever order.
 *
 * Any number of threads may read a member.
 */
#ifndef TASKFS_MEMBER_MEMBER_H
#define TASKFS_MEMBER_MEMBER_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/source.h"
#include "base/stats.h"
#include "cache/cache.h"
#include "member/checkpoint_marks.h"
#include "member/decoder_pool.h"
#include "member/piece.h"
#include "member/piece_crcs.h"
#include "op/op.h"
#include "zip/directory.h"

#define ZIP_READ_MAX      (1024u * 1024)      /* bytes that one read may ask for */
#define ZIP_STATE_SPACING (64u * 1024 * 1024) /* bytes, see zip_member_save_state */
#define ZIP_READ_PARTS    40 /* parts of 64 KiB, some of them cut at the ends of pieces */

struct zip_member;
struct libzip_pass;

/* Bounds how many passes of libzip over one archive's members run at a time; the others queue
 * without a thread. All zero at first. */
struct libzip_gate {
    pthread_mutex_t lock; /* only the executor's lock is taken while it is held */
    unsigned running;
    struct libzip_pass *first, *last; /* the queue */
};

/*
 * Keeps states of decoders for longer than the program runs: checkpoint `number` of entry `entry`,
 * with number > 0. Any thread may call its functions, with the locks of members held; none blocks.
 */
struct state_keeper {
    /* Takes over the `len` bytes, of malloc. */
    void (*save)(struct state_keeper *keeper, uint32_t entry, uint64_t number, uint8_t *bytes,
                 size_t len);
    /* Returns the last number at or before this one that is kept; 0 none. */
    uint64_t (*before)(struct state_keeper *keeper, uint32_t entry, uint64_t number);
    /* From within a step of `op`: has what is kept given to zip_archive_put_state. Returns
     * OP_PENDING until that was tried, or -ENOMEM. When it could not be read, it is not kept any
     * more. */
    int (*load)(struct state_keeper *keeper, uint32_t entry, uint64_t number, struct op *op);
    /* All that is kept of the entry is wrong, and the directory's record of it may be. */
    void (*discard)(struct state_keeper *keeper, uint32_t entry);
};

/* What the members of one archive share; borrowed for their lives. Fields not named are zero. */
struct zip_archive {
    const struct zip_directory *dir;
    struct source *source;
    struct cache *cache;
    struct decoder_pool *decoders;
    struct executor *executor;   /* runs ops that wait for the source */
    struct executor *blocking;   /* its threads may block: libzip's decoders run there */
    struct cache_owner *owner;   /* of the pieces in the cache */
    int64_t timeout_ms;          /* of a read, and of libzip's waiting for the source; 0: 60 s */
    struct stats *stats;         /* counts damaged members; may be NULL */
    struct state_keeper *keeper; /* NULL none */
    int is_read_once;            /* no member is read a second time: few checkpoints are saved */
    struct libzip_gate gate;
    /* Take and drop a reference that keeps all of this alive while a pass of libzip runs; both NULL
     * where it lives long enough anyway. */
    void (*hold)(const struct zip_archive *archive);
    void (*drop)(const struct zip_archive *archive);
};

/* The result of a read: parts of memory, in order, pinned until zip_read_release. Zeroed at first.
 */
struct zip_read {
    struct {
        const uint8_t *data;
        size_t len;
        struct cache_entry *entry; /* of a piece, unpinned with `use`; or NULL */
        enum cache_use use;
        void *pin;   /* of the source, where there is no entry */
        int is_done; /* as of struct source_view */
    } parts[ZIP_READ_PARTS];
    unsigned count;
    size_t len; /* of all parts, bytes */
};

/*
 * Opens entry `index`. Returns 0 and the member with one reference; -EACCES when it is encrypted;
 * -EOPNOTSUPP when its method is not supported; -EIO when its record in the directory is impossible
 * (a CRC of an empty member among that, since no read would detect it); -ENOMEM. Does not access
 * the source.
 */
int zip_member_open(const struct zip_archive *archive, uint32_t index, struct zip_member **member);
/* The error that zip_member_open would return, but for -ENOMEM. */
int zip_member_can_open(const struct zip_archive *archive, uint32_t index);
struct zip_member *zip_member_ref(struct zip_member *member);
void zip_member_unref(struct zip_member *member);

/* Takes the bytes of a state that a keeper has read; they are copied. Returns 0, -EINVAL for a
 * length that no state has, or -ENOMEM. */
int zip_archive_put_state(const struct zip_archive *archive, uint32_t entry, uint64_t number,
                          const uint8_t *bytes, size_t len);

/*
 * What is remembered of a member while nobody has it open. The kernel may still have pages of an
 * earlier opening and show them, without asking, beside pages of a later one: the CRCs of both are
 * checked as one content.
 */
struct zip_member_record {
    struct piece_crcs crcs;
    struct checkpoint_marks checkpoints; /* of those that are still in the cache */
    uint64_t data_offset;
};

/* At the last closing: moves what is to be remembered to `record`, which the caller owns from then
 * on, and returns 1; or returns 0 when there is nothing, because a single piece is checked as a
 * whole each time that it is made. */
int zip_member_take_record(struct zip_member *member, struct zip_member_record *record);
/* Gives the record, which is empty afterwards, to a member of the same entry that was just
 * opened. */
void zip_member_give_record(struct zip_member *member, struct zip_member_record *record);
/* Whether there is something in the record; one that is all zero is empty. */
int zip_member_record_is_empty(const struct zip_member_record *record);
/* Bytes of memory that the record holds beyond its own size. */
size_t zip_member_record_memory(const struct zip_member_record *record);
void zip_member_record_free(struct zip_member_record *record);

/* Whether a check has failed: this member can't be read any more, but it can be opened again. */
int zip_member_is_damaged(struct zip_member *member);
/* Of a member that is damaged: discards every copy of its bytes once more. A read that was under
 * way when the damage was found may have fetched some of them since. */
void zip_member_discard(struct zip_member *member);
uint32_t zip_member_index(const struct zip_member *member);
uint64_t zip_member_size(const struct zip_member *member);

/*
 * Reads [offset, offset + len), cut at the member's end; len <= ZIP_READ_MAX. Continues where an
 * earlier call with the same `read` has stopped. `hint`: SOURCE_SEQUENTIAL or SOURCE_RANDOM.
 * Returns 0; OP_PENDING; -EIO when the member is damaged, after which no copy of its bytes is kept;
 * or an error of the source. Uses the processor for some milliseconds, and never blocks.
 */
int zip_member_read(struct zip_member *member, uint64_t offset, size_t len, enum source_hint hint,
                    struct zip_read *read, struct op *op);

/*
 * Reads all of entry `index`, of at most ZIP_PIECE bytes, into `out`, which has room for them,
 * without opening it and without keeping anything of it: for a reader that reads many small members
 * once. Returns 1 when `out` has the content, and it is right; or 0 for any reason: it is larger
 * than a piece, not all of it is here, it is damaged. Then zip_member_open and zip_member_read tell
 * which, or read it. Never blocks.
 */
int zip_member_read_whole(const struct zip_archive *archive, uint32_t index, uint8_t *out);

/* How many bytes of a deflated member's input have been consumed by the decoder that has come
 * furthest, as of a moment ago; 0 before anything was read. */
uint64_t zip_member_consumed(struct zip_member *member);

/* Tells the CRC-32 of a piece whose bytes the reader has from elsewhere, and does not read here. It
 * is checked like those of pieces that are read. Returns 0; -EIO when the member is damaged; or
 * -ENOMEM. */
int zip_member_note_piece(struct zip_member *member, uint64_t piece, uint32_t crc);

/*
 * The state of the decoder of a deflated member at `offset`, a multiple of ZIP_STATE_SPACING that
 * was passed a moment ago; and giving it to another opening of the same member, perhaps in another
 * process, which then decodes from there. The bytes are private to the same build of the program,
 * and are trusted: the caller has them checked for damage. The caller frees *bytes. Both return 0,
 * or -ENOMEM; zip_member_save_state -ENOENT when there is no state of this place, as for a member
 * that is not deflated; zip_member_load_state -EINVAL when it is none.
 */
int zip_member_save_state(struct zip_member *member, uint64_t offset, uint8_t **bytes, size_t *len);
int zip_member_load_state(struct zip_member *member, uint64_t offset, const uint8_t *bytes,
                          size_t len);

/*
 * Makes a piece of a deflated member before a reader asks for it, and leaves it in the cache.
 * Returns 0; OP_PENDING; -EAGAIN when its input is neither here nor in flight, since nothing is
 * fetched for this; or an error as of zip_member_read.
 */
int zip_member_make_ahead(struct zip_member *member, uint64_t piece, struct op *op);
/* The whole content of a member that is a single piece, if it is here, was decoded already where
 * that is needed, and is right. Returns 1 with it in `read`, or 0. */
int zip_member_peek(struct zip_member *member, struct zip_read *read);
/* Whether zip_member_peek may find the content of entry `index`. */
int zip_member_may_be_here(const struct zip_archive *archive, uint32_t index);
void zip_read_release(const struct zip_archive *archive, struct zip_read *read);

#endif
