/*
 * A call to the API: one exchange with a small body, tried again as net/retry.h says.
 */
#ifndef TASKFS_NET_CALL_H
#define TASKFS_NET_CALL_H

#include "base/buf.h"
#include "net/net.h"
#include "net/retry.h"
#include "net/transfer.h"

#define CALL_BODY_MAX (64u * 1024 * 1024) /* bytes */

struct call {
    /* Filled in by the owner; strings are borrowed until on_done. */
    const char *url;
    const char *api_key; /* or NULL */
    int is_post;
    const char *post_body; /* JSON; NULL: an empty body */
    int is_once;           /* it is not tried again, but with another key */
    unsigned quiet_s;      /* see struct transfer */
    int64_t deadline;      /* clock_ms() */
    /*
     * Called on the net thread when the API has answered 401 or 403 for the first time. Returns 1
     * when api_key is another key now, to have the call made once more; 0 when there is no other
     * key; -EINPROGRESS when call_resume will say so. May be NULL; must not block.
     */
    int (*on_refused)(struct call *call);
    /*
     * Called on the net thread, once. `error` is 0: a 2xx with `body`; -ETIMEDOUT: the deadline has
     * passed, or would before the next try in an outage; retry_status_error(status); -EIO, -ENOMEM
     * or -ECANCELED: the last try broke. `why` says in words what went wrong.
     */
    void (*on_done)(struct call *call, int error);

    /* For the owner to read in on_done: */
    int status; /* of the last answer; 0 when the last try broke */
    struct buf body;
    char why[TRANSFER_WHY_MAX + 64];
    int64_t server_date; /* of the last headers that came: seconds since 1970 UTC, or
                          * HTTP_DATE_UNKNOWN; 0 when none came */
    int64_t headers_at;  /* clock_wall_ns() when they came; 0 when none did */

    /* Private. */
    struct net *net;
    struct net_job job;
    struct timer timer; /* set while it waits for its next try or for call_resume */
    struct transfer transfer;
    struct retry_counts retries;
    int is_outlasted; /* the last try reached nobody, and the net outlasts outages */
    int was_refused;
    int is_paused; /* until call_resume; the timer is for the deadline */
};

/* Starts the call from any thread. Returns 0 and will call on_done; or -ECANCELED and will not. The
 * owner frees the body with buf_free. */
int call_start(struct net *net, struct call *call);

/* Net thread only, after on_refused returned -EINPROGRESS, unless on_done was called since (at the
 * deadline, or when the net stops): `again` is 1 or 0, as on_refused might have returned. */
void call_resume(struct call *call, int again);

#endif
