/*
 * Operations that wait without a thread.
 *
 * An operation (an op) is a step function that is tried until it no longer says "pending". A step
 * that lacks something (a task's state, a block of an archive, the turn of a decoder) makes sure
 * that the thing is on its way, joins the thing's wait queue, and returns OP_PENDING; when the
 * thing has come, the step is run again from its start. What was gained so far stays in caches and
 * objects, so each try gets further. A step never blocks on the network.
 *
 *      step -> 0 or an error: the op has answered; it is over
 *      step -> OP_PENDING:    parked; it costs some hundred bytes and no thread
 *      woken, error == 0:     the step is run again, on a thread of the executor
 *      woken with an error, past its deadline, or cancelled: fail(op, error), and it is over
 *
 * The executor's lock is the last in the program's lock order: op_wait and the wake functions may
 * be called with any other lock held.
 */
#ifndef TASKFS_BASE_OP_H
#define TASKFS_BASE_OP_H

#include <errno.h>
#include <stdint.h>

#include "base/list.h"

#define OP_PENDING (-EINPROGRESS)

struct executor;
struct op;

struct op_type {
    /* Tries the operation; see above. Called by one thread at a time. */
    int (*step)(struct op *op);
    /* Answers with `error`, a negative errno. Instead of a further step; then the op is over. */
    void (*fail)(struct op *op, int error);
    /* Called without a lock just before the op is parked for the first time; may be NULL. */
    void (*parking)(struct op *op);
    /* Frees the op; called once, when it is over and no queue knows it any more. */
    void (*release)(struct op *op);
};

struct op {
    const struct op_type *type;
    struct executor *executor;
    int64_t started;  /* clock_ms() at op_start */
    int64_t deadline; /* clock_ms() at which it fails with -ETIMEDOUT; CLOCK_NEVER for none */
    int64_t wake_at;  /* set by op_sleep */
    /* Guarded by the executor's lock: */
    struct list link;
    int state;
    int error;
    int woken;
    int announced; /* `parking` was called */
    unsigned refs;
};

/* What ops wait for: a queue guarded by the lock of whatever it belongs to. */
struct wait_queue {
    struct list waiters;
};

/* `threads` from 1 to 64. Returns NULL when it can't be made. The threads block all signals. */
struct executor *executor_create(unsigned threads);
/*
 * For ops that block. From now on, threads that rest don't count: as many as the executor was made with
 * have an op in hand, and when there is one more ready while others rest, and no thread is idle, one is
 * added, up to `most` (64 at most) in all. Of those that were added, one that has had no op for `spare_ms`
 * ends.
 */
void executor_let_grow(struct executor *executor, unsigned most, int64_t spare_ms);
/* On a thread of the executor, in the midst of a step: it is going to block, or wants to go on, which
 * can take until others block or end. Harmless on an executor that does not grow. */
void executor_rest(struct executor *executor);
void executor_go_on(struct executor *executor);
/* Fails every op that waits with `error`, and refuses new waiting. The threads go on until
 * executor_stop. */
void executor_cancel_all(struct executor *executor, int error);
/* Blocks until no op runs, is ready or waits; after executor_cancel_all, that is soon. */
void executor_drain(struct executor *executor);
/* Lets every op that is running or ready end, and joins the threads. Ops that come later stay where
 * they are. */
void executor_stop(struct executor *executor);
/* Stops it and frees it; no wait queue may know any of its ops any more. */
void executor_destroy(struct executor *executor);

/*
 * Begins the op on the calling thread: runs its step at once. The caller has filled in type and
 * deadline and no longer owns the op when this returns.
 */
void op_start(struct executor *executor, struct op *op);
/* The same, but the first step is run by a thread of the executor. */
void op_start_later(struct executor *executor, struct op *op);

/*
 * From within a step: joins `queue`, whose lock is held. `key` is for wait_queue_wake_key. The step
 * must then return what this returns: OP_PENDING, or -ENOMEM.
 */
int op_wait(struct op *op, struct wait_queue *queue, uint64_t key);
/* From within a step: to be run again at clock_ms() == `at`. Returns OP_PENDING. */
int op_sleep(struct op *op, int64_t at);

/* Makes the op fail with `error` as soon as it is not running. Any thread; the caller must know
 * that the op is not over. */
void op_cancel(struct op *op, int error);

static inline void wait_queue_init(struct wait_queue *queue)
{
    list_init(&queue->waiters);
}

/* Both with the queue's lock held. Wakes all: to go on (error 0) or to fail with `error`. */
void wait_queue_wake(struct wait_queue *queue, int error);
/* Wakes those who wait with a key of at most `key`, to go on. */
void wait_queue_wake_key(struct wait_queue *queue, uint64_t key);

#endif
