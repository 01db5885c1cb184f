/*
 * A byte source in memory that tells what it was asked for, what readahead would make of it, and
 * holds its bytes back on command.
 */
#ifndef TASKFS_WATCHED_SOURCE_H
#define TASKFS_WATCHED_SOURCE_H

#include <pthread.h>

#include "base/source.h"
#include "op/op.h"
#include "store/readahead.h"

#define WATCHED_BLOCK (64u * 1024)

struct watched_source {
    struct source source;
    const uint8_t *bytes; /* borrowed */
    struct readahead readahead;
    pthread_mutex_t lock; /* guards what follows */
    struct wait_queue queue;
    uint64_t stalls_from; /* what lies there or behind is waited for; UINT64_MAX at first */
    /* Told to the test: */
    unsigned views;
    unsigned waiting; /* waits begun */
    unsigned ranges;  /* accesses to blocks of which not all had been asked for */
    uint64_t largest; /* bytes of the largest of them, in whole blocks */
    uint64_t ahead;   /* bytes that readahead would have fetched beyond */
    uint8_t *asked;   /* a byte a block */
};

/* Out of memory: abort(). */
void watched_init(struct watched_source *watched, const uint8_t *bytes, size_t n);
void watched_free(struct watched_source *watched);
/* Forgets what was asked for. */
void watched_reset(struct watched_source *watched);
void watched_stall(struct watched_source *watched, uint64_t from);
/* Gives all, and wakes who waits. */
void watched_go_on(struct watched_source *watched);
unsigned watched_waiting(struct watched_source *watched);

#endif
