/* The answer to a request, and how it is sent: whole, or spoilt as the effects say. */
#ifndef EMULATOR_REPLY_H
#define EMULATOR_REPLY_H

#include "faults.h"
#include "request.h"
#include "waiters.h"

#include <json-c/json.h>

#define REPLY_MAX_HEADERS 12

struct reply {
    int status;
    const char *content_type; /* a constant, or borrowed from the effects; NULL: none */
    char *text;               /* the body, or NULL for a file's */
    int fd;                   /* the file whose part is the body, or -1 */
    uint64_t offset;          /* of the body in the file */
    uint64_t length;          /* of the body */
    uint64_t wrap;            /* not 0: the file's size, at which reading goes on at its start */
    struct {
        const char *name;
        char *value;
    } headers[REPLY_MAX_HEADERS];
    int n_headers;
};

/* An empty reply, fd -1. */
void reply_init(struct reply *reply);
void reply_free(struct reply *reply);

/* Adds a header; the value is formatted and copied. */
void reply_header(struct reply *reply, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes over the text as the body. */
void reply_text(struct reply *reply, int status, const char *content_type, char *text);

/* A JSON body; takes over the value. */
void reply_json(struct reply *reply, int status, struct json_object *value);

/* {"detail": ...}, as the service words its errors. */
void reply_detail(struct reply *reply, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An XML error as the object store words it. */
void reply_xml_error(struct reply *reply, int status, const char *code, const char *message,
                     const char *details);

/*
 * Queues the reply; body and effects (which it copies) are used up while it is sent. Returns what
 * the access handler returns.
 */
enum MHD_Result reply_send(struct reply *reply, struct request *request, struct effects *effects,
                           struct waiters *waiters);

/* Sends an RST on a socket now, after what was sent has been acknowledged (or 2 s). */
void reply_reset(int socket);

#endif
