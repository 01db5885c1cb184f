/* The answer to a request, and how it is sent: whole, or with the faults that apply to it. */
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
    char *text;               /* the body, or NULL when it comes from a file */
    int fd;                   /* the file that holds the body, or -1 */
    uint64_t offset;          /* where the body begins in the file */
    uint64_t length;          /* of the body */
    uint64_t wrap; /* not 0: the size of the file; at its end the body continues at its start */
    struct {
        const char *name;
        char *value;
    } headers[REPLY_MAX_HEADERS];
    int n_headers;
};

/* Makes an empty reply without a file. */
void reply_init(struct reply *reply);
void reply_free(struct reply *reply);

/* Adds a header with a formatted value. The name must stay valid; at most REPLY_MAX_HEADERS. */
void reply_header(struct reply *reply, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes a date of HTTP (RFC 9110, 5.6.7). */
void http_date(time_t when, char out[64]);

/* Sets the body; takes ownership of text, which may be NULL. content_type must stay valid. */
void reply_text(struct reply *reply, int status, const char *content_type, char *text);

/* Sets a JSON body; takes ownership of the value. */
void reply_json(struct reply *reply, int status, struct json_object *value);

/* Sets an error body {"detail": text}, as the service has it. */
void reply_detail(struct reply *reply, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets an XML error body, as the object store has it. */
void reply_xml_error(struct reply *reply, int status, const char *code, const char *message,
                     const char *details);

/*
 * Queues the reply and takes its body. The effects are copied; the request must live until it is
 * complete. Returns what the access handler of libmicrohttpd returns.
 */
enum MHD_Result reply_send(struct reply *reply, struct request *request, struct effects *effects,
                           struct waiters *waiters);

/*
 * Aborts the connection with an RST once all sent bytes are acknowledged, or after 2 s. Blocks
 * until then.
 */
void reply_reset(int socket);

#endif
