/*
 * A byte source in memory for tests of what stands on sources. Like a remote one it hands out whole
 * blocks, lacks them at first, may lose them again, and fails on command. Every view is a block of
 * memory of its own, so that a sanitizer sees each byte read beyond it or after its release.
 */
#ifndef TASKFS_FAKE_SOURCE_H
#define TASKFS_FAKE_SOURCE_H

#include <pthread.h>

#include "base/source.h"
#include "op/op.h"

struct fake_source {
    struct source source;
    const uint8_t *bytes; /* borrowed */
    /* Set by the test at any time when nobody reads: */
    size_t block;      /* bytes; a view ends at the next multiple of it */
    int pends;         /* a block that is not here is waited for, and comes at once; but for
                        * SOURCE_CACHED it is not in flight */
    unsigned keeps;    /* so many blocks stay here; 0: all */
    unsigned fail_at;  /* the view with this number (from 1) fails; 0 none */
    int fail_with;     /* a negative errno */
    int fails_waiters; /* it fails as a fetch does: the op waits, and is woken with the error */
    /* Told to the test: */
    unsigned views;  /* that were asked for, pending ones too */
    unsigned pended; /* that had to wait */
    unsigned pins;   /* that are not yet released */
    unsigned discards;
    uint64_t discarded_from, discarded_to; /* of the last one */

    pthread_mutex_t lock; /* guards what is told, what is below, and the queue */
    struct wait_queue queue;
    uint64_t *here; /* when each block came; 0: not here */
    uint64_t clock;
};

/* All in one block that is here. Runs out of memory by abort(). */
void fake_source_init(struct fake_source *fake, const void *bytes, size_t n);
/* Blocks of `block` bytes, each waited for once. */
void fake_source_pend(struct fake_source *fake, size_t block);
void fake_source_free(struct fake_source *fake);

#endif
