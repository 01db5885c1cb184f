/*
 * Work in a child process, for what can hang in the kernel for good, such as a file on a dead
 * network file system: a thread that hangs there cannot be ended, and keeps the process from
 * ending.
 */
#ifndef TASKFS_BASE_CHILD_PROCESS_H
#define TASKFS_BASE_CHILD_PROCESS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CHILD_RESULT_MAX 8192 /* bytes */

/* All zero at first. */
struct child_process {
    atomic_int is_stopped; /* child_process_stop was called */
    pid_t stuck; /* a child that could not be ended, 0 none; used by the running call alone */
};

/*
 * Runs `work` in a child, and copies what it has written to `out`, `size` bytes of at most
 * CHILD_RESULT_MAX. `work` returns the number of bytes it has written, or a negative errno. It may
 * call async-signal-safe functions alone, has none of the descriptors of the process, and leaves
 * none open.
 *
 * Returns what `work` returned; -ETIMEDOUT after `timeout_ms`, or at once while an earlier child is
 * still stuck; -ECANCELED once child_process_stop was called; -EIO when the child died; -EINVAL
 * when `size` is too large; or the errno of pipe2(2) or fork(2). Blocks meanwhile. One thread at a
 * time.
 */
int child_process_run(struct child_process *process, int (*work)(void *arg, char *out, size_t size),
                      void *arg, char *out, size_t size, int64_t timeout_ms);

/* Any thread: a running call ends within a tenth of a second, and later ones do nothing. */
void child_process_stop(struct child_process *process);

#endif
