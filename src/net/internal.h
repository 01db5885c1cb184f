/* What net.c and transfer.c share; the only place with libcurl's header. */
#ifndef TASKFS_NET_INTERNAL_H
#define TASKFS_NET_INTERNAL_H

#include <curl/curl.h>
#include <pthread.h>

#include "net/net.h"
#include "net/transfer.h"

#define EASY_POOL 16

/*
 * Calls and ranges queue apart from each other, so that no call ever waits behind a store that
 * stalls; and here rather than in libcurl, whose limits of connections count all of a host alike.
 * What is in no queue counts for descriptors.
 *
 * In a lane, a group begins a further transfer when it has fewer that run than there are free places
 * below `limit`; so a group alone takes half of them, the next a quarter, and something is left for
 * a good while. When too little is left, it begins one all the same as long as it has fewer than
 * `sure`, and less than `most` run in all. It follows, whatever stalls and for however long:
 *
 *      n groups that stall have at most limit + sure * (n - 1) transfers that run,
 *
 * since only those below `sure` ever pass `limit - sure`. As long as that is less than `most`, one
 * more group begins its first transfer at once: 64 archives can stall, and the next is read.
 * Within a group the order is that of starting, so that what is fetched ahead, which can have
 * somebody waiting by then, is put off by nobody for ever.
 */
enum { LANE_CALLS, LANE_RANGES, LANES };

struct lane {
    struct list waiting;          /* groups in which somebody waits, in the order of their turns */
    struct transfer_group others; /* transfers without a group */
    unsigned running;
    unsigned limit; /* at least 1 */
    unsigned most;  /* at least `limit`; descriptors are counted on it */
    unsigned sure;  /* at least 1, at most `limit` */
};

struct net {
    struct net_config config;
    CURLM *multi;
    pthread_t thread;
    pthread_mutex_t lock; /* guards jobs and stopping; nothing is called with it held */
    struct list jobs;
    int stopping;
    int joined;
    /* Net thread only: */
    struct timers timers;
    struct list transfers; /* those that run */
    struct lane lanes[LANES];
    CURL *pool[EASY_POOL]; /* idle handles, reset */
    unsigned pool_len;
    uint32_t random;
};

/* The multi handle says that this transfer's handle is done. */
void transfer_finished(struct transfer *transfer, CURLcode code);
/* Begins what waits for those that have ended; to be called once in a turn of the loop. */
void transfers_begin(struct net *net);
/* Ends one that runs or waits, with on_done(error). Returns 0 when there is none left, else 1. */
int transfers_abort_one(struct net *net, int error);

#endif
