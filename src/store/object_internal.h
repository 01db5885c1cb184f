/* What object.c (readers) and fetch.c (the net thread) share. */
#ifndef TASKFS_STORE_OBJECT_INTERNAL_H
#define TASKFS_STORE_OBJECT_INTERNAL_H

#include <pthread.h>

#include "net/range.h"
#include "store/object.h"
#include "store/readahead.h"

enum object_state { OBJECT_NEW, OBJECT_OPENING, OBJECT_READY };

struct object {
    struct source source; /* size: set once, before the state is READY */
    struct object_context context;
    struct range_target target; /* net thread */
    char *path;
    char *region;
    struct cache_owner owner; /* of its blocks in the cache */
    size_t tail_wanted;       /* bytes */
    uint64_t size_guess;      /* bytes; 0 none. Guarded by the lock */

    pthread_mutex_t lock; /* guards what follows */
    unsigned refs;
    enum object_state state;
    int is_stale;
    uint64_t limit;
    struct wait_queue opening; /* ops that wait for READY */
    struct list fetches;       /* of blocks, that are not over */
    struct readahead readahead;
    uint8_t *tail;
    size_t tail_len;

    /* Net thread only: */
    char *url;
    unsigned url_generation;
    int url_pending;
    struct list url_waiters; /* struct fetch.net_link */
    struct list queued;      /* struct fetch.net_link, prefetch that waits for its turn */
    unsigned active;
};

enum fetch_kind {
    FETCH_TAIL,   /* by suffix */
    FETCH_PROBE,  /* the first byte, for the size, where suffixes aren't known */
    FETCH_DEMAND, /* somebody waits */
    FETCH_AHEAD,
    FETCH_GUESS, /* at an offset that follows from a size not yet seen: it may fail */
};

struct fetch {
    struct range range;
    struct net_job job;
    struct object *object; /* holds a reference */
    enum fetch_kind kind;
    struct list link;          /* object->fetches */
    struct wait_queue waiters; /* keys are blocks; object->lock */
    uint64_t done;             /* first block not yet in the cache; object->lock */
    uint64_t end;              /* one past the last block; fixed */
    int is_void;               /* what it brings shall not be kept; object->lock */
    /* Net thread only: */
    struct list net_link;
    uint8_t *block; /* being filled */
    size_t fill;
};

/* Sets up the target that the object's ranges are fetched of. */
void fetch_init_target(struct object *object);
/*
 * With object->lock held. Begins to fetch the blocks [first, end), end > first; the fetch is in
 * object->fetches. Returns 0, -ENOMEM or -ECANCELED.
 */
int fetch_blocks(struct object *object, uint64_t first, uint64_t end, enum fetch_kind kind);
/* With object->lock held. Begins to open the object; wakes object->opening when that is done. */
int fetch_tail(struct object *object);

#endif
