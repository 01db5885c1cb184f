/* The filesystem as one object, and what its files share. */
#ifndef TASKFS_FS_FS_H
#define TASKFS_FS_FS_H

#include <sys/stat.h>
#include <sys/types.h>

#include "base/stats.h"
#include "kernel/handles.h"
#include "task/identity.h"
#include "kernel/notify.h"
#include "kernel/repeated_lookup.h"
#include "task/tasks.h"

/* How long the kernel may believe what can change only by a new version or by `refresh`, seconds.
 */
#define FS_FOREVER 86400.0
/* The same for a task's being there. */
#define FS_TASK_SECONDS 10.0

struct fs_config {
    uid_t owner; /* the mounting user, who alone (with root) may write to ctl */
    uid_t uid;
    gid_t gid;
    mode_t umask;
    int64_t timeout_ms;      /* of one operation */
    const char *config_text; /* of .taskfs/config; borrowed */
};

struct fs {
    struct fs_config config;
    struct nodes nodes;
    struct handles handles;
    struct repeats repeats;
    struct tasks tasks;
    struct stats *stats;
    struct executor *executor;
    struct notify *notify;
    void (*ready)(void *arg); /* the kernel has mounted us; NULL none */
    void *ready_arg;
    int64_t mounted_at; /* ns since 1970 */
    int init_answered;  /* of wire.c, these three */
    int collects_interrupts;
    unsigned discarded_answers;
};

#endif
