/*
 * Only one taskfs at a time mounts on a directory; else several that are started at once all find
 * it free, and their mounts are stacked.
 *
 * The lock is a flock(2) of the directory itself: it needs no file of its own, and the kernel drops
 * it when the process ends, however that happens.
 */
#ifndef TASKFS_CLI_MOUNT_LOCK_H
#define TASKFS_CLI_MOUNT_LOCK_H

#include <stdint.h>

struct mount_lock {
    int fd; /* -1 when it is not held */
};

/*
 * Takes the lock of the directory, which must be looked at again afterwards: whoever had the lock
 * may have mounted there. Blocks while another process has it, for `patience_ms` at most. Goes
 * without the lock when the time is over or the file system has no such locks.
 */
void mount_lock_take(struct mount_lock *lock, const char *mountpoint, int64_t patience_ms);
/* Harmless when the lock is not held. */
void mount_lock_release(struct mount_lock *lock);

#endif
