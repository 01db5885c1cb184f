/*
 * The calls that connect a client with the program on the machine of a running task: `register`
 * makes a mailbox, `offer` puts a message into that of its receiver, `message` takes one out. An
 * answer goes through `offer` as well.
 *
 * The real service's rules for what is not there are not known. Here, a task has a mailbox of its
 * own as soon as somebody offers, whether its machine listens or not; and what is sent to a client
 * that has not registered is dropped.
 */
#include "live_calls.h"

#include "json_util.h"
#include "validate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BLOCK_SECONDS     60
#define DEFAULT_BLOCK_SECONDS 10

/* Answers with JSON's null, as the clients do not look at it. */
static void reply_done(struct reply *reply, int rc)
{
    if (rc == -ENOMEM)
        reply_detail(reply, 500, "Internal Server Error");
    else
        reply_text(reply, 200, "application/json", strdup("null"));
}

static void answer_register(const struct api *api, const struct request *request,
                            struct reply *reply)
{
    struct validation validation = {0};
    struct json_object *body = validate_body(&validation, request);
    const char *sender = body ? validate_member(&validation, body, "sender_id", true) : NULL;

    if (body) {
        validate_member(&validation, body, "receiver_id", false);
        validate_member(&validation, body, "type", false);
        validate_member(&validation, body, "sdp", false);
    }
    if (!validate_failed(&validation, reply))
        reply_done(reply, mailboxes_register(api->mailboxes, request->task_id, sender));
    json_object_put(body);
}

static void answer_offer(const struct api *api, const struct request *request,
                         const struct effects *effects, struct reply *reply)
{
    struct validation validation = {0};
    struct json_object *body = validate_body(&validation, request);
    const char *receiver = NULL;
    int rc = 0;

    if (body) {
        validate_member(&validation, body, "sender_id", true);
        receiver = validate_member(&validation, body, "receiver_id", true);
        validate_member(&validation, body, "type", true);
        validate_member(&validation, body, "sdp", true);
    }
    if (!validate_failed(&validation, reply)) {
        if (strcmp(receiver, request->task_id) == 0)
            rc = mailboxes_register(api->mailboxes, request->task_id, receiver);
        if (rc == 0 && !effects_find(effects, FAULT_LOSE))
            rc = mailboxes_put(api->mailboxes, request->task_id, receiver, json_text(body));
        reply_done(reply, rc);
    }
    json_object_put(body);
}

static bool answer_message(const struct api *api, const struct request *request,
                           struct reply *reply)
{
    struct validation validation = {0};
    const char *client = validate_required(&validation, request, "client");
    long seconds = validate_long(&validation, request, "block_s", DEFAULT_BLOCK_SECONDS, 0,
                                 MAX_BLOCK_SECONDS);
    char *text;
    int rc;

    if (validate_failed(&validation, reply))
        return true;
    rc = mailboxes_take(api->mailboxes, request->task_id, client, request->socket, (double)seconds,
                        &text);
    if (rc == -ECONNABORTED)
        return false;
    if (rc == -ENOENT)
        reply_detail(reply, 404, "Client %s is not registered", client);
    else if (text)
        reply_text(reply, 200, "application/json", text);
    else
        reply_text(reply, 204, NULL, NULL);
    return true;
}

bool live_call_answer(const struct api *api, const struct request *request,
                      const struct effects *effects, struct reply *reply)
{
    char *status = NULL;
    int rc = tasks_status(api->tasks, request->task_id, &status);

    free(status);
    if (rc == -ENOENT)
        reply_detail(reply, 404, "Task %s not found", request->task_id);
    else if (rc < 0)
        reply_detail(reply, 500, "Internal Server Error");
    else if (request->kind == KIND_REGISTER)
        answer_register(api, request, reply);
    else if (request->kind == KIND_OFFER)
        answer_offer(api, request, effects, reply);
    else
        return answer_message(api, request, reply);
    return true;
}
