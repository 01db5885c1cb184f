/*
 * The one thread that owns libcurl, the net thread. Everything that speaks HTTP runs on it, as
 * callbacks that must be short and never block; other threads post jobs to it. State that only this
 * thread touches needs no lock: most of src/net and the side of src/store that fetches rely on it.
 */
#ifndef TASKFS_NET_NET_H
#define TASKFS_NET_NET_H

#include <stdint.h>

#include "base/list.h"
#include "base/stats.h"
#include "op/timers.h"

struct net;

/* Strings are borrowed for the life of the net. */
struct net_config {
    const char *user_agent;
    const char *authorities;   /* as in net/trust.h */
    const char *authority_dir; /* the same */
    unsigned stall_seconds;    /* a transfer fails when no byte has come for so long */
    /* A request that reaches nobody is tried again until its deadline, and not RETRY_MAX times. */
    int outlasts_outages;
    struct stats *stats;
};

/* Work for the net thread, embedded in whatever it is about. */
struct net_job {
    struct list link;
    void (*run)(struct net_job *job);
};

/* A descriptor that the net thread waits for, embedded in whatever owns it. */
struct net_watch {
    struct list link;
    int fd;
    int wants_write; /* on_ready is called when it can be written, too */
    /* Called on the net thread when the descriptor can be read, has ended, or can be written. */
    void (*on_ready)(struct net_watch *watch);
};

#define NET_WATCHES_MAX 4u

/* Starts the thread, which blocks all signals. Returns NULL when that fails, and logs why. */
struct net *net_create(const struct net_config *config);
/*
 * Ends every transfer with -ECANCELED, runs every job and timer that is left, and joins the thread.
 * Jobs posted later are refused.
 */
void net_stop(struct net *net);
/* Stops the net and frees it. */
void net_destroy(struct net *net);

/* Any thread, any lock: has the net thread run the job soon, in the order of posting. Returns 0, or
 * -ECANCELED when the net has stopped; then the job will not be run. */
int net_post(struct net *net, struct net_job *job);

/* ---- the rest is for the net thread alone ---- */

/*
 * Has the net thread call timer->on_due once, `delay_ms` from now, or earlier when the net stops. A
 * timer that is set already is moved. It is no longer set when on_due is called. timer_init must
 * have been called before; timer_cancel takes the timer back.
 */
void net_set_timer(struct net *net, struct timer *timer, int64_t delay_ms);
/* Has the net thread wait for the descriptor of `watch`, until net_watch_remove. At most
 * NET_WATCHES_MAX at a time: more are not waited for. */
void net_watch_add(struct net *net, struct net_watch *watch);
void net_watch_remove(struct net_watch *watch);
/* Returns 1 once net_stop was called: nothing should be tried again. */
int net_is_stopping(const struct net *net);
struct stats *net_stats(struct net *net);
/* Returns config.outlasts_outages. */
int net_outlasts_outages(const struct net *net);
/* Returns a pseudo-random number, for jitter only. */
uint32_t net_random(struct net *net);

#endif
