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
    /* On the net thread, when the API says 401 or 403 for the first time. Returns 1 when another key
     * is in `api_key` now, to have the call made once more; 0 when there is none; -EINPROGRESS when
     * that will be told by call_resume. May be NULL, must not block. */
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
    struct timer timer;
    struct transfer transfer;
    unsigned attempt;
    int refused_once;
    int is_paused; /* until call_resume; the timer is for the deadline */
};

/* Begins the call from any thread. Returns 0 and will call `done`; or -ECANCELED and will not. The
 * owner frees the body with buf_free. */
int call_start(struct net *net, struct call *call);

/* Net thread only, after `refused` returned -EINPROGRESS and unless `done` was called since (at the
 * deadline, or when the net stops): `again` is what `refused` might have returned, 1 or 0. */
void call_resume(struct call *call, int again);

#endif
