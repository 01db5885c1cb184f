/* The filesystem as one object, and what its files share. */
#ifndef TASKFS_FS_FS_H
#define TASKFS_FS_FS_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/stats.h"
#include "fs/nodes.h"
#include "fs/poll.h"
#include "fs/push.h"
#include "kernel/handles.h"
#include "kernel/interrupts.h"
#include "kernel/notify.h"
#include "kernel/repeated_errors.h"
#include "kernel/wire.h"
#include "task/tasks.h"

/* How long, in seconds, the kernel may cache what changes only with a new version or by
 * `refresh`. */
#define FS_FOREVER 86400.0
/* The same for the existence of a task. */
#define FS_TASK_SECONDS 10.0

struct fs_config {
    uid_t owner; /* the mounting user: only they and root may write to ctl */
    uid_t uid;
    gid_t gid;
    mode_t umask;
    int64_t timeout_ms;      /* of one operation */
    const char *config_text; /* of .taskfs/config; borrowed */
};

struct fs {
    struct wire wire; /* first: see kernel/wire.h */
    struct fs_config config;
    struct handles handles;
    struct interrupts interrupts;
    struct repeated_errors repeated_lookups, repeated_reads;
    struct watches watches;
    struct pusher pusher;
    struct tasks tasks;
    struct task_observer observer;
    struct stats *stats;
    struct executor *executor;
    struct notify *notify;
    void (*ready)(void *arg); /* called once the kernel has mounted us; may be NULL */
    void *ready_arg;
    int64_t mounted_at; /* ns since 1970 */
};

_Static_assert(offsetof(struct fs, wire) == 0, "as kernel/wire.h requires");

/* Fills in fs->observer, through which the kernel's caches follow the tasks (observer.c);
 * session_run hands it to the tasks. */
void fs_observe_tasks(struct fs *fs);

#endif
