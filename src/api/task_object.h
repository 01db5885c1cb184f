/* Shared by task.c and task_detail.c: decoding the fields that both need of a parsed Task. */
#ifndef TASKFS_API_TASK_OBJECT_H
#define TASKFS_API_TASK_OBJECT_H

#include "api/json.h"
#include "api/task.h"

/* `task` must be an object. Returns 0; or -ENOMEM or -EPROTO, and there is nothing to free. */
int task_summary_from(struct json_object *task, const struct json_where *where,
                      struct task_summary *summary);

#endif
