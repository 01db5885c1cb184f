/* One HTTP exchange, tried once. Net thread only. */
#ifndef TASKFS_NET_TRANSFER_H
#define TASKFS_NET_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "net/net.h"
#include "net/response.h"

#define TRANSFER_WHY_MAX 160

/*
 * Transfers that share their fate: the ranges of one archive. When there are more transfers than may
 * run, groups take turns, and none can take all places: see struct lane. Outlives its transfers.
 */
struct transfer_group {
    struct list link;    /* among the groups in which somebody waits */
    struct list waiting; /* transfers, in order */
    unsigned running;
};

static inline void transfer_group_init(struct transfer_group *group)
{
    list_init(&group->link);
    list_init(&group->waiting);
    group->running = 0;
}

struct transfer {
    /* What to ask, filled in by the owner; strings are borrowed during transfer_start. */
    const char *url;
    int is_post;          /* POST with an empty body, else GET */
    const char *api_key;  /* goes into X-API-Key; then redirects are not followed. NULL none */
    const char *range;    /* "0-99" or "-65536"; NULL none */
    const char *if_match; /* an ETag; NULL none */
    struct transfer_group *group; /* NULL: that of all in the lane that have none */
    int64_t timeout_ms; /* for all of it, waiting its turn included; 0 no limit but the stall
                           * deadline, which begins when it does */

    /* The headers of the final answer are in. 0, or a negative errno that ends the transfer. */
    int (*on_headers)(struct transfer *transfer);
    /* `n` further bytes of the body. Same. */
    int (*on_body)(struct transfer *transfer, const uint8_t *bytes, size_t n);
    /* It is over, once: 0 when a complete answer came, whatever its status; what a callback
     * returned; -ETIMEDOUT, -ECONNRESET and the like with `why` in words; -ECANCELED. */
    void (*on_done)(struct transfer *transfer, int error);

    /* Told to the owner: */
    struct response response;
    char why[TRANSFER_WHY_MAX];

    /* Private. */
    struct net *net;
    struct list link;
    struct timer stall;
    int64_t asked_at;  /* clock_ms() */
    int64_t last_byte; /* clock_ms() */
    void *easy;
    void *headers;
    int error;
    int is_running; /* else it waits for others to end */
    int headers_done;
};

/*
 * Begins it, at once or when others have ended: calls wait for calls and ranges for ranges alone,
 * in the order in which they were started, but that groups take turns. on_done will be called, never from within this call
 * unless it can't even begin.
 */
void transfer_start(struct net *net, struct transfer *transfer);

/* "https://host/path" without query, user or fragment, for messages. */
void url_for_log(const char *url, char *out, size_t size);

#endif
