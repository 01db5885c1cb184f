/* The control calls under /_emulator/. */
#include "control.h"

#include "json_util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SYNC_SECONDS 5.0

static bool parse_body(const struct request *request, struct json_object **value,
                       struct reply *reply)
{
    if (request->body && json_parse(request->body, request->body_length, value) == 0 && *value)
        return true;
    reply_detail(reply, 400, "the body is not JSON");
    return false;
}

static void add_faults(const struct control *control, const struct request *request,
                       struct reply *reply)
{
    struct json_object *rules, *ids, *answer;
    char *reason = NULL;

    if (!parse_body(request, &rules, reply))
        return;
    if (faults_add(control->faults, rules, &ids, &reason) < 0) {
        reply_detail(reply, 400, "%s", reason ? reason : "a bad rule");
    } else {
        answer = json_object_new_object();
        json_object_object_add(answer, "ids", ids);
        reply_json(reply, 200, answer);
    }
    free(reason);
    json_object_put(rules);
}

static void clear_faults(const struct control *control, int rule, struct reply *reply)
{
    struct json_object *answer;
    int removed = faults_clear(control->faults, rule);

    waiters_cancel(control->waiters, rule);
    if (rule != 0 && removed == 0) {
        reply_detail(reply, 404, "no rule %d", rule);
        return;
    }
    answer = json_object_new_object();
    json_set_int(answer, "removed", removed);
    reply_json(reply, 200, answer);
}

static void faults_call(const struct control *control, const struct request *request,
                        const char *rest, struct reply *reply)
{
    int rule = *rest == '/' ? atoi(rest + 1) : 0;

    if (*rest == '/' && rule < 1)
        reply_detail(reply, 404, "no such rule");
    else if (request_is(request, "DELETE"))
        clear_faults(control, rule, reply);
    else if (request_is(request, "GET") && rule == 0)
        reply_text(reply, 200, "application/json", faults_text(control->faults));
    else if (request_is(request, "POST") && rule == 0)
        add_faults(control, request, reply);
    else
        reply_detail(reply, 405, "Method Not Allowed");
}

static void task_call(const struct control *control, const struct request *request,
                      struct reply *reply)
{
    struct json_object *patch;
    char *text = NULL;
    int rc;

    if (!request_is(request, "POST")) {
        reply_detail(reply, 405, "Method Not Allowed");
        return;
    }
    if (!parse_body(request, &patch, reply))
        return;
    rc = json_object_is_type(patch, json_type_object)
             ? tasks_patch(control->tasks, request->task_id, patch)
             : -EINVAL;
    json_object_put(patch);
    if (rc == 0)
        rc = tasks_get(control->tasks, request->task_id, &text);
    if (rc == 0)
        reply_text(reply, 200, "application/json", text);
    else if (rc == -ENOENT)
        reply_detail(reply, 404, "no task '%s'", request->task_id);
    else
        reply_detail(reply, 400,
                     "the body must be an object of task fields, with settings under "
                     "\"emulator\" as in task.json");
}

static void stats_call(const struct control *control, struct reply *reply)
{
    struct json_object *stats = json_object_new_object();

    request_log_stats(control->log, stats);
    json_set_int(stats, "requests_waiting", waiters_count(control->waiters));
    mailboxes_stats(control->mailboxes, stats);
    json_set_int(stats, "tasks", (long long)tasks_count(control->tasks));
    reply_json(reply, 200, stats);
}

static int count_waiting(void *context)
{
    return waiters_count(context);
}

static void sync_call(const struct control *control, struct reply *reply)
{
    struct json_object *answer = json_object_new_object();
    bool idle = request_log_settle(control->log, count_waiting, control->waiters, SYNC_SECONDS);

    json_set_bool(answer, "idle", idle);
    reply_json(reply, 200, answer);
}

void control_answer(const struct control *control, const struct request *request,
                    struct reply *reply)
{
    const char *call = request->path + strlen("/_emulator/");

    if (strncmp(call, "faults", 6) == 0 && (call[6] == '\0' || call[6] == '/')) {
        faults_call(control, request, call + 6, reply);
    } else if (request->task_id && strncmp(call, "task/", 5) == 0) {
        task_call(control, request, reply);
    } else if (strcmp(call, "stats") == 0 && request_is(request, "GET")) {
        stats_call(control, reply);
    } else if (strcmp(call, "sync") == 0 && request_is(request, "GET")) {
        sync_call(control, reply);
    } else if (strcmp(call, "urls") == 0 && request_is(request, "DELETE")) {
        signer_expire_all(control->signer);
        reply_json(reply, 200, json_object_new_object());
    } else {
        reply_detail(reply, 404, "no such control call");
    }
}
