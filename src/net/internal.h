/* What net.c and transfer.c share; the only place with libcurl's header. */
#ifndef TASKFS_NET_INTERNAL_H
#define TASKFS_NET_INTERNAL_H

#include <curl/curl.h>
#include <pthread.h>

#include "net/net.h"
#include "net/transfer.h"

#define EASY_POOL 16

struct net {
    struct net_config config;
    CURLM *multi;
    pthread_t thread;
    pthread_mutex_t lock; /* guards jobs and stopping; nothing is called with it held */
    struct list jobs;
    int stopping;
    int joined;
    /* Net thread only: */
    struct list timers;
    struct list transfers;
    CURL *pool[EASY_POOL]; /* idle handles, reset */
    unsigned pool_len;
    uint32_t random;
};

/* The multi handle says that this transfer's handle is done. */
void transfer_finished(struct transfer *transfer, CURLcode code);
/* Ends it now, with on_done(error). */
void transfer_abort(struct transfer *transfer, int error);

#endif
