/* The answer to a request and its headers. */
#include "reply.h"

#include "body.h"
#include "json_util.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void reply_init(struct reply *reply)
{
    *reply = (struct reply){.fd = -1};
}

static void drop_body(struct reply *reply)
{
    free(reply->text);
    reply->text = NULL;
    if (reply->fd >= 0)
        close(reply->fd);
    reply->fd = -1;
    reply->length = 0;
}

void reply_free(struct reply *reply)
{
    drop_body(reply);
    for (int i = 0; i < reply->n_headers; i++)
        free(reply->headers[i].value);
    reply->n_headers = 0;
}

void reply_header(struct reply *reply, const char *name, const char *format, ...)
{
    char *value = NULL;
    va_list args;

    va_start(args, format);
    if (reply->n_headers < REPLY_MAX_HEADERS && vasprintf(&value, format, args) >= 0) {
        reply->headers[reply->n_headers].name = name;
        reply->headers[reply->n_headers++].value = value;
    }
    va_end(args);
}

void http_date(time_t when, char out[64])
{
    struct tm tm;

    gmtime_r(&when, &tm);
    strftime(out, 64, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

void reply_text(struct reply *reply, int status, const char *content_type, char *text)
{
    drop_body(reply);
    reply->status = status;
    reply->content_type = content_type;
    reply->text = text;
    reply->length = text ? strlen(text) : 0;
}

void reply_json(struct reply *reply, int status, struct json_object *value)
{
    reply_text(reply, status, "application/json", json_text(value));
    json_object_put(value);
}

void reply_detail(struct reply *reply, int status, const char *format, ...)
{
    struct json_object *error = json_object_new_object();
    char *detail = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&detail, format, args) < 0)
        detail = NULL;
    va_end(args);
    json_set_string(error, "detail", detail);
    free(detail);
    reply_json(reply, status, error);
}

void reply_xml_error(struct reply *reply, int status, const char *code, const char *message,
                     const char *details)
{
    char *text = NULL;

    if (asprintf(&text,
                 "<?xml version='1.0' encoding='UTF-8'?><Error><Code>%s</Code><Message>%s"
                 "</Message><Details>%s</Details></Error>",
                 code, message, details) < 0)
        text = NULL;
    reply_text(reply, status, "application/xml; charset=UTF-8", text);
}

/* Roughly the bytes of the status line and of the headers that libmicrohttpd adds. */
#define HEADER_BASE 120

static void add_header(struct MHD_Response *response, struct request *request, const char *name,
                       const char *value)
{
    MHD_add_response_header(response, name, value);
    request->header_size += strlen(name) + strlen(value) + 4;
}

enum MHD_Result reply_send(struct reply *reply, struct request *request, struct effects *effects,
                           struct waiters *waiters)
{
    enum MHD_Result result;
    uint64_t length = reply->length;
    struct MHD_Response *response = body_response(reply, request, effects, waiters);

    if (!response)
        return MHD_NO;
    request->status = reply->status;
    request->body_size = length;
    request->header_size = HEADER_BASE;
    if (reply->content_type)
        add_header(response, request, "Content-Type", reply->content_type);
    for (int i = 0; i < reply->n_headers; i++)
        add_header(response, request, reply->headers[i].name, reply->headers[i].value);
    result = MHD_queue_response(request->connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return result;
}
