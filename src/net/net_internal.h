/* The state of the net thread: below net.c, which runs the thread, and transfer.c. */
#ifndef TASKFS_NET_NET_INTERNAL_H
#define TASKFS_NET_NET_INTERNAL_H

#include <curl/curl.h> /* included here and in net/trust.h alone */
#include <pthread.h>

#include "net/lane.h"
#include "net/net.h"
#include "net/trust.h"

#define EASY_POOL 16

enum { LANE_CALLS, LANE_RANGES, LANES };

struct net {
    struct net_config config;
    CURLM *multi;
    struct trust trust; /* fixed */
    pthread_t thread;
    pthread_mutex_t lock; /* guards jobs and stopping; nothing is called with it held */
    struct list jobs;
    int stopping;
    int joined;
    /* Net thread only: */
    struct timers timers;
    struct list transfers; /* those that run */
    struct list watches;
    struct lane lanes[LANES];
    CURL *pool[EASY_POOL]; /* idle handles, reset */
    unsigned pool_len;
    uint32_t random;
};

#endif
