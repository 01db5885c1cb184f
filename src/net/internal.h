/* What net.c, timer.c and transfer.c share; the only place with libcurl's header. */
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
 */
enum { LANE_CALLS, LANE_RANGES, LANES };

struct lane {
    struct list queue; /* transfers that wait for others to end, in order */
    unsigned running;
    unsigned limit; /* of running ones, at least 1 */
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
    struct list timers;    /* a heap: timer.c */
    struct list transfers; /* those that run */
    struct lane lanes[LANES];
    CURL *pool[EASY_POOL]; /* idle handles, reset */
    unsigned pool_len;
    uint32_t random;
};

/* The timer that is due first, or NULL. */
struct net_timer *net_timer_first(struct net *net);

/* The multi handle says that this transfer's handle is done. */
void transfer_finished(struct transfer *transfer, CURLcode code);
/* Begins what waits for those that have ended; to be called once in a turn of the loop. */
void transfers_begin(struct net *net);
/* Ends one that runs or waits, with on_done(error). Returns 0 when there is none left, else 1. */
int transfers_abort_one(struct net *net, int error);

#endif
