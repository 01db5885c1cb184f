/* The mount, from nothing to its end. */
#ifndef TASKFS_FS_SESSION_H
#define TASKFS_FS_SESSION_H

#include "fs/fs.h"

struct session_config {
    const char *mountpoint;
    int allow_other;
    int read_only;
    int no_exec;
};

/*
 * Checks that something can be mounted there: FUSE is to be had, and it is a directory, empty, that we
 * may use, and not mounted already. A mount of ours that a crash has left dead is cleared away first.
 * Returns 0, or a negative errno with `why`.
 */
int session_check(const char *mountpoint, char *why, size_t why_size);

/*
 * Mounts `fs` and serves it until it is unmounted or a SIGTERM, SIGINT or SIGHUP comes; unmounts.
 * `fs->ready` is called once the kernel answers. Ops that still wait are failed before it returns.
 * Returns 0, or a negative errno after logging why. Blocks.
 */
int session_run(struct fs *fs, const struct session_config *config);

#endif
