/* The service's HTTP API: every call except the object store and the control calls. */
#ifndef EMULATOR_API_H
#define EMULATOR_API_H

#include "faults.h"
#include "mailboxes.h"
#include "options.h"
#include "reply.h"
#include "request.h"
#include "storage.h"
#include "tasks.h"

struct api {
    const struct options *options;
    struct task_table *tasks;
    const struct storage *storage;
    struct mailboxes *mailboxes;
};

/*
 * Answers a request of the API, or refuses it. The request is of any kind but KIND_OBJECT and
 * KIND_CONTROL. Returns false when there is no answer, because the client has gone or the server
 * stops. A KIND_MESSAGE blocks as long as it asks for.
 */
bool api_answer(const struct api *api, const struct request *request, const struct effects *effects,
                struct reply *reply);

#endif
