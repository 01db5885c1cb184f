/* The service's HTTP API. */
#include "api.h"

#include "account.h"
#include "json_util.h"
#include "lifecycle.h"
#include "live_calls.h"
#include "projects.h"
#include "validate.h"
#include "zip_contents.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PER_PAGE 10
#define MAX_PER_PAGE     500
#define MAX_PAGE         1000000000L

/* The alphabet of a key is the one that the official client accepts. */
static bool key_is_valid(const char *key)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789._-";

    return *key && key[strspn(key, alphabet)] == '\0';
}

static bool api_admit(const struct api *api, const struct request *request, struct reply *reply)
{
    const char *key = request_header(request, "X-API-Key");
    bool good;

    if (!key) {
        reply_detail(reply, 401, "Not authenticated: the header X-API-Key is missing");
        return false;
    }
    good = key_is_valid(key) && api->options->n_keys == 0;
    for (int i = 0; i < api->options->n_keys && !good; i++)
        good = strcmp(key, api->options->keys[i]) == 0;
    if (!good)
        reply_detail(reply, 401, "Invalid API key");
    return good;
}

static void reply_failure(struct reply *reply, const struct request *request, int rc)
{
    if (rc == -ENOENT)
        reply_detail(reply, 404, "Task %s not found", request->task_id ? request->task_id : "");
    else
        reply_detail(reply, 500, "Internal Server Error");
}

static void take_status(struct validation *validation, struct task_query *query, const char *value)
{
    char expected[640] = "";

    if (lifecycle_known(value)) {
        if (query->n_statuses < TASKS_MAX_FILTERS)
            query->statuses[query->n_statuses++] = value;
        return;
    }
    for (int i = 0; lifecycle_codes[i]; i++) {
        const char *join = i == 0 ? "'" : lifecycle_codes[i + 1] ? ", '" : " or '";

        strncat(expected, join, sizeof(expected) - strlen(expected) - 1);
        strncat(expected, lifecycle_codes[i], sizeof(expected) - strlen(expected) - 1);
        strncat(expected, "'", sizeof(expected) - strlen(expected) - 1);
    }
    validate_enum(validation, "status", value, expected);
}

/* `create_time:desc`, `create_time:asc` or `create_time`. */
static void take_sort(struct validation *validation, struct task_query *query, const char *value)
{
    static const char *const fields[] = {
        "create_time",
        "input_submit_time",
        "start_time",
        "computation_start_time",
        "computation_end_time",
        "end_time",
        "task_id",
        "status",
        "project",
    };
    size_t length = strcspn(value, ":");
    const char *order = value[length] ? value + length + 1 : "asc";

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strlen(fields[i]) != length || strncmp(fields[i], value, length) != 0)
            continue;
        if (strcmp(order, "asc") != 0 && strcmp(order, "desc") != 0)
            break;
        if (query->n_sorts < TASKS_MAX_FILTERS)
            query->sorts[query->n_sorts++] = (struct task_sort){fields[i],
                                                                strcmp(order, "desc") == 0};
        return;
    }
    validate_mistake(validation, "value_error", "sort",
                     "Value error, sort is FIELD:asc or FIELD:desc", value);
}

struct list_arguments {
    struct validation *validation;
    struct task_query *query;
};

static enum MHD_Result take_argument(void *context, enum MHD_ValueKind kind, const char *name,
                                     const char *value)
{
    struct list_arguments *arguments = context;

    (void)kind;
    if (!value)
        value = "";
    if (strcmp(name, "status") == 0)
        take_status(arguments->validation, arguments->query, value);
    else if (strcmp(name, "sort") == 0)
        take_sort(arguments->validation, arguments->query, value);
    return MHD_YES;
}

static void answer_list(const struct api *api, const struct request *request, struct reply *reply)
{
    struct validation validation = {0};
    struct task_query query = {0};
    struct list_arguments arguments = {&validation, &query};
    char *text;
    int rc;

    query.page = validate_long(&validation, request, "page", 1, 1, MAX_PAGE);
    query.per_page = validate_long(&validation, request, "per_page", DEFAULT_PER_PAGE, 1,
                                   MAX_PER_PAGE);
    query.active = validate_bool(&validation, request, "active");
    query.project = request_argument(request, "project");
    query.id_filter = request_argument(request, "task_id_filter");
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, take_argument,
                              &arguments);
    if (validate_failed(&validation, reply))
        return;
    rc = tasks_list(api->tasks, &query, &text);
    if (rc < 0)
        reply_failure(reply, request, rc);
    else
        reply_text(reply, 200, "application/json", text);
}

