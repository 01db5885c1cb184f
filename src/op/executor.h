/*
 * A pool of threads that runs work: ops (op/op.h) and the release of ops.
 *
 * An executor's lock is the last in the program's lock order; it guards the state of every op of
 * the executor too.
 */
#ifndef TASKFS_OP_EXECUTOR_H
#define TASKFS_OP_EXECUTOR_H

#include <stdint.h>

#include "base/list.h"
#include "op/timers.h"

struct executor;

/* What a thread of an executor runs, embedded in an op. Guarded by the executor's lock. */
struct work {
    struct list link;   /* in the executor's list of ready, parked or finished work; or in none */
    struct timer timer; /* set while the work is parked and has a time to be woken at */
    /* Runs it. Called on a thread of the executor, without the lock. */
    void (*run)(struct work *work);
    /* Called with the lock held while the work is parked: makes it ready, to fail with `error`. */
    void (*on_cancel)(struct work *work, int error);
};

/* Starts `threads` threads, from 1 to 64, which block all signals. Returns NULL when no thread can
 * be started or memory is short. */
struct executor *executor_create(unsigned threads);
/*
 * For work that blocks. The number of threads that the executor was made with becomes the limit of
 * busy threads; a thread between executor_block_begin and executor_block_end is not busy. When work
 * is ready, the limit is not reached and no thread is idle, another thread is started, up to `most`
 * (64 at most) in all. A thread beyond the limit ends after `spare_ms` without work.
 */
void executor_let_grow(struct executor *executor, unsigned most, int64_t spare_ms);
/* Called by a thread of the executor in the middle of its work, before it blocks: others may be
 * busy in its place. Harmless on an executor that does not grow. */
void executor_block_begin(struct executor *executor);
/* The thread has blocked and continues its work. Blocks until fewer threads than the limit are
 * busy. */
void executor_block_end(struct executor *executor);
/* Fails every parked op with `error`, and from now on every op that would be parked. The threads
 * run until executor_stop. */
void executor_cancel_all(struct executor *executor, int error);
/* Blocks until no op runs, is ready or is parked, and every op that is over and in no wait queue
 * has been released; after executor_cancel_all, that is soon. */
void executor_drain(struct executor *executor);
/* Lets every op that is running or ready end, and joins the threads. Ops that become ready later
 * are never run. */
void executor_stop(struct executor *executor);
/* Stops the executor and frees it; no wait queue may have any of its ops any more. */
void executor_destroy(struct executor *executor);

#endif
