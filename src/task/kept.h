/*
 * The tasks that are kept on disk: of each task that has come to its end, and of which something is
 * kept, what the service said of it. Reading and writing is done by ops on the disk's executor. All
 * functions are harmless where there is no cache on disk.
 */
#ifndef TASKFS_TASK_KEPT_H
#define TASKFS_TASK_KEPT_H

#include "task/tasks.h"

/* A number that is the same as long as the service says the same of how a task came to its end;
 * never 0. */
uint64_t kept_stamp(const struct task_summary *summary);

/* As what an archive of the task is kept: nothing of a task that still runs. `is_first`: this mount
 * has not opened the archive before. Tasks->lock is held. */
struct object_keep kept_archive(struct task *task, enum archive_kind kind,
                                const struct task_summary *summary, int is_first);

/* Has what is known of the task written, if it is terminal and not kept yet. Tasks->lock is
 * held. */
void kept_write(struct task *task);

/* Whether nothing may be asked of the service. */
int kept_is_offline(const struct tasks *tasks);

/*
 * The detail of a terminal task may be on disk: starts to look, and returns 0; kept_found is called
 * then, without a lock. Returns -ENOENT when looking is of no use, or -ENOMEM. Tasks->lock is held.
 */
int kept_look_for_detail(struct task *task);
/*
 * The service could not be asked about a task of which nothing is known, because of `outage`, a
 * negative errno: starts to look whether it is on disk as one that has come to its end, and returns
 * 0; kept_found is called then. Returns -ENOENT when looking is of no use, or -ENOMEM.
 */
int kept_look_in_outage(struct task *task, int outage);
/* In tasks.c: what was found has become the task's state, or nothing was (`is_found` 0). `outage`
 * is that of kept_look_in_outage, or 0. */
void kept_found(struct task *task, int is_found, int outage);

/* Enters every task that is kept into the table, and makes the listing of them. For a mount that is
 * offline, before anything else; blocks. Returns 0 or -ENOMEM. */
int kept_load(struct tasks *tasks);

#endif
