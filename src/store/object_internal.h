/* What the files of an object share: object.c (readers), open.c, fetch.c and signed_url.c (the net
 * thread). */
#ifndef TASKFS_STORE_OBJECT_INTERNAL_H
#define TASKFS_STORE_OBJECT_INTERNAL_H

#include <pthread.h>

#include "base/refcount.h"
#include "disk/object.h"
#include "net/range.h"
#include "op/single_flight.h"
#include "store/object.h"
#include "store/readahead.h"

struct object {
    struct source source; /* its size is set once, before is_open */
    struct object_context context;
    struct refcount refs;
    /* Fixed: */
    char *path;
    char *region;
    size_t tail_wanted;      /* bytes */
    uint64_t size_guess;     /* bytes; 0 none */
    struct object_keep keep; /* `task` is owned; NULL: nothing is kept on disk */

    pthread_mutex_t lock;     /* guards what follows */
    struct cache_owner owner; /* of its blocks; guarded by the cache's lock */
    struct single_flight opening;
    int is_open;
    int is_stale;
    int was_tried;        /* to open it, at least once */
    uint64_t head_blocks; /* that are or were fetched with the opening */
    uint64_t limit;       /* see object_set_limit */
    struct list fetches;  /* of blocks, from fetch_start until they are over */
    struct readahead readahead;
    uint8_t *tail;
    size_t tail_len;
    /* What is kept on disk: */
    int was_looked_for; /* before it was asked for in the store */
    struct disk_object
        *earlier;             /* what was found then, of a version that may be another; or NULL */
    struct disk_object *kept; /* of this version; set once, before is_open; NULL nothing is */
    int is_distrusted;        /* what is kept was removed, and nothing more is written */
    int was_lied_to;          /* some of it was wrong: no more blocks are written */
    struct list writes;       /* struct disk_write, see disk_write.c */
    unsigned discards;        /* of them, that say what is wrong, until they are done */
    struct disk_write *discarding;   /* the one that is being done */
    _Atomic unsigned states_waiting; /* to be written */
    struct disk_write *version;      /* that could not be written yet; the writer's */
    int is_writing;                  /* `writer` was started */
    int is_doubted;                  /* see object_doubt */
    struct op writer;

    /* Net thread only, once the object is open or is being opened from the store: */
    uint64_t head_wanted; /* bytes, see object_expect_reading */
    struct range_target target;
    char *url; /* signed; NULL none */
    unsigned url_generation;
    struct single_flight url_request;
    struct list url_waiters; /* struct fetch.net_link */
    struct list queued;      /* struct fetch.net_link: prefetch that may not start yet */
    struct list held;        /* see store_disk; holds a reference while it is in the list */
    unsigned active;         /* prefetching ranges in flight */
};

enum fetch_kind {
    FETCH_TAIL,   /* opens the object */
    FETCH_DEMAND, /* of blocks that a reader waits for */
    FETCH_AHEAD,  /* of blocks that a reader is likely to ask for */
    FETCH_GUESS,  /* of blocks whose place follows from a size not seen yet; it may fail */
};

/* How the tail is asked for, see open.c. */
enum tail_way { TAIL_BY_SUFFIX, TAIL_BY_GUESS, TAIL_PROBE, TAIL_BY_OFFSET };

struct tail_search {
    enum tail_way way;
    uint64_t wanted;         /* bytes: all of the tail, or its second half */
    unsigned guesses;        /* of the object's size, so far */
    uint64_t refused_suffix; /* bytes; 0: no suffix was refused */
    unsigned url_generation; /* of the URL that it was refused for */
};
#define OBJECT_ARRIVAL_MS 250

struct fetch {
    struct range range;
    struct net_job job;
    struct object *object; /* holds a reference */
    enum fetch_kind kind;
    /* Of blocks; guarded by object->lock: */
    struct list link;          /* object->fetches */
    struct wait_queue waiters; /* their keys are blocks */
    uint64_t done;             /* the first block that is not in the cache yet */
    uint64_t end;              /* one past the last block; fixed */
    int is_discarded;          /* its bytes must not be kept */
    int is_from_disk;          /* fixed */
    struct op op;              /* of a fetch from disk */
    /* Net thread only, or one thread of the disk's executor: */
    struct list net_link;
    void (*on_url)(struct fetch *fetch, int error); /* see object_wait_for_url */
    uint8_t *bytes;                                 /* being filled: one block, or the tail */
    size_t fill;
    struct tail_search tail; /* of FETCH_TAIL */
    int64_t noted_at; /* when the ops that wait last were told that bytes arrive; clock_ms() */
};

