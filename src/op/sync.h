/* Runs an op and waits for its end, for the few threads that may block. */
#ifndef TASKFS_OP_SYNC_H
#define TASKFS_OP_SYNC_H

#include "op/op.h"

/*
 * Tries `step(op, arg)` as an op of `executor` and blocks until it no longer returns OP_PENDING.
 * Returns what it returned, -ETIMEDOUT after `timeout_ms`, or the error that the op failed with.
 * `step` is never called after this has returned. Not for threads of `executor` itself.
 */
int op_run_sync(struct executor *executor, int64_t timeout_ms,
                int (*step)(struct op *op, void *arg), void *arg);
/* The same on a thread of `own`, in the middle of its work: while it waits, it does not count as
 * busy there (executor_block_begin). */
int op_run_sync_from(struct executor *executor, struct executor *own, int64_t timeout_ms,
                     int (*step)(struct op *op, void *arg), void *arg);

#endif