static void answer_task(const struct api *api, const struct request *request, struct reply *reply)
{
    char *text = NULL;
    int rc;

    if (request->kind == KIND_TASK)
        rc = tasks_get(api->tasks, request->task_id, &text);
    else if (request->kind == KIND_STATUS)
        rc = tasks_status(api->tasks, request->task_id, &text);
    else if (request->kind == KIND_METADATA)
        rc = tasks_metadata(api->tasks, request->task_id, &text);
    else
        rc = tasks_kill(api->tasks, request->task_id, &text);
    if (rc == 0) {
        reply_text(reply, 200, "application/json", text);
        return;
    }
    if (rc == -ESRCH)
        reply_detail(reply, 400, "Task %s cannot be killed: its status is %s", request->task_id,
                     text ? text : "terminal");
    else
        reply_failure(reply, request, rc);
    free(text);
}

struct path_list {
    const struct api *api;
    const char *region;
    struct json_object *urls;
    const char *missing; /* the first path that names no object */
};

static enum MHD_Result sign_path(void *context, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    struct path_list *list = context;
    struct stored_object object;
    char *url;
    int rc;

    (void)kind;
    if (strcmp(name, "paths") != 0 || list->missing)
        return MHD_YES;
    if (!value)
        value = "";
    rc = tasks_resolve(list->api->tasks, value, &object);
    if (rc == 0)
        free(object.file);
    if (rc < 0 || (list->region && object.region[0] && strcmp(list->region, object.region) != 0)) {
        list->missing = value;
        return MHD_YES;
    }
    url = storage_signed_url(list->api->storage, value);
    json_object_array_add(list->urls, url ? json_object_new_string(url) : NULL);
    free(url);
    return MHD_YES;
}

static void answer_signed_urls(const struct api *api, const struct request *request,
                               struct reply *reply)
{
    struct path_list list = {.api = api, .region = request_argument(request, "region")};
    struct validation validation = {0};
    const char *operation;

    validate_required(&validation, request, "paths");
    operation = validate_required(&validation, request, "operation");
    if (operation && strcmp(operation, "download") != 0 && strcmp(operation, "upload") != 0)
        validate_enum(&validation, "operation", operation, "'upload' or 'download'");
    if (validate_failed(&validation, reply))
        return;
    if (strcmp(operation, "upload") == 0) {
        reply_detail(reply, 403, "This server takes no uploads");
        return;
    }
    list.urls = json_object_new_array();
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, sign_path, &list);
    if (list.missing) {
        json_object_put(list.urls);
        reply_detail(reply, 404, "File not found: %s", list.missing);
        return;
    }
    reply_json(reply, 200, list.urls);
}

static void answer_zip_contents(const struct api *api, const struct request *request,
                                struct reply *reply)
{
    struct validation validation = {0};
    const char *path = validate_required(&validation, request, "path");
    const char *folder = request_argument(request, "zip_relative_path");
    const char *region = request_argument(request, "region");
    int recursive = validate_bool(&validation, request, "recursive");
    struct stored_object object;
    char *text;
    int rc;

    if (validate_failed(&validation, reply))
        return;
    rc = tasks_resolve(api->tasks, path, &object);
    if (rc < 0 || (region && object.region[0] && strcmp(region, object.region) != 0)) {
        if (rc == 0)
            free(object.file);
        reply_detail(reply, 404, "File not found: %s", path);
        return;
    }
    rc = zip_contents(object.file, folder ? folder : "", recursive == 1, &text);
    free(object.file);
    if (rc < 0)
        reply_detail(reply, 400, "Not a valid zip archive: %s", path);
    else
        reply_text(reply, 200, "application/json", text);
}

static const char *method_of(enum request_kind kind)
{
    return kind == KIND_KILL || kind == KIND_REGISTER || kind == KIND_OFFER ? "POST" : "GET";
}

bool api_answer(const struct api *api, const struct request *request, const struct effects *effects,
                struct reply *reply)
{
    const char *method = method_of(request->kind);

    if (request->kind == KIND_OTHER) {
        reply_detail(reply, 404, "Not Found");
        return true;
    }
    if (!request_is(request, method)) {
        reply_detail(reply, 405, "Method Not Allowed");
        reply_header(reply, "Allow", "%s", method);
        return true;
    }
    if (request->kind == KIND_VERSION)
        account_version(api->options->min_client_version, request, reply);
    else if (!api_admit(api, request, reply))
        return true;
    else if (request->kind == KIND_REGISTER || request->kind == KIND_OFFER ||
             request->kind == KIND_MESSAGE)
        return live_call_answer(api, request, effects, reply);
    else if (request->kind == KIND_FEES)
        account_fees(reply);
    else if (request->kind == KIND_PROJECTS)
        projects_list(api->tasks, request, reply);
    else if (request->kind == KIND_PROJECT)
        projects_get(api->tasks, request, reply);
    else if (request->kind == KIND_LIST)
        answer_list(api, request, reply);
    else if (request->kind == KIND_SIGNED_URL)
        answer_signed_urls(api, request, reply);
    else if (request->kind == KIND_ZIP_CONTENTS)
        answer_zip_contents(api, request, reply);
    else
        answer_task(api, request, reply);
    return true;
}