/* How many blocks there are before offset `end`, with the one that it cuts. */
static inline uint64_t blocks_up_to(uint64_t end)
{
    return (end + OBJECT_BLOCK - 1) / OBJECT_BLOCK;
}

/* ---- fetch.c ---- */

/* On the net thread: bytes have arrived. Returns 1 when the ops that wait for the fetch are to be
 * told so, at most once in OBJECT_ARRIVAL_MS. */
int fetch_note_arrival(struct fetch *fetch);

/* Returns a fetch, or NULL without memory. The caller sets the range's callbacks and job.run, which
 * fetch_post has called. Any thread. */
struct fetch *fetch_new(struct object *object, enum fetch_kind kind);
/* Any thread, any lock. Has the net thread run the job. Returns 0, or -ECANCELED. */
int fetch_post(struct fetch *fetch);
/* The fetch is over, or fetch_post failed. Gives up its reference to the object, which may be the
 * last one; without the object's lock, unless the caller has a reference of its own. */
void fetch_release(struct fetch *fetch);

/* Net thread. The fetch's URL has come (error 0), or its range ends with `error`. */
void fetch_resume(struct fetch *fetch, int error);

/*
 * With object->lock held. Starts to fetch the blocks [first, end), end > first. Until they have
 * arrived, the fetch is in object->fetches. Returns 0, -ENOMEM or -ECANCELED.
 */
int fetch_blocks(struct object *object, uint64_t first, uint64_t end, enum fetch_kind kind);

/* The next block is complete: puts it into the cache and wakes those who wait for it. */
void fetch_finish_block(struct fetch *fetch);
/* Net thread. Starts ranges of what is read ahead, as many as may run. */
void fetch_start_queued(struct object *object);

/* ---- object.c ---- */

/*
 * With object->lock held. Fetches each block of [first, end) that is neither in the cache nor in
 * flight, from disk or from the store. A run of them that begins before `demand` is one range at
 * least up to there; the rest is cut into ranges of some MiB. Returns 0, -ENOMEM, -ECANCELED, or
 * -ENODATA when one before `demand` is not on disk and nothing else may be asked.
 */
int object_fetch_missing(struct object *object, uint64_t first, uint64_t demand, uint64_t end);

/* ---- disk_read.c ---- */

/* With object->lock held. As fetch_blocks, of blocks that are on disk as far as is known, in one
 * segment; what turns out not to be is fetched from the store. */
int fetch_from_disk(struct object *object, uint64_t first, uint64_t end, enum fetch_kind kind);
/* With object->lock held. Starts to open the object from disk, and goes on in the store when that
 * cannot be. Returns 0 or -ENOMEM. */
int object_start_opening_from_disk(struct object *object);

/* ---- disk_write.c; object->lock held, but for the last one ---- */

/* Whether the slot is on disk, as far as is known, and is not to be discarded. */
int object_has_slot(struct object *object, uint32_t stream, uint64_t slot);

/* Has a block written, which has come from the store. */
void object_write_block(struct object *object, uint64_t block, struct cache_entry *entry);
/* Has the version recorded, and its tail written. */
void object_write_version(struct object *object, const uint8_t *tail, size_t len);
/* What was found of an earlier version is of no use. */
void object_forget_earlier(struct object *object);
/* These blocks are wrong. */
void object_discard_kept(struct object *object, uint64_t first, uint64_t last);
/* Without the lock: nobody uses the object any more. */
void object_drop_version(struct object *object);
/* Net thread: the object reads ahead no further until less waits to be written. */
void object_hold_ahead(struct object *object);

/* ---- open.c ---- */

/* Puts the whole blocks of the open object's tail into the cache; if `is_new`, also on disk. */
void object_put_tail_blocks(struct object *object, const uint8_t *tail, size_t len, int is_new);

/* With object->lock held: starts to open the object in the store. Returns 0, -ENOMEM or
 * -ECANCELED. */
int object_start_opening_in_store(struct object *object);

/* With object->lock held: starts to open the object, `arg`; for object->opening. Returns 0,
 * -ENOMEM, -ECANCELED, or -ENODATA when it is not on disk and nothing else may be asked. */
int object_start_opening(void *arg);

/* ---- signed_url.c ---- */

/*
 * Net thread. Returns 0 when the object has a URL; -EINPROGRESS when it has been requested: then
 * fetch->on_url is called later, with error 0 or why there is none; or -ENOMEM or -ECANCELED.
 */
int object_wait_for_url(struct object *object, struct fetch *fetch);

/* Sets up the target of the object's ranges. */
void object_init_target(struct object *object);

#endif
