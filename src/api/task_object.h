/* Between task.c and task_detail.c: what both take from a parsed Task. */
#ifndef TASKFS_API_TASK_OBJECT_H
#define TASKFS_API_TASK_OBJECT_H

#include "api/json.h"
#include "api/task.h"

/* 0; -ENOMEM or -EPROTO, and nothing is held. `task` is an object. */
int task_summary_from(struct json_object *task, const struct json_where *where,
                      struct task_summary *summary);

#endif
