/*
 * A member, for the files that implement it. They call each other in one direction:
 *
 *      read.c, whole.c, member.c    for the callers of member.h
 *      decoder.c, libzip_pass.c     make pieces, for read.c
 *      checkpoint.c, kept_states.c  for decoder.c
 *      libzip_decoder.c             for libzip_pass.c
 *      data_offset.c                for read.c
 *      pieces.c              the CRCs and the damage of a member, for all of these
 */
#ifndef TASKFS_MEMBER_INTERNAL_H
#define TASKFS_MEMBER_INTERNAL_H

#include <pthread.h>

#include "member/member.h"

#define DECODERS_MAX        4
#define LIBZIP_DECODERS_MAX 2
#define AWAITED_PIECES_MAX  4

struct decoder;
struct libzip_decoder;

/* A piece that a reader waits for while libzip is at work; once it is made, it is kept for the
 * reader. */
struct awaited_piece {
    int is_used;
    uint64_t piece;
    struct cache_entry *entry; /* pinned; NULL until it is made */
};

/* The part of a member that libzip_pass.c uses. */
struct libzip_side {
    /* Owned by the pass that is running or queued; guarded by the member's lock if there is
     * none. */
    struct libzip_decoder *decoders[LIBZIP_DECODERS_MAX];
    /* Guarded by the member's lock: */
    int is_running; /* a pass is running or queued */
    int64_t asked;  /* clock_ms() of the last request for a piece */
    struct awaited_piece awaited[AWAITED_PIECES_MAX];
    unsigned oldest; /* the slot of `awaited` to be replaced next */
};

struct zip_member {
    const struct zip_archive *archive;
    const struct zip_entry *entry;
    uint32_t index;
    /* Frees the member, after its last reference is dropped; without the lock. */
    void (*destroy)(struct zip_member *member);
    /*
     * Absolute; 0 unknown. Written once, with the lock held. May be read without it after
     * member_find_data has returned 0, which is before any piece is made.
     */
    uint64_t data_offset;
    pthread_mutex_t lock; /* guards what follows; taken before the locks of source and cache */
    unsigned refs;
    int header_checked;     /* the local header was read, and confirms data_offset */
    int is_damaged;         /* a check has failed: every further read returns -EIO */
    int has_reader;         /* it has been read, not just decoded ahead: damage is reported */
    const char *unreported; /* the damage that was not reported yet; NULL none */
    struct piece_crcs crcs;
    struct checkpoint_marks checkpoints;
    struct decoder *decoders[DECODERS_MAX];
    uint64_t clock;         /* counts turns of the decoders */
    struct wait_queue turn; /* ops that wait for a decoder's turn, or for a pass of libzip */
    struct libzip_side libzip;
};

/* Drops a reference. */
static inline void member_put(struct zip_member *member)
{
    unsigned left;

    pthread_mutex_lock(&member->lock);
    left = --member->refs;
    pthread_mutex_unlock(&member->lock);
    if (!left)
        member->destroy(member);
}

/* The index of a piece of entry `index` in the cache. */
static inline uint64_t entry_piece_key(uint32_t index, uint64_t piece)
{
    return (uint64_t)index << 32 | piece;
}

static inline uint64_t piece_key(const struct zip_member *member, uint64_t piece)
{
    return entry_piece_key(member->index, piece);
}

/* The index of a checkpoint of entry `index` in the cache. */
static inline uint64_t entry_checkpoint_key(uint32_t index, uint64_t number)
{
    return entry_piece_key(index, 0x80000000u | number);
}

static inline uint64_t checkpoint_key(const struct zip_member *member, uint64_t number)
{
    return entry_checkpoint_key(member->index, number);
}

#endif
