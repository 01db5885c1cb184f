/* What member.c, decoder.c and foreign.c share. */
#ifndef TASKFS_ZIP_MEMBER_INTERNAL_H
#define TASKFS_ZIP_MEMBER_INTERNAL_H

#include <pthread.h>

#include "zip/check.h"
#include "zip/inflate.h"
#include "zip/member.h"

#define DECODERS_MAX       4
#define DECODER_PIECE_ENDS 8

/* A pass over a deflated member. Owned by the thread that set `busy`; else guarded by the lock. */
struct decoder {
    struct inflater *inflater;
    uint64_t in;    /* compressed bytes taken so far */
    uint64_t out;   /* bytes of whole pieces made so far */
    uint64_t place; /* `out` when it was last idle; guarded by the lock always */
    uint8_t *piece; /* being made */
    uint32_t fill;  /* bytes of it that are there */
    int has_ended;  /* the stream has */
    int busy;
    uint64_t used; /* the clock of its last use */
    /* `in` when the last pieces ended, by piece number modulo their count. */
    uint64_t piece_ends[DECODER_PIECE_ENDS];
    uint64_t goal; /* so many compressed bytes are certain to be needed; 0 not known */
};

struct foreign;

struct zip_member {
    const struct zip_archive *archive;
    const struct zip_entry *entry;
    uint32_t index;
    pthread_mutex_t lock; /* guards what follows; taken before the source's and the cache's */
    unsigned refs;
    uint64_t data_offset; /* absolute; 0 not known */
    int header_checked;   /* data_offset comes from the local header */
    int is_damaged;       /* a check has failed: every further read says -EIO */
    struct zip_check check;
    struct decoder *decoders[DECODERS_MAX];
    uint64_t clock;
    struct wait_queue turn;  /* for a decoder */
    struct foreign *foreign; /* libzip's side of it; owned by the pass under way, if any */
    int foreign_running;     /* a pass of libzip is under way */
};

/* The piece's number in the cache. */
static inline uint64_t piece_key(const struct zip_member *member, uint64_t piece)
{
    return (uint64_t)member->index << 32 | piece;
}

/*
 * Puts a piece (from malloc, whole) into the cache, its CRC noted. Returns 0 and the entry, pinned;
 * or -ENOMEM or -EIO, and the piece is freed. Takes the lock.
 */
int member_put_piece(struct zip_member *member, uint64_t piece, uint8_t *bytes,
                     struct cache_entry **entry);
/* The member was found damaged: forgets all that was made of it. Takes the lock. Returns -EIO. */
int member_spoiled(struct zip_member *member, const char *why);

/*
 * Makes piece `piece` of a deflated member, whose data_offset is known. Returns 0 and its entry,
 * pinned; OP_PENDING; or an error.
 */
int decoder_make_piece(struct zip_member *member, uint64_t piece, struct op *op,
                       struct cache_entry **entry);
void decoder_free_all(struct zip_member *member);

/* The same for a member that libzip decodes. */
int foreign_make_piece(struct zip_member *member, uint64_t piece, struct op *op,
                       struct cache_entry **entry);
void foreign_free(struct foreign *foreign);
/* Whether libzip was built with this method. */
int foreign_has_method(uint16_t method);

#endif
