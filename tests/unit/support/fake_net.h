/*
 * A net on a clock that stands still but for waiting: when no transfer is under way, time leaps to
 * the next timer. So what waits a minute between tries is tested in a millisecond, and how long it
 * waited can be asserted. Nothing is logged meanwhile: failures are what is tested.
 *
 * Only the net thread may ask for the time while it is there.
 */
#ifndef TASKFS_FAKE_NET_H
#define TASKFS_FAKE_NET_H

#include "base/stats.h"
#include "net/net.h"
#include "tiny_http.h"

struct fake_net {
    struct stats stats;
    struct net *net;
    struct tiny_http *http;
    int64_t now;   /* what clock_ms() says; net thread */
    int log_level; /* as it was */
};

#define FAKE_NET_START INT64_C(1000000) /* clock_ms() at first */

/* With a tiny server that answers so. */
void fake_net_start(struct fake_net *fake, tiny_answer_fn *answer, void *arg);
void fake_net_stop(struct fake_net *fake);
/* Runs `run(arg)` on the net thread and returns when it has. */
void fake_net_run(struct fake_net *fake, void (*run)(void *arg), void *arg);
/* Lets time leap on until *is_over, which the net thread sets. */
void fake_net_wait(struct fake_net *fake, const int *is_over);
/* Milliseconds that have leapt by. Net thread, or when nothing goes on. */
int64_t fake_net_elapsed(const struct fake_net *fake);

#define LOG_NOTHING ((enum log_level)(-1)) /* below every level */

/* Standard error to nowhere, and back. */
int hush_stderr(void);
void speak_stderr(int saved);

#endif
