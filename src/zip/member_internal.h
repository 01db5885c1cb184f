/* What member.c, decoder.c and foreign.c share. */
#ifndef TASKFS_ZIP_MEMBER_INTERNAL_H
#define TASKFS_ZIP_MEMBER_INTERNAL_H

#include <pthread.h>

#include "zip/check.h"
#include "zip/inflate.h"
#include "zip/member.h"

#define DECODERS_MAX         4
#define DECODER_PIECE_ENDS   4
#define FOREIGN_DECODERS_MAX 2
#define FOREIGN_WANTS        4

/* A pass over a deflated member. Owned by the thread that set `busy`; else guarded by the lock. */
struct decoder {
    struct inflater *inflater;
    uint64_t in;     /* compressed bytes taken so far */
    uint64_t out;    /* bytes of whole pieces made so far */
    uint64_t place;  /* `out` when it was last idle; guarded by the lock always */
    uint8_t *piece;  /* being made; its room is charged to the cache */
    uint32_t room;   /* bytes of it */
    uint32_t fill;   /* bytes of it that are there */
    int has_ended;   /* the stream has */
    int busy;        /* guarded by the lock always */
    int is_expected; /* idle, but a reader waits for input to go on with it */
    uint64_t used;   /* the clock of its last use */
    /* `in` when the last pieces ended, by piece number modulo their count. */
    uint64_t piece_ends[DECODER_PIECE_ENDS];
    uint64_t goal;         /* so many compressed bytes are certain to be needed; 0 not known */
    enum source_hint hint; /* of whoever has this turn */
};

struct foreign;

/* A piece that somebody waits for while libzip is at work; once it is made, it is kept for him. */
struct foreign_want {
    int is_used;
    uint64_t piece;
    struct cache_entry *entry; /* pinned; NULL until it is made */
};

/* libzip's side of a member. */
struct foreign_side {
    struct foreign *decoders[FOREIGN_DECODERS_MAX]; /* owned by the pass under way, if any */
    /* Guarded by the member's lock: */
    int is_running; /* a pass is under way, or waits to be let in */
    int64_t asked;  /* clock_ms() when somebody last asked for a piece */
    struct foreign_want wants[FOREIGN_WANTS];
    unsigned oldest; /* the want to be replaced next */
};

struct zip_member {
    const struct zip_archive *archive;
    const struct zip_entry *entry;
    uint32_t index;
    /*
     * Absolute; 0 not known. Written once, with the lock held (locate, member.c). Who reads it
     * without has come through locate, or was started by one who has.
     */
    uint64_t data_offset;
    pthread_mutex_t lock; /* guards what follows; taken before the source's and the cache's */
    unsigned refs;
    int header_checked; /* data_offset is what the local header says */
    int is_damaged;     /* a check has failed: every further read says -EIO */
    int has_reader;     /* somebody has read it: what is wrong with it is said */
    const char *untold; /* what is wrong, until it was said */
    struct zip_check check;
    struct decoder *decoders[DECODERS_MAX];
    uint64_t clock;
    struct wait_queue turn; /* for a decoder */
    struct foreign_side foreign;
};

/* The piece's number in the cache. */
static inline uint64_t piece_key(const struct zip_member *member, uint64_t piece)
{
    return (uint64_t)member->index << 32 | piece;
}

/*
 * Puts a piece (from malloc, whole) into the cache, its CRC noted. Returns 0 and the entry, pinned;
 * or -ENOMEM or -EIO (it is damaged, or was found so before), and the piece is freed. Takes the
 * lock.
 */
int member_put_piece(struct zip_member *member, uint64_t piece, uint8_t *bytes,
                     struct cache_entry **entry);
/* The member was found damaged: forgets all that was made of it. Takes the lock. Returns -EIO. */
int member_spoiled(struct zip_member *member, const char *why);

/*
 * Makes piece `piece` of a deflated member, whose data_offset is known. Returns 0 and its entry,
 * pinned; OP_PENDING; or an error. For `hint` and the errors see source_type.view.
 */
int decoder_make_piece(struct zip_member *member, uint64_t piece, enum source_hint hint,
                       struct op *op, struct cache_entry **entry);
void decoder_free_all(struct zip_member *member);

/* The same for a member that libzip decodes. */
int foreign_make_piece(struct zip_member *member, uint64_t piece, struct op *op,
                       struct cache_entry **entry);
/* A reader has found the piece in the cache: it need not be kept for him. */
void foreign_found_piece(struct zip_member *member, uint64_t piece);
void foreign_free_all(struct zip_member *member);
/* Whether libzip was built with this method. */
int foreign_has_method(uint16_t method);

#endif
