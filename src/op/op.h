/*
 * Operations that wait without a thread.
 *
 * An operation (an op) is a step function that is tried until it no longer returns OP_PENDING. A
 * step that lacks something (a task's state, a block of an archive, the turn of a decoder) makes
 * sure that the thing is on its way, joins the thing's wait queue, and returns OP_PENDING; when the
 * thing has come, the step is run again from its start. Progress is kept in caches and objects, so
 * each try gets further. A step never blocks on the network.
 *
 *      step returns 0 or an error:  the op has answered; it is over
 *      step returns OP_PENDING:     the op is parked; it takes some hundred bytes and no thread
 *      woken with error 0:          the step is run again, on a thread of the executor
 *      woken with an error, past its deadline, or cancelled: fail(op, error), and it is over
 *
 * The executor's lock is the last in the program's lock order: op_wait and the wake functions may
 * be called with any other lock held.
 */
#ifndef TASKFS_OP_OP_H
#define TASKFS_OP_OP_H

#include <errno.h>
#include <stdint.h>

#include "base/list.h"
#include "op/executor.h"

#define OP_PENDING (-EINPROGRESS)

struct op;

struct op_type {
    /* Tries the operation; see above. Called by one thread at a time. */
    int (*step)(struct op *op);
    /* Answers with `error`, a negative errno. Called instead of a further step; then the op is
     * over. */
    void (*fail)(struct op *op, int error);
    /* Called without a lock just before the op is parked for the first time; may be NULL. */
    void (*parking)(struct op *op);
    /* Frees the op; called once, when it is over and in no wait queue any more. */
    void (*release)(struct op *op);
};

struct op {
    const struct op_type *type;
    struct executor *executor;
    int64_t started;  /* clock_ms() at op_start */
    int64_t deadline; /* clock_ms() at which it fails with -ETIMEDOUT; CLOCK_NEVER for none */
    /* When the op is woken with error 0, the deadline moves to at least so many milliseconds from
     * then: while something that it waits for arrives, it does not fail. 0: the deadline is fixed.
     * */
    int64_t patience_ms;
    int64_t wake_at; /* set by op_sleep */
    /* For an op that rides out failures of what it waits for. While its step has set the first, an
     * op that is woken with an error runs its step again, with the error in the second. Both are
     * the step's while it runs. */
    int rides_out_failures;
    int failure;
    /* Guarded by the executor's lock: */
    struct work work;
    int state;
    int error;       /* the error that it is to fail with */
    int woken;       /* while it ran: the step is to be run again */
    int has_arrival; /* it was woken with error 0 since patience_ms was applied */
    int announced;   /* `parking` was called */
    unsigned refs;   /* one for being not over, one for each wait queue */
};

/* What ops wait for: a queue guarded by the lock of whatever it belongs to. */
struct wait_queue {
    struct list waiters;
};

/*
 * Starts the op and runs its first step on the calling thread. The caller has filled in type and
 * deadline, and no longer owns the op when this returns.
 */
void op_start(struct executor *executor, struct op *op);
/* The same, but the first step is run by a thread of the executor. */
void op_start_later(struct executor *executor, struct op *op);

/*
 * From within a step: joins `queue`, whose lock is held. `key` is for wait_queue_wake_key. The step
 * must then return what this returns: OP_PENDING, or -ENOMEM.
 */
int op_wait(struct op *op, struct wait_queue *queue, uint64_t key);
/* From within a step: the step is to be run again when clock_ms() is `at`. Returns OP_PENDING,
 * which the step must return. */
int op_sleep(struct op *op, int64_t at);
/* From within a step that has worked for long and is not done: the step is to be run again soon,
 * after other ops, an interrupt or a shutdown had their turn. Counts as progress, as an arrival
 * does. Returns OP_PENDING, which the step must return. */
int op_yield(struct op *op);

/*
 * Makes the op fail with `error` as soon as no step of it runs. Any thread, any lock; has no effect
 * on an op that has answered.
 *
 * The op must not have been released. To be sure of it, the caller reaches the op by a pointer that
 * the op's step and fail clear (or, for a request, by a callback that they unset) before they
 * answer, and calls this with the lock held that guards the pointer: an op is not released before
 * its step or fail has returned.
 */
void op_cancel(struct op *op, int error);

static inline void wait_queue_init(struct wait_queue *queue)
{
    list_init(&queue->waiters);
}

/*
 * Wakes every op in the queue, whose lock is held: with error 0 to run its step again, as something
 * that it waits for has arrived, at least in part; else to fail with `error`. An op that is woken
 * with -ETIMEDOUT before its own deadline runs its step again: what it waited for may have begun
 * earlier than the op. One that rides out failures does so too.
 */
void wait_queue_wake(struct wait_queue *queue, int error);
/* Wakes the ops that wait with a key of at most `key`, to run their steps again. The queue's lock
 * is held. */
void wait_queue_wake_key(struct wait_queue *queue, uint64_t key);

#endif
