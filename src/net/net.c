/*
 * The net thread: jobs, timers and transfers, in turns. Modules stand on each other in this order:
 * net_state.c and lane.c, transfer.c, net.c; and call.c and range.c, which know net.h and
 * transfer.h alone.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/thread.h"
#include "net/net_internal.h"
#include "net/transfer_internal.h"

#define POLL_MAX_MS 60000

/*
 * Limits of the lanes, see net/lane.h. A transfer that runs can take two descriptors while it
 * connects (one for each family of addresses, or the resolver's pair of sockets); an idle
 * connection that is kept takes one.
 */
#define CALLS_MAX        192u
#define RANGES_LIMIT     128u /* of all archives together, as a rule */
#define RANGES_MAX       256u
#define RANGES_SURE      2u /* an archive is opened with two at once */
#define CONNECTIONS_KEPT 64u
#define DESCRIPTORS_MAX  (2 * (CALLS_MAX + RANGES_MAX) + CONNECTIONS_KEPT)
#define DESCRIPTORS_LEFT 32u /* for everything else in the program */

_Static_assert(RANGES_LIMIT + RANGES_SURE * (64 - 1) < RANGES_MAX, "as net/lane.h promises");
_Static_assert(DESCRIPTORS_MAX + DESCRIPTORS_LEFT <= 1024, "the usual limit of a process");

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

static void run_timers(struct net *net, int all)
{
    struct timer *timer;

    while ((timer = timers_pop_due(&net->timers, all ? CLOCK_NEVER : clock_ms())))
        timer->on_due(timer);
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
        transfer_on_curl_done(transfer, (int)message->data.result);
    }
}

static int poll_timeout(struct net *net)
{
    int64_t now = clock_ms(), next = timers_next(&net->timers);

    if (next <= now)
        return 0;
    return next - now > POLL_MAX_MS ? POLL_MAX_MS : (int)(next - now);
}

/* Waits for something to do. A callback may remove any watch. */
static void wait_for_events(struct net *net)
{
    struct curl_waitfd fds[NET_WATCHES_MAX] = {{0}};
    unsigned count = 0;

    list_each (at, &net->watches) {
        struct net_watch *watch = container_of(at, struct net_watch, link);

        if (count == NET_WATCHES_MAX)
            break;
        fds[count].fd = watch->fd;
        fds[count].events = (short)(CURL_WAIT_POLLIN |
                                    (watch->wants_write ? CURL_WAIT_POLLOUT : 0));
        count++;
    }
    curl_multi_poll(net->multi, fds, count, poll_timeout(net), NULL);
    for (unsigned i = 0; i < count; i++) {
        if (!fds[i].revents)
            continue;
        list_each (at, &net->watches) {
            struct net_watch *watch = container_of(at, struct net_watch, link);

            if (watch->fd != (int)fds[i].fd)
                continue;
            watch->on_ready(watch);
            break;
        }
    }
}

/* Ends everything. Callbacks can add jobs, timers and transfers to the last moment. */
static void wind_up(struct net *net)
{
    do {
        run_jobs(net);
        run_timers(net, 1);
    } while (transfers_abort_one(net, -ECANCELED) || timers_first(&net->timers) ||
             !list_empty(&net->jobs));
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
        transfers_start_waiting(net);
        wait_for_events(net);
    }
    wind_up(net);
    return NULL;
}

/* Returns `most`, or less in proportion when the process may have too few descriptors. */
static unsigned fair_share(unsigned most)
{
    struct rlimit limit;
    unsigned have, share;

    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= DESCRIPTORS_MAX + DESCRIPTORS_LEFT)
        return most;
    have = limit.rlim_cur > DESCRIPTORS_LEFT ? (unsigned)limit.rlim_cur - DESCRIPTORS_LEFT : 0;
    share = most * have / DESCRIPTORS_MAX;
    return share ? share : 1;
}

static void init_lane(struct lane *lane, unsigned limit, unsigned most, unsigned sure)
{
    lane_init(lane, fair_share(limit), fair_share(most), sure);
}

static void init_lanes(struct net *net)
{
    struct lane *calls = &net->lanes[LANE_CALLS], *ranges = &net->lanes[LANE_RANGES];

    init_lane(calls, CALLS_MAX, CALLS_MAX, CALLS_MAX);
    init_lane(ranges, RANGES_LIMIT, RANGES_MAX, RANGES_SURE);
    if (ranges->most < RANGES_MAX)
        log_warn("few files may be open ('ulimit -n'): at most %u calls and %u ranges run at once; "
                 "with %u it would be %u and %u",
                 calls->most, ranges->most, DESCRIPTORS_MAX + DESCRIPTORS_LEFT, CALLS_MAX,
                 RANGES_MAX);
}

struct net *net_create(const struct net_config *config)
{
    struct net *net = calloc(1, sizeof(*net));

    if (!net)
        return NULL;
    net->config = *config;
    net->trust.fd = -1;
    net->random = (uint32_t)clock_wall_ns() | 1;
    pthread_mutex_init(&net->lock, NULL);
    list_init(&net->jobs);
    timers_init(&net->timers);
    list_init(&net->transfers);
    list_init(&net->watches);
    init_lanes(net);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(net->multi = curl_multi_init()) ||
        trust_init(&net->trust, config->authorities, config->authority_dir))
        goto fail;
    curl_multi_setopt(net->multi, CURLMOPT_MAXCONNECTS, (long)fair_share(CONNECTIONS_KEPT));
    if (!thread_start(&net->thread, net_thread, net))
        return net;
fail:
    trust_free(&net->trust);
    curl_multi_cleanup(net->multi);
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
    trust_free(&net->trust);
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
