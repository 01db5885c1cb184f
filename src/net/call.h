/*
 * A call to the API: one exchange with a small body, tried again as net/retry.h says.
 */
#ifndef TASKFS_NET_CALL_H
#define TASKFS_NET_CALL_H

#include "base/buf.h"
#include "net/net.h"
#include "net/transfer.h"

#define CALL_BODY_MAX (64u * 1024 * 1024) /* bytes */

struct call {
    /* Filled in by the owner; strings are borrowed until `done`. */
    const char *url;
    const char *api_key; /* or NULL */
    int is_post;
    int64_t deadline; /* clock_ms() */
    /* On the net thread, when the API says 401 or 403 for the first time: may put another key into
     * `api_key` and return 1 to have the call made once more. May be NULL. */
    int (*refused)(struct call *call);
    /* On the net thread, once. 0: a 2xx with `body`. Else retry_status_error(status), or what broke
     * the last transfer (-ETIMEDOUT when the deadline has passed), `why` in words. */
    void (*done)(struct call *call, int error);

    /* For the owner to read in `done`: */
    int status; /* the last one; 0 none */
    struct buf body;
    char why[TRANSFER_WHY_MAX + 64];

    /* Private. */
    struct net *net;
    struct net_job job;
    struct net_timer timer;
    struct transfer transfer;
    unsigned attempt;
    int refused_once;
};

/* Begins the call from any thread. Returns 0 and will call `done`; or -ECANCELED and will not. The
 * owner frees the body with buf_free. */
int call_start(struct net *net, struct call *call);

#endif
