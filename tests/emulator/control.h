/* The control calls under /_emulator/. */
#ifndef EMULATOR_CONTROL_H
#define EMULATOR_CONTROL_H

#include "faults.h"
#include "mailboxes.h"
#include "reply.h"
#include "request.h"
#include "request_log.h"
#include "signing.h"
#include "tasks.h"
#include "waiters.h"

struct control {
    struct faults *faults;
    struct waiters *waiters;
    struct mailboxes *mailboxes;
    struct task_table *tasks;
    struct signer *signer;
    struct request_log *log;
};

/* Answers a request of KIND_CONTROL. A sync call may block for a few seconds. */
void control_answer(const struct control *control, const struct request *request,
                    struct reply *reply);

#endif
