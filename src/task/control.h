/*
 * Carrying out what is written to a task's ctl. Waiting costs no thread: a run is stepped by an op,
 * goes on in the phase that it has reached, and all runs that wait for a task share one request a
 * second.
 */
#ifndef TASKFS_TASK_CONTROL_H
#define TASKFS_TASK_CONTROL_H

#include "task/tasks.h"

#define CONTROL_TEXT_MAX 4096 /* bytes that one write may have */

/* One opener's view of a task's ctl: when a verb of its has failed, its later verbs are not carried
 * out. It has an identity of its own, IDENTITY_CONTROL, so that a layer above can tell openers
 * apart. */
struct control;

/* Returns a control with one reference, or NULL without memory. */
struct control *control_new(struct task *task);
/* The control with this identity, which must be of the kind IDENTITY_CONTROL. */
struct control *control_of(struct identity *identity);
struct identity *control_identity(struct control *control);
/* Borrowed from the control. */
struct task *control_task(struct control *control);
/* The error of the first verb that failed since the control was made or begun anew; 0: none has.
 * control_note_failure returns whether this one is the first. Any thread. */
int control_failure(struct control *control);
int control_note_failure(struct control *control, int error);
/* The opener begins anew: earlier failures no longer count. */
void control_begin(struct control *control);

/* The verbs of one write, being carried out. */
struct control_run;

/* `text` of `len` bytes is copied; `timeout_ms` bounds each verb that has no time of its own. The
 * task is borrowed. NULL without memory. */
struct control_run *control_run_new(struct task *task, const char *text, size_t len,
                                    int64_t timeout_ms);
void control_run_free(struct control_run *run);

/*
 * From within a step of `op`, whose deadline it sets as the verbs need. Returns 0 when all verbs
 * were carried out; OP_PENDING; or the error of the first verb that failed: -EINVAL (not a verb, or
 * over CONTROL_TEXT_MAX bytes), -ESRCH (the task is already terminal), -ENOENT (it is gone),
 * -EACCES, -EIO, -ENOMEM. When the op fails otherwise (its deadline, an interrupt),
 * control_run_failed is to be called.
 */
int control_run_step(struct control_run *run, struct op *op);
/* Leaves the reason for `error` in ctl_error and in the log. */
void control_run_failed(struct control_run *run, int error);

#endif
