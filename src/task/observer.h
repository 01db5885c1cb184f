/*
 * What a layer above is told when something that it may have cached is no longer true. The FUSE
 * layer has the kernel invalidate its copies; a program that caches nothing has no observer.
 */
#ifndef TASKFS_TASK_OBSERVER_H
#define TASKFS_TASK_OBSERVER_H

#include "task/layout.h"

struct archive;
struct op;
struct task;

/* The functions may be called with tasks->lock held, by any thread: they must not block, and must
 * not call back into this layer. */
struct task_observer {
    /* Every name in the task's directory has to be looked up again. Returns 0, or -ENOMEM when some
     * names could not be invalidated. */
    int (*on_names_changed)(struct task_observer *observer, struct task *task);
    /* From within a step of `op`: returns 0 once everything that on_names_changed began is done, or
     * OP_PENDING, or -ENOMEM. Called without locks. */
    int (*await_names)(struct task_observer *observer, struct task *task, struct op *op);
    /* Lookups (base/identity.h) alone keep this archive in memory: they should be dropped. */
    void (*on_archive_unused)(struct task_observer *observer, struct task *task,
                              enum archive_kind kind);
    /* The archive is no longer the current version: names in it have to be looked up again. Called
     * without locks. */
    void (*on_archive_stale)(struct task_observer *observer, struct archive *archive);
};

#endif
