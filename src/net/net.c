#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/wrap.h"
#include "net/internal.h"

#define CONNECTIONS_KEPT 64
#define POLL_MAX_MS      60000

static void run_jobs(struct net *net)
{
    for (;;) {
        struct list *node;

        pthread_mutex_lock(&net->lock);
        node = list_pop(&net->jobs);
        pthread_mutex_unlock(&net->lock);
        if (!node)
            return;
        struct net_job *job = container_of(node, struct net_job, link);

        job->run(job);
    }
}

static struct net_timer *next_timer(struct net *net)
{
    struct net_timer *next = NULL;

    list_each(at, &net->timers)
    {
        struct net_timer *timer = container_of(at, struct net_timer, link);

        if (!next || timer->due < next->due)
            next = timer;
    }
    return next;
}

static void run_timers(struct net *net, int all)
{
    struct net_timer *timer;

    while ((timer = next_timer(net)) && (all || timer->due <= clock_ms())) {
        list_del(&timer->link);
        timer->run(timer);
    }
}

static void reap_transfers(struct net *net)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(net->multi, &left))) {
        struct transfer *transfer = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        transfer_finished(transfer, message->data.result);
    }
}

static int poll_timeout(struct net *net)
{
    struct net_timer *timer = next_timer(net);
    int64_t wait = timer ? timer->due - clock_ms() : POLL_MAX_MS;

    if (wait < 0)
        wait = 0;
    return wait > POLL_MAX_MS ? POLL_MAX_MS : (int)wait;
}

static void wind_up(struct net *net)
{
    while (!list_empty(&net->transfers) || !list_empty(&net->timers) || !list_empty(&net->jobs)) {
        run_jobs(net);
        run_timers(net, 1);
        if (!list_empty(&net->transfers))
            transfer_abort(container_of(net->transfers.next, struct transfer, link), -ECANCELED);
    }
}

static void *net_thread(void *arg)
{
    struct net *net = arg;

    while (!net_is_stopping(net)) {
        int running;

        run_jobs(net);
        run_timers(net, 0);
        curl_multi_perform(net->multi, &running);
        reap_transfers(net);
        curl_multi_poll(net->multi, NULL, 0, poll_timeout(net), NULL);
    }
    wind_up(net);
    return NULL;
}

static int start_thread(struct net *net)
{
    sigset_t all, old;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&net->thread, NULL, net_thread, net);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return -rc;
}

struct net *net_create(const struct net_config *config)
{
    struct net *net = calloc(1, sizeof(*net));

    if (!net)
        return NULL;
    net->config = *config;
    net->random = (uint32_t)clock_wall_ns() | 1;
    pthread_mutex_init(&net->lock, NULL);
    list_init(&net->jobs);
    list_init(&net->timers);
    list_init(&net->transfers);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(net->multi = curl_multi_init()))
        goto fail;
    curl_multi_setopt(net->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    if (!start_thread(net))
        return net;
    curl_multi_cleanup(net->multi);
fail:
    log_error("cannot start the network thread: out of memory or threads");
    pthread_mutex_destroy(&net->lock);
    free(net);
    return NULL;
}

void net_stop(struct net *net)
{
    pthread_mutex_lock(&net->lock);
    net->stopping = 1;
    pthread_mutex_unlock(&net->lock);
    if (net->joined)
        return;
    curl_multi_wakeup(net->multi);
    pthread_join(net->thread, NULL);
    net->joined = 1;
}

void net_destroy(struct net *net)
{
    net_stop(net);
    while (net->pool_len)
        curl_easy_cleanup(net->pool[--net->pool_len]);
    curl_multi_cleanup(net->multi);
    curl_global_cleanup();
    pthread_mutex_destroy(&net->lock);
    free(net);
}

int net_post(struct net *net, struct net_job *job)
{
    int idle;

    pthread_mutex_lock(&net->lock);
    if (net->stopping) {
        pthread_mutex_unlock(&net->lock);
        return -ECANCELED;
    }
    idle = list_empty(&net->jobs);
    list_add(&net->jobs, &job->link);
    pthread_mutex_unlock(&net->lock);
    if (idle)
        curl_multi_wakeup(net->multi);
    return 0;
}

void net_timer_init(struct net_timer *timer)
{
    list_init(&timer->link);
}

void net_timer_set(struct net *net, struct net_timer *timer, int64_t delay_ms)
{
    list_del(&timer->link);
    timer->due = clock_ms() + delay_ms;
    list_add(&net->timers, &timer->link);
}

void net_timer_cancel(struct net_timer *timer)
{
    list_del(&timer->link);
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

WRAPS uint32_t net_random(struct net *net)
{
    /* xorshift32 */
    net->random ^= net->random << 13;
    net->random ^= net->random >> 17;
    net->random ^= net->random << 5;
    return net->random;
}
