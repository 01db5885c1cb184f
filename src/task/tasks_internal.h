/* What tasks.c and listing.c share. All want tasks->lock held. */
#ifndef TASKFS_TASK_TASKS_INTERNAL_H
#define TASKFS_TASK_TASKS_INTERNAL_H

#include "task/tasks.h"

/* The task of this id, entered into the table if it is not there; borrowed. NULL without memory. */
struct task *tasks_enter(struct tasks *tasks, const char *id);
/* Takes the state over: it becomes the task's, or is dropped when what is known is better. */
void task_take_state(struct task *task, struct task_state *state);
/* Takes the content of the summary over. NULL without memory. */
struct task_state *task_state_of_summary(struct task_summary *summary, int64_t asked_at);
/* The archive that the task has now is used: it is the last that should be given up. */
void give_up_last(struct task_archive *known);
/* The task is gone: none of its archives is for tasks_give_up_unused any more. */
void give_up_none_of(struct task *task);
/* For tasks_free: the listing and the page from before the mount. */
void tasks_drop_listing(struct tasks *tasks);

#endif
