/* Whether and when to try again: pure functions of what happened. */
#ifndef TASKFS_NET_RETRY_H
#define TASKFS_NET_RETRY_H

#include <stdint.h>

#define RETRY_MAX     5   /* tries after the first */
#define RETRY_BASE_MS 200 /* doubled with each try */
#define RETRY_CAP_MS  8000

struct retry_case {
    unsigned attempt; /* tries made so far, 1 after the first */
    int status;       /* HTTP status, 0 when the transfer broke before or after it */
    int retry_after;  /* seconds that the server asked for, -1 none */
    int64_t now;      /* clock_ms() */
    int64_t deadline; /* clock_ms() */
    uint32_t random;  /* any number */
};

/*
 * The milliseconds to wait before the next try, or -1 to give up: after RETRY_MAX further tries,
 * when the status says that trying again is no use, or when the wait would pass the deadline.
 * Exponential backoff with jitter (half of it random); Retry-After is a lower bound. A broken
 * transfer (status 0) is tried again as a 503 is.
 */
int64_t retry_delay(const struct retry_case *retry);

/* 429, 500, 502, 503, 504 and 408. */
int retry_is_transient(int status);

/* The errno of a final answer: 404 and 410 -ENOENT, 401 and 403 -EACCES, 412 -ESTALE, else -EIO. */
int retry_status_error(int status);

#endif
