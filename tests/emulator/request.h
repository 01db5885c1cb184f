/* One HTTP request: what came in, what it is about, and what became of it. */
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

/* The kinds as the log and the fault rules name them. */
extern const char *const request_kind_names[REQUEST_KINDS];

struct request {
    struct MHD_Connection *connection;
    int socket;
    unsigned connection_id;
    uint64_t seq;   /* in the order of arrival, from 1 */
    double arrival; /* Unix seconds */

    char *raw_path;  /* as it was sent */
    char *raw_query; /* the same without signatures; may be empty */
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
    uint64_t range_from; /* offset of the first byte asked of an object */

    /* The outcome. */
    int status;           /* 0: none was sent */
    uint64_t body_size;   /* bytes the body was to have */
    uint64_t header_size; /* about */
    uint64_t acked_before;
    bool cut;            /* the response was broken off on purpose */
    uint64_t body_given; /* bytes of a piecemeal body that were surely sent */
    bool given_exact;    /* and no more than those */
};

#define REQUEST_MAX_BODY (8u * 1024 * 1024)

/* A request whose line has been read; uri is path and query as sent. NULL: out of memory. */
struct request *request_new(const char *uri, uint64_t seq);

/* Fills in what the header says and finds out kind and task. Returns 0 or -ENOMEM. */
int request_take_header(struct request *request, struct MHD_Connection *connection,
                        const char *path, const char *method);

/* Appends to the body, up to the ceiling. Returns 0 or -ENOMEM. */
int request_take_body(struct request *request, const char *data, size_t length);

void request_free(struct request *request);

/* The first query argument of a name, borrowed, or NULL. */
const char *request_argument(const struct request *request, const char *name);

/* A header's value, borrowed, or NULL. */
const char *request_header(const struct request *request, const char *name);

/* The project that /projects/NAME names, borrowed from the path; NULL for any other path. */
const char *request_project(const struct request *request);

bool request_is(const struct request *request, const char *method);

#endif
