/*
 * The headers of an HTTP response that taskfs looks at, parsed line by line.
 *
 * Source: RFC 9110, sections 6.6.1, 8.4, 8.6, 8.8, 10.2.3 and 14.4.
 */
#ifndef TASKFS_NET_RESPONSE_H
#define TASKFS_NET_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

#include "net/http_date.h"

#define ETAG_MAX 256

struct response {
    int status;           /* 0 before the status line */
    int has_range;        /* a well-formed "Content-Range: bytes first-last/total" */
    int bad_range;        /* a Content-Range that is not well-formed */
    uint64_t first, last; /* both inclusive, last >= first, last < total */
    uint64_t total;       /* bytes of the whole object; also from "bytes *\/total" (416) */
    int has_total;
    int64_t content_length; /* -1 unknown */
    int encoded;            /* it has a Content-Encoding other than identity */
    int retry_after;        /* seconds, at most 86400; -1 none */
    int64_t date;           /* the server's clock: seconds since 1970 UTC; HTTP_DATE_UNKNOWN */
    int has_version;        /* it has an ETag or a Last-Modified */
    char etag[ETAG_MAX];    /* with its quotes; "" when there is none, or it is too long */
};

/* Adds one header line of `len` bytes, with or without its line end. A status line resets
 * `response` first, so that nothing of an interim response or a redirect is left. Bad lines are
 * ignored. */
void response_add_line(struct response *response, const char *line, size_t len);

/* Returns 1 when there is a strong ETag, else 0. */
int response_has_strong_etag(const struct response *response);

#endif
