/* Whether and when to try a request again: pure functions. */
#ifndef TASKFS_NET_RETRY_H
#define TASKFS_NET_RETRY_H

#include <stdint.h>

#define RETRY_MAX     5   /* tries after the first */
#define RETRY_BASE_MS 200 /* before the second try; doubled with each further one */
#define RETRY_CAP_MS  8000
/* Before the deadline: the last try to outlast an outage. Who waits until then can still be given
 * what is known from earlier. */
#define RETRY_LAST_MS 250

struct retry_case {
    unsigned attempt; /* failed tries so far, 1 after the first: see retry_count */
    int is_outlasted; /* the number of tries has no limit */
    int status;       /* HTTP; 0 when the transfer broke or its answer is not believed */
    int retry_after;  /* seconds that the server has asked for, -1 none */
    int64_t now;      /* clock_ms() */
    int64_t deadline; /* clock_ms() */
    uint32_t random;  /* any number */
};

/*
 * Returns the milliseconds to wait before the next try, or -1 to give up: after RETRY_MAX further
 * tries, unless is_outlasted; when the status is not transient; or when the wait would pass the
 * deadline, or with is_outlasted come too close to it (RETRY_LAST_MS). Exponential backoff with
 * jitter (half of it random); Retry-After is a lower bound. Status 0 counts as transient.
 */
int64_t retry_delay(const struct retry_case *retry);

/* The failed tries of one request since its last progress. All zero at first. */
struct retry_counts {
    unsigned limited;   /* those that RETRY_MAX limits */
    unsigned outlasted; /* those in a row that is_outlasted excepts from it */
};

/*
 * Counts a failed try, and returns retry_case.attempt. An outage that is outlasted does not use up
 * the tries that are left for the failures after it: a service that comes back is often busy first.
 */
unsigned retry_count(struct retry_counts *counts, int is_outlasted);

/* Returns 1 for 408, 429, 500, 502, 503 and 504, which may pass; else 0. */
int retry_is_transient(int status);

/* Returns the errno of a final answer: 404 and 410 -ENOENT, 401 and 403 -EACCES, 412 -ESTALE, else
 * -EIO. */
int retry_status_error(int status);

#endif
