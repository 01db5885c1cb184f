/* What the files of src/task share. All functions want tasks->lock held, but where they say
 * otherwise. */
#ifndef TASKFS_TASK_TASKS_INTERNAL_H
#define TASKFS_TASK_TASKS_INTERNAL_H

#include "task/tasks.h"

/* The task with this id, which is entered into the table if it is not there; borrowed. NULL without
 * memory. */
struct task *tasks_enter(struct tasks *tasks, const char *id);
/* Takes the state over: it becomes the task's, or is dropped when what is known is better. */
void task_take_state(struct task *task, struct task_state *state);
/* Has the observer invalidate all names of the task's directory. Returns 0 or -ENOMEM. */
int task_names_changed(struct task *task);

/* The task's current archive was used: it is the last that should be evicted. */
void evict_note_use(struct task_archive *known);
/* The task is gone: its archives are not for tasks_evict_archives any more. */
void evict_remove_task(struct task *task);

/* For tasks_free, without the lock: drops the listing and the page from before the mount. */
void tasks_drop_listing(struct tasks *tasks);

#endif
