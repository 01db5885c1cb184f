/* What callbacks on the net thread ask of it; the thread itself is in net.c. */
#include "base/clock.h"
#include "base/wrap.h"
#include "net/net_internal.h"

void net_set_timer(struct net *net, struct timer *timer, int64_t delay_ms)
{
    timers_set(&net->timers, timer, clock_ms() + delay_ms);
}

void net_watch_add(struct net *net, struct net_watch *watch)
{
    list_add(&net->watches, &watch->link);
}

void net_watch_remove(struct net_watch *watch)
{
    list_del(&watch->link);
}

int net_is_stopping(const struct net *net)
{
    struct net *unlocked = (struct net *)net;
    int stopping;

    pthread_mutex_lock(&unlocked->lock);
    stopping = unlocked->stopping;
    pthread_mutex_unlock(&unlocked->lock);
    return stopping;
}

struct stats *net_stats(struct net *net)
{
    return net->config.stats;
}

int net_outlasts_outages(const struct net *net)
{
    return net->config.outlasts_outages;
}

WRAPS uint32_t net_random(struct net *net)
{
    /* xorshift32 */
    net->random ^= net->random << 13;
    net->random ^= net->random >> 17;
    net->random ^= net->random << 5;
    return net->random;
}
