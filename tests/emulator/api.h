/* The service's HTTP API: tasks, signed URLs, zip contents, version check. */
#ifndef EMULATOR_API_H
#define EMULATOR_API_H

#include "options.h"
#include "reply.h"
#include "request.h"
#include "storage.h"
#include "tasks.h"

struct api {
    const struct options *options;
    struct task_table *tasks;
    const struct storage *storage;
};

/* Answers a request of the API, refusals included; never one of KIND_OBJECT or KIND_CONTROL. */
void api_answer(const struct api *api, const struct request *request, struct reply *reply);

#endif
