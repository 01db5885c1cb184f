/* One HTTP exchange, tried once. Net thread only. */
#ifndef TASKFS_NET_TRANSFER_H
#define TASKFS_NET_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "net/failure.h"
#include "net/lane.h"
#include "net/net.h"
#include "net/response.h"

#define TRANSFER_WHY_MAX     400
#define TRANSFER_DETAILS_MAX 256 /* CURL_ERROR_SIZE */

struct transfer {
    /* The request, filled in by the owner; strings are borrowed during transfer_start. */
    const char *url;
    int is_post;           /* POST, else GET */
    const char *post_body; /* of a POST: JSON, borrowed until on_done. NULL: an empty body */
    const char *api_key;   /* goes into X-API-Key; then redirects are not followed. NULL none */
    const char *range;     /* "0-99" or "-65536"; NULL none */
    const char *if_match;  /* an ETag; NULL none */
    struct transfer_group *group; /* NULL: the group of all in the lane that have none */
    /* Milliseconds for all of it, with waiting for its turn. 0: no limit but the stall deadline,
     * which counts from when the transfer starts to run. */
    int64_t timeout_ms;
    unsigned quiet_s;  /* how long it may be silent, where that is longer than the stall deadline */
    int resolve_again; /* the addresses of host names in libcurl's cache are not used */

    /* The headers of the final answer are in. Returns 0, or a negative errno that ends the
     * transfer. */
    int (*on_headers)(struct transfer *transfer);
    /* The next `n` bytes of the body. Returns the same. */
    int (*on_body)(struct transfer *transfer, const uint8_t *bytes, size_t n);
    /* The transfer is over; called once. `error` is 0 when a complete answer came, whatever its
     * status; what a callback returned; -ETIMEDOUT, -ECONNRESET and the like, with `why` in words;
     * -ENOMEM; or -ECANCELED when the net stops. */
    void (*on_done)(struct transfer *transfer, int error);

    /* For the owner to read in on_done: */
    struct response response;
    enum failure_kind failure;  /* FAILURE_NONE also when a callback or the net ended it */
    char why[TRANSFER_WHY_MAX]; /* what failed; of an answer, where it was redirected to; or "" */

    /* Private. */
    struct net *net;
    struct list link;   /* in net->transfers, or in the group's queue */
    struct timer stall; /* runs: no byte has come for too long; waits: its time is over */
    int64_t asked_at;   /* clock_ms() */
    int64_t last_byte;  /* clock_ms() */
    void *easy;
    void *headers;
    int error; /* that a callback returned */
    int is_running;
    int is_connected; /* a connection was made, and the request is being sent over it */
    int headers_done;
    char details[TRANSFER_DETAILS_MAX]; /* libcurl's message */
};

/*
 * Starts the transfer, at once or when others have ended: calls wait for calls and ranges for
 * ranges alone, first in first out within a group, round-robin between groups (net/lane.h). on_done
 * will be called; not from within this call unless the transfer cannot even be prepared.
 */
void transfer_start(struct net *net, struct transfer *transfer);

#endif
