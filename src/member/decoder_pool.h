/*
 * The decoders of all members of all archives. A decoder that is idle keeps its state, so that a
 * reader which comes back goes on where it was. The pool bounds what all of them take: when it is
 * too much, the idle ones that were used least recently are evicted, whichever member has them. A
 * checkpoint, or the start of the member, replaces them.
 *
 * Decoders are charged to the cache. Those of one kind may take a quarter of what the other charges
 * leave of its budget; a few of each kind stay in any case.
 *
 * Locks: the pool's own is taken after a member's. To evict, the pool tries the locks of members
 * while it holds its own, and never waits for one.
 */
#ifndef TASKFS_MEMBER_DECODER_POOL_H
#define TASKFS_MEMBER_DECODER_POOL_H

#include <pthread.h>
#include <stddef.h>

#include "base/list.h"
#include "cache/cache.h"

struct decoder_pool;
struct inflater;

enum decoder_kind { DECODER_OF_DEFLATE, DECODER_OF_LIBZIP, DECODER_KINDS };

struct pooled_decoder;

struct pooled_decoder_type {
    enum decoder_kind kind;
    /* Takes the decoder from its member if it is idle: returns whether it was. The member's lock is
     * held. */
    int (*take_idle)(struct pooled_decoder *decoder);
    /* Frees a decoder that was taken. No lock is held. */
    void (*free)(struct pooled_decoder *decoder);
};

/* Embedded in a decoder, which fills in the first part. */
struct pooled_decoder {
    const struct pooled_decoder_type *type;
    pthread_mutex_t *lock; /* of its member */
    size_t cost;           /* bytes */
    /* Private. */
    struct list link; /* guarded by the pool's lock */
};

/* Returns NULL without memory. The cache is borrowed. */
struct decoder_pool *decoder_pool_create(struct cache *cache);
/* No decoder may be in it any more. */
void decoder_pool_destroy(struct decoder_pool *pool);

/* The three are called by whoever may change the member's decoders: with its lock held, or while
 * take_idle would refuse. */

/* Adds a decoder, as the one used last, and charges it. */
void decoder_pool_add(struct decoder_pool *pool, struct pooled_decoder *decoder);
/* Makes it the one used last. */
void decoder_pool_touch(struct decoder_pool *pool, struct pooled_decoder *decoder);
/* Removes it. */
void decoder_pool_remove(struct decoder_pool *pool, struct pooled_decoder *decoder);

/* Evicts idle decoders while there are too many. No member's lock may be held. */
void decoder_pool_shrink(struct decoder_pool *pool);

/* An inflater at the beginning of a stream, and its return: the pool keeps a few for reuse. NULL
 * without memory. Any lock may be held. */
struct inflater *decoder_pool_new_inflater(struct decoder_pool *pool);
void decoder_pool_free_inflater(struct decoder_pool *pool, struct inflater *inflater);

#endif
