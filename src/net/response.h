/*
 * What the headers of an HTTP response say, as far as taskfs asks. Fed line by line.
 *
 * Source: RFC 9110, sections 8.3 (Content-Encoding is 8.4), 8.6, 8.8.3, 10.2.3 and 14.4.
 */
#ifndef TASKFS_NET_RESPONSE_H
#define TASKFS_NET_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

#define ETAG_MAX 256

struct response {
    int status;           /* 0 before the status line */
    int has_range;        /* a well-formed "Content-Range: bytes first-last/total" */
    int bad_range;        /* there was one, and it was not well-formed */
    uint64_t first, last; /* both inclusive, last >= first, last < total */
    uint64_t total;       /* of the whole object; also from "bytes *\/total" (416) */
    int has_total;
    int64_t content_length; /* -1 unknown */
    int encoded;            /* a Content-Encoding other than identity */
    int retry_after;        /* seconds, at most 86400; -1 none */
    int has_version;        /* an ETag or a Last-Modified */
    char etag[ETAG_MAX];    /* with its quotes; "" none, or too long to be used */
};

/* Takes one header line of `len` bytes, line end included or not. A status line starts anew, so
 * that interim responses and redirects leave nothing behind. Bad lines are ignored. */
void response_add_line(struct response *response, const char *line, size_t len);

/* True when the ETag is there and strong: it may be compared byte by byte. */
int response_has_strong_etag(const struct response *response);

#endif
