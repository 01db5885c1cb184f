/*
 * The content of one member of an archive, read at any offset: stored members straight out of the
 * source's blocks, deflated ones decoded piece by piece into the cache, the others through libzip.
 * Length and CRC-32 are checked as soon as every piece has been seen, in whatever order.
 *
 * Any number of threads may read a member.
 */
#ifndef TASKFS_ZIP_MEMBER_H
#define TASKFS_ZIP_MEMBER_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/op.h"
#include "base/source.h"
#include "base/stats.h"
#include "cache/cache.h"
#include "zip/check.h"
#include "zip/directory.h"

#define ZIP_READ_MAX   (1024u * 1024) /* bytes that one read may ask for */
#define ZIP_READ_PARTS 40             /* of 64 KiB, and what does not end on their borders */

struct zip_member;
struct foreign_pass;

/* Lets few passes of libzip over one archive's members run at a time; the others wait without a
 * thread. All zero at first. */
struct foreign_gate {
    pthread_mutex_t lock; /* a leaf but for the executor's */
    unsigned running;
    struct foreign_pass *first, *last; /* those that wait, in order */
};

/* What the members of one archive share; borrowed for their lives. What is not named is zero. */
struct zip_archive {
    const struct zip_directory *dir;
    struct source *source;
    struct cache *cache;
    struct executor *executor; /* reads that wait, of threads that may block */
    struct executor *blocking; /* its threads may block: libzip's decoders run there */
    struct cache_owner *owner; /* of the pieces in the cache */
    int64_t timeout_ms;        /* a reader waits for so long, and libzip for the source; 0: 60 s */
    struct stats *stats;       /* counts damaged members; may be NULL */
    struct foreign_gate gate;
    /* Keep all of this alive beyond the reader that is served; both NULL where it lives anyway. */
    void (*hold)(const struct zip_archive *archive);
    void (*drop)(const struct zip_archive *archive);
};

/* The result of a read: parts of memory, in order, pinned until zip_read_release. Zeroed at first.
 */
struct zip_read {
    struct {
        const uint8_t *data;
        size_t len;
        struct cache_entry *entry; /* of a piece, and how it is let go; or */
        enum cache_use use;
        void *pin; /* of the source */
    } parts[ZIP_READ_PARTS];
    unsigned count;
    size_t len; /* of all parts, bytes */
};

/*
 * Opens entry `index`. Returns 0 and the member with one reference; -EACCES it is encrypted;
 * -EOPNOTSUPP nothing here reads its method; -EIO what the directory says of it can't be (an empty
 * one with a CRC among that: nobody reads it, so nobody would find out); -ENOMEM. Asks nothing of the source.
 */
int zip_member_open(const struct zip_archive *archive, uint32_t index, struct zip_member **member);
/* The same error without opening. */
int zip_member_can_open(const struct zip_archive *archive, uint32_t index);
struct zip_member *zip_member_ref(struct zip_member *member);
void zip_member_unref(struct zip_member *member);

/*
 * What is known of the content's CRCs, from one opening to the next: pages of the first are still in
 * the kernel's cache, and are read there, unseen by us, beside those that are made for the second.
 * take: at the last closing, moves it to `seen` (owned by the caller now) and returns 1; or 0, when
 * there is nothing that a single piece would not show anyhow. give: to a member of the same entry
 * that was just opened.
 */
int zip_member_take_seen(struct zip_member *member, struct zip_check *seen);
void zip_member_give_seen(struct zip_member *member, struct zip_check *seen);

/* A check of it has failed: no more can be read; it can be opened anew. */
int zip_member_is_damaged(struct zip_member *member);
uint32_t zip_member_index(const struct zip_member *member);
uint64_t zip_member_size(const struct zip_member *member);

/*
 * Reads [offset, offset + len), cut at the member's end; len <= ZIP_READ_MAX. Goes on where an
 * earlier call with the same `read` has stopped. `hint`: SOURCE_SEQUENTIAL or SOURCE_RANDOM. Returns 0; OP_PENDING; -EIO when the member is
 * damaged: then no copy of its bytes is kept, and it stays so; or an error of the source.
 * CPU work of some milliseconds is done on the calling thread, never a wait.
 */
int zip_member_read(struct zip_member *member, uint64_t offset, size_t len, enum source_hint hint,
                    struct zip_read *read, struct op *op);

/*
 * Makes a piece of a deflated member before a reader asks for it, and leaves it in the cache.
 * Returns 0; OP_PENDING; -EAGAIN (its bytes are not on their way, and are not fetched for this); or
 * an error as of zip_member_read.
 */
int zip_member_make_ahead(struct zip_member *member, uint64_t piece, struct op *op);
/* The whole content of a deflated member, when it is one piece, decoded already, and right. Returns 1
 * with it in `read`, or 0. */
int zip_member_peek(struct zip_member *member, struct zip_read *read);
void zip_read_release(const struct zip_archive *archive, struct zip_read *read);

#endif
