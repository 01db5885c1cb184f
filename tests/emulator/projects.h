/* The answers of /projects and /projects/NAME: a project is what its tasks come to. */
#ifndef EMULATOR_PROJECTS_H
#define EMULATOR_PROJECTS_H

#include "reply.h"
#include "request.h"
#include "tasks.h"

/* Answers /projects: a page of the projects, the newest first. */
void projects_list(struct task_table *tasks, const struct request *request, struct reply *reply);

/* Answers /projects/NAME; 404 where no task has that project. */
void projects_get(struct task_table *tasks, const struct request *request, struct reply *reply);

#endif
