/* One HTTP request: its kind, its task, its body. */
#include "request.h"

#include "json_util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const request_kind_names[REQUEST_KINDS] = {
    "list",  "task",     "status",     "kill",         "metadata", "register",
    "offer", "message",  "signed-url", "zip-contents", "object",   "version",
    "fees",  "projects", "project",    "control",      "other",
};

/* Copies a query without the parameters that grant access. */
static char *strip_signature(const char *query)
{
    static const char *const secret[] = {"X-Goog-Signature", "X-Goog-Credential", "X-Amz-Signature",
                                         "X-Amz-Credential", "sig"};
    char *out = malloc(strlen(query) + 1);
    char *to = out;

    while (out && *query) {
        size_t length = strcspn(query, "&");
        size_t name = strcspn(query, "=&");
        bool keep = true;

        for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
            if (strlen(secret[i]) == name && strncasecmp(secret[i], query, name) == 0)
                keep = false;
        }
        if (keep) {
            if (to > out)
                *to++ = '&';
            memcpy(to, query, length);
            to += length;
        }
        query += length;
        if (*query == '&')
            query++;
    }
    if (out)
        *to = '\0';
    return out;
}

struct request *request_new(const char *uri, uint64_t seq)
{
    struct request *request = calloc(1, sizeof(*request));
    const char *query = strchrnul(uri, '?');

    if (!request)
        return NULL;
    request->seq = seq;
    request->arrival = clock_unix();
    request->kind = KIND_OTHER;
    request->raw_path = strndup(uri, (size_t)(query - uri));
    request->raw_query = strip_signature(*query ? query + 1 : query);
    if (!request->raw_path || !request->raw_query) {
        request_free(request);
        return NULL;
    }
    return request;
}

void request_free(struct request *request)
{
    free(request->raw_path);
    free(request->raw_query);
    free(request->method);
    free(request->path);
    free(request->range);
    free(request->user_agent);
    free(request->body);
    free(request->task_id);
    free(request);
}

const char *request_argument(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *request_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

bool request_is(const struct request *request, const char *method)
{
    return strcmp(request->method, method) == 0;
}

const char *request_project(const struct request *request)
{
    static const char prefix[] = "/projects/";
    const char *name = request->path + sizeof(prefix) - 1;

    if (strncmp(request->path, prefix, sizeof(prefix) - 1) != 0 || !*name || strchr(name, '/'))
        return NULL;
    return name;
}

/* The part of a path up to the next slash. */
static char *first_part(const char *path)
{
    return strndup(path, strcspn(path, "/"));
}

static void route_task(struct request *request, const char *rest)
{
    static const struct {
        const char *tail;
        enum request_kind kind;
    } tails[] = {
        {"", KIND_TASK},
        {"/status", KIND_STATUS},
        {"/kill", KIND_KILL},
        {"/metadata", KIND_METADATA},
        {"/register", KIND_REGISTER},
        {"/offer", KIND_OFFER},
        {"/message", KIND_MESSAGE},
    };
    size_t id = strcspn(rest, "/");

    request->task_id = first_part(rest);
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        if (id > 0 && strcmp(rest + id, tails[i].tail) == 0)
            request->kind = tails[i].kind;
    }
}

static void route_request(struct request *request)
{
    const char *path = request->path;
    const char *object = NULL;

    if (strcmp(path, "/tasks") == 0) {
        request->kind = KIND_LIST;
    } else if (strncmp(path, "/tasks/", 7) == 0) {
        route_task(request, path + 7);
    } else if (strcmp(path, "/storage/signed-urls") == 0) {
        request->kind = KIND_SIGNED_URL;
        object = request_argument(request, "paths");
    } else if (strcmp(path, "/storage/zip-contents") == 0) {
        request->kind = KIND_ZIP_CONTENTS;
        object = request_argument(request, "path");
    } else if (strncmp(path, "/storage/", 9) == 0) {
        request->kind = KIND_OBJECT;
        object = path + 9;
    } else if (strcmp(path, "/version-check") == 0) {
        request->kind = KIND_VERSION;
    } else if (strcmp(path, "/users/fees") == 0) {
        request->kind = KIND_FEES;
    } else if (strcmp(path, "/projects") == 0) {
        request->kind = KIND_PROJECTS;
    } else if (request_project(request)) {
        request->kind = KIND_PROJECT;
    } else if (strncmp(path, "/_emulator/", 11) == 0) {
        request->kind = KIND_CONTROL;
        if (strncmp(path, "/_emulator/task/", 16) == 0)
            request->task_id = first_part(path + 16);
    }
    if (object)
        request->task_id = first_part(object);
}

static char *copy_header(struct request *request, const char *name)
{
    const char *value = request_header(request, name);

    return value ? strdup(value) : NULL;
}

int request_take_header(struct request *request, struct MHD_Connection *connection,
                        const char *path, const char *method)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    request->connection = connection;
    request->socket = info ? info->connect_fd : -1;
    request->method = strdup(method);
    request->path = strdup(path);
    if (!request->method || !request->path)
        return -ENOMEM;
    request->range = copy_header(request, "Range");
    request->user_agent = copy_header(request, "User-Agent");
    request->has_key = request_header(request, "X-API-Key") != NULL;
    route_request(request);
    return 0;
}

int request_take_body(struct request *request, const char *data, size_t length)
{
    char *body;

    if (length > REQUEST_MAX_BODY - request->body_length) {
        request->body_too_long = true;
        return 0;
    }
    body = realloc(request->body, request->body_length + length + 1);
    if (!body)
        return -ENOMEM;
    memcpy(body + request->body_length, data, length);
    request->body = body;
    request->body_length += length;
    body[request->body_length] = '\0';
    return 0;
}
