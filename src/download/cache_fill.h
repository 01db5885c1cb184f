/*
 * Filling the cache on disk with an archive, as the steps of an op: each of its bytes that is not
 * there is fetched, and what the service says of the task is asked for.
 */
#ifndef TASKFS_DOWNLOAD_CACHE_FILL_H
#define TASKFS_DOWNLOAD_CACHE_FILL_H

#include <stdatomic.h>

#include "archive/archive.h"
#include "op/op.h"
#include "task/tasks.h"

struct cache_fill {
    /* Set by the caller, which zeroes the rest: */
    struct task *task;
    struct archive *archive; /* open */
    struct store_disk *disk;
    _Atomic uint64_t *written; /* for the progress; bytes */
    /* Private: */
    int has_detail;
    int is_loaded;
    uint64_t offset;
};

/* Goes on, from within a step of `op`. Blocks on the disk at the end, for some seconds at most.
 * Returns 0 when all of the archive is on disk; OP_PENDING; -ENOSPC when the disk did not take all
 * of it; -EOPNOTSUPP when the archive cannot be kept (the store gives no ETag); or another
 * error. */
int cache_fill_step(struct cache_fill *fill, struct op *op);

#endif
