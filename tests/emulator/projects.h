/* The answers of /projects and /projects/NAME. A project exists as long as a task names it. */
#ifndef EMULATOR_PROJECTS_H
#define EMULATOR_PROJECTS_H

#include "reply.h"
#include "request.h"
#include "tasks.h"

/* Answers /projects with a page of the projects, the newest first. */
void projects_list(struct task_table *tasks, const struct request *request, struct reply *reply);

/* Answers /projects/NAME, with 404 when no task names that project. */
void projects_get(struct task_table *tasks, const struct request *request, struct reply *reply);

#endif
