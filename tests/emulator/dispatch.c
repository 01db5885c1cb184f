/* Turns a complete request into its reply. */
#include "dispatch.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Waits as long as the effects say. Returns false when the client has gone or the server stops. */
static bool wait_first(const struct dispatcher *dispatcher, const struct request *request,
                       const struct effects *effects)
{
    for (int i = 0; i < effects->n; i++) {
        const struct fault *fault = &effects->faults[i];

        if (fault->action != FAULT_DELAY && fault->action != FAULT_STALL_HEADERS)
            continue;
        if (waiters_wait(dispatcher->control->waiters, request->socket, fault->seconds,
                         fault->rule) == WAIT_GONE)
            return false;
    }
    return true;
}

static void status_reply(const struct request *request, const struct fault *fault,
                         struct reply *reply)
{
    if (fault->text)
        reply_text(reply, fault->code, "application/json", strdup(fault->text));
    else if (request->kind == KIND_OBJECT)
        reply_xml_error(reply, fault->code, "EmulatedFault", "A deliberate error.", "");
    else
        reply_detail(reply, fault->code, "a deliberate error");
    if (fault->content_type)
        reply->content_type = fault->content_type;
    if (fault->retry_after)
        reply_header(reply, "Retry-After", "%s", fault->retry_after);
}

/* Returns true when an effect has answered in place of the service. */
static bool answered_by_fault(const struct request *request, const struct effects *effects,
                              struct reply *reply)
{
    const struct fault *status = effects_find(effects, FAULT_STATUS);
    const struct fault *redirect = effects_find(effects, FAULT_REDIRECT);

    if (status) {
        status_reply(request, status, reply);
        return true;
    }
    if (redirect) {
        reply_text(reply, redirect->code ? redirect->code : 302, NULL, NULL);
        reply_header(reply, "Location", "%s", redirect->text);
        return true;
    }
    return false;
}

/* Applies the effects that change a JSON body. */
static void change_json(const struct effects *effects, struct reply *reply)
{
    const struct fault *json = effects_find(effects, FAULT_JSON);
    const struct fault *not_json = effects_find(effects, FAULT_NOT_JSON);
    const struct fault *cut = effects_find(effects, FAULT_CUT_JSON);

    if (!reply->text)
        return;
    if (json)
        reply_text(reply, reply->status, "application/json", strdup(json->text));
    if (not_json)
        reply_text(reply, reply->status,
                   not_json->content_type ? not_json->content_type : "text/html",
                   strdup(not_json->text));
    if (cut && (uint64_t)cut->number < reply->length)
        reply->length = (uint64_t)cut->number;
}

static void change_date(const struct effects *effects, struct reply *reply)
{
    const struct fault *fault = effects_find(effects, FAULT_DATE);
    char date[64];

    if (!fault)
        return;
    http_date(time(NULL) + (time_t)fault->seconds, date);
    reply_header(reply, "Date", "%s", date);
}

static enum MHD_Result answer_request(const struct dispatcher *dispatcher, struct request *request,
                                      struct opened_object *object, struct effects *effects,
                                      struct reply *reply)
{
    const struct fault *drop = effects_find(effects, FAULT_DROP);

    if (!wait_first(dispatcher, request, effects))
        return MHD_NO;
    if (drop) {
        request->cut = true;
        if (drop->reset)
            reply_reset(request->socket);
        return MHD_NO;
    }
    if (request->body_too_long)
        reply_detail(reply, 413, "Request body too long");
    else if (answered_by_fault(request, effects, reply))
        ;
    else if (request->kind == KIND_CONTROL)
        control_answer(dispatcher->control, request, reply);
    else if (request->kind == KIND_OBJECT)
        storage_get(dispatcher->storage, request, object, effects, reply);
    else if (!api_answer(dispatcher->api, request, effects, reply))
        return MHD_NO;
    if (request->kind != KIND_OBJECT)
        change_json(effects, reply);
    change_date(effects, reply);
    return reply_send(reply, request, effects, dispatcher->control->waiters);
}

enum MHD_Result dispatch(const struct dispatcher *dispatcher, struct request *request)
{
    struct opened_object object = {.fd = -1};
    struct effects effects = {.n = 0};
    enum MHD_Result result;
    struct reply reply;

    reply_init(&reply);
    if (request->kind == KIND_OBJECT)
        storage_open(dispatcher->storage, request, &object);
    if (request->kind != KIND_CONTROL)
        faults_select(dispatcher->control->faults, request, &effects);
    result = answer_request(dispatcher, request, &object, &effects, &reply);
    reply_free(&reply);
    opened_object_close(&object);
    effects_free(&effects);
    return result;
}
