/* Whether a directory can be mounted on. */
#ifndef TASKFS_KERNEL_MOUNTPOINT_H
#define TASKFS_KERNEL_MOUNTPOINT_H

#include <stddef.h>

/*
 * Checks that FUSE is available, and that `path` is an empty directory that we may use and that is
 * not a mount already. A dead mount of ours, left by a crash, is cleared first. Returns 0, or a
 * negative errno with the reason in `why`. Blocks on the file system.
 */
int mountpoint_check(const char *path, char *why, size_t why_size);

#endif
