/* One HTTP request: what was received, its kind and task, and its outcome. */
#ifndef EMULATOR_REQUEST_H
#define EMULATOR_REQUEST_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum request_kind {
    KIND_LIST,
    KIND_TASK,
    KIND_STATUS,
    KIND_KILL,
    KIND_METADATA,
    KIND_REGISTER,
    KIND_OFFER,
    KIND_MESSAGE,
    KIND_SIGNED_URL,
    KIND_ZIP_CONTENTS,
    KIND_OBJECT,
    KIND_VERSION,
    KIND_FEES,
    KIND_PROJECTS,
    KIND_PROJECT,
    KIND_CONTROL,
    KIND_OTHER,
    REQUEST_KINDS
};

/* The names of the kinds in the log and in fault rules. */
extern const char *const request_kind_names[REQUEST_KINDS];

struct request {
    struct MHD_Connection *connection;
    int socket;
    unsigned connection_id;
    uint64_t seq;   /* in the order of arrival, from 1 */
    double arrival; /* Unix seconds */

    char *raw_path;  /* as the client sent it */
    char *raw_query; /* the same, without signatures; may be empty */
    char *method;    /* NULL until the header is complete */
    char *path;      /* decoded */
    char *range;     /* the Range header or NULL */
    char *user_agent;
    bool has_key;
    char *body; /* of a POST; at most REQUEST_MAX_BODY bytes */
    size_t body_length;
    bool body_too_long;

    enum request_kind kind;
    char *task_id;       /* or NULL */
    uint64_t range_from; /* the first requested byte of an object */

    /* The outcome. */
    int status;           /* 0 when none was sent */
    uint64_t body_size;   /* bytes of the complete body */
    uint64_t header_size; /* approximate */
    uint64_t acked_before;
    bool cut;            /* a fault has ended the response early */
    uint64_t body_given; /* bytes of a body with faults that are known to be sent */
    bool given_exact;    /* body_given is exact */
};

#define REQUEST_MAX_BODY (8u * 1024 * 1024)

/*
 * Makes a request when its first line has been read; uri is path and query as sent. Returns NULL
 * when out of memory.
 */
struct request *request_new(const char *uri, uint64_t seq);

/* Reads the header and determines kind and task. Returns 0 or -ENOMEM. */
int request_take_header(struct request *request, struct MHD_Connection *connection,
                        const char *path, const char *method);

/* Appends to the body; sets body_too_long past REQUEST_MAX_BODY. Returns 0 or -ENOMEM. */
int request_take_body(struct request *request, const char *data, size_t length);

void request_free(struct request *request);

/* Returns the first query argument with a name, borrowed, or NULL. */
const char *request_argument(const struct request *request, const char *name);

/* Returns the value of a header, borrowed, or NULL. */
const char *request_header(const struct request *request, const char *name);

/* Returns the NAME of a path /projects/NAME, borrowed; NULL for any other path. */
const char *request_project(const struct request *request);

bool request_is(const struct request *request, const char *method);

#endif
