/*
 * The cache on disk as the objects of the store use it: what they share, and how much may wait to
 * be written. Reading and writing files is done on an executor of its own, whose threads may wait
 * for the disk; no other thread does.
 */
#ifndef TASKFS_STORE_STORE_DISK_H
#define TASKFS_STORE_STORE_DISK_H

#include <pthread.h>
#include <stdatomic.h>

#include "disk/disk.h"
#include "net/net.h"
#include "op/executor.h"

struct store_disk {
    struct disk *disk;
    struct executor *executor;
    struct net *net;
    int is_offline; /* nothing is fetched: what is not on disk is -ENODATA */
    /* Bytes of blocks that wait to be written, pinned in the cache. From `backlog_max` on nothing
     * is read ahead from the store until they are fewer; from twice as many on, blocks are not
     * kept. */
    size_t backlog_max;
    _Atomic size_t backlog;
    _Atomic int64_t written_at; /* clock_ms() when some of it was written last */
    /* Net thread only: */
    struct list held; /* objects that would read ahead */
    struct net_job resume;
    /* Any thread: */
    atomic_int has_held;    /* there may be some */
    atomic_int is_resuming; /* `resume` was posted and has not run */
    atomic_int is_stopping;
    pthread_mutex_t lock; /* guards what follows */
    unsigned writers;     /* store_disk_begin_write without store_disk_end_write */
    pthread_cond_t written;
};

/* Fills in the struct; what it is given outlives it, and it outlives all objects. */
void store_disk_init(struct store_disk *side, struct disk *disk, struct executor *executor,
                     struct net *net, size_t backlog_max);

/* Between these calls something is being written, for which store_disk_flush waits. Any thread. */
void store_disk_begin_write(struct store_disk *side);
void store_disk_end_write(struct store_disk *side);
/* Waits until all that waits to be written is written, but for at most `timeout_ms`. Blocks. */
void store_disk_flush(struct store_disk *side, int64_t timeout_ms);
/* The net is about to stop: nothing is held up any more. */
void store_disk_stop(struct store_disk *side);
void store_disk_free(struct store_disk *side);

/* Whether so much waits to be written that nothing should be read ahead; not so when the disk has
 * not taken any of it for some seconds. Never blocks. */
int store_disk_is_behind(struct store_disk *side);

#endif
