/*
 * An HTTP server for tests: one thread on 127.0.0.1, kept-alive connections, answers made by a
 * function of the test's, every request remembered. Runs out of anything by abort().
 */
#ifndef TASKFS_TINY_HTTP_H
#define TASKFS_TINY_HTTP_H

#include <stddef.h>
#include <stdint.h>

struct tiny_request {
    char method[8];
    char path[512]; /* with its query */
    char range[64]; /* "bytes=0-99"; "" none */
    char if_match[300];
    char key[100];    /* X-API-Key */
    unsigned number;  /* counted from 0 */
    uint64_t first;   /* of the range asked for */
    uint64_t end;     /* one past; UINT64_MAX open */
    uint64_t suffix;  /* or: the last so many bytes */
    size_t body;      /* bytes of its body, which is not looked at */
    unsigned sockets; /* connections that were made so far */
};

#define TINY_ALL SIZE_MAX

/* Zeroed at first; what is not set is left out. */
struct tiny_answer {
    int status;        /* 0: the connection is cut without an answer */
    char headers[600]; /* whole lines, each with \r\n */
    const void *body;  /* borrowed */
    size_t len;
    int no_length; /* no Content-Length: the body ends with the connection */
    size_t cut;    /* the connection is cut after so many bytes of body; TINY_ALL not */
    int stalls;    /* it stays open, and no more comes */
};

typedef void tiny_answer_fn(void *arg, const struct tiny_request *request,
                            struct tiny_answer *answer);

struct tiny_http;

/* `answer` is called on the server's thread. */
struct tiny_http *tiny_http_start(tiny_answer_fn *answer, void *arg);
/* Ends and frees it. */
void tiny_http_stop(struct tiny_http *http);
/* "http://127.0.0.1:PORT" */
const char *tiny_http_url(const struct tiny_http *http);
/* Requests so far, and one of them. */
unsigned tiny_http_count(struct tiny_http *http);
struct tiny_request tiny_http_request(struct tiny_http *http, unsigned number);
void tiny_http_forget(struct tiny_http *http);

void tiny_header(struct tiny_answer *answer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What an honest store says when asked for a range of these bytes. `etag` may be NULL. */
void tiny_object(const struct tiny_request *request, const void *bytes, size_t n, const char *etag,
                 struct tiny_answer *answer);

#endif
