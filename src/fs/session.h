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
 * Mounts `fs` and serves it until it is unmounted or a SIGTERM, SIGINT or SIGHUP comes; unmounts.
 * `fs->ready` is called once the kernel answers. Ops that still wait are failed before it returns.
 * Returns 0, or a negative errno after logging why. Blocks.
 */
int session_run(struct fs *fs, const struct session_config *config);

#endif
