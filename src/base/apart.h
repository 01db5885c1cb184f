/*
 * Work that can hang in the kernel for good (a file on a dead network file system), done by a
 * process of its own: a thread that hangs so can't be ended, and keeps the process from ending.
 */
#ifndef TASKFS_BASE_APART_H
#define TASKFS_BASE_APART_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define APART_MAX 8192 /* bytes of a result */

/* All zero at first. */
struct apart {
    atomic_int is_over; /* apart_stop was called */
    pid_t left;         /* a child that had hung; 0 none. The running call's */
};

/*
 * Runs `work` in a child and gives what it has written to `out`, `size` bytes of at most APART_MAX.
 * Of the child's process nothing is left to it but memory: `work` may call what is async-signal-safe
 * and nothing else, returns the count of bytes or a negative errno, and leaves no file open.
 *
 * Returns what `work` returned; -ETIMEDOUT after `timeout_ms`, or at once while an earlier child
 * still hangs; -ECANCELED once apart_stop was called; -EIO the child died; or why there was none.
 * Blocks meanwhile. One thread at a time.
 */
int apart_run(struct apart *apart, int (*work)(void *arg, char *out, size_t size), void *arg,
              char *out, size_t size, int64_t timeout_ms);

/* Any thread: what runs ends within a tenth of a second, and no more is begun. */
void apart_stop(struct apart *apart);

#endif
