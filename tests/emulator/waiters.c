/* Delayed and stalled requests. Each waits in its own thread, on its socket and an eventfd. */
#include "waiters.h"

#include "json_util.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct waiters {
    pthread_mutex_t lock; /* guards everything below */
    struct waiter *first;
    int count;
    bool stopped;
};

struct waiters *waiters_new(void)
{
    struct waiters *waiters = calloc(1, sizeof(*waiters));

    if (waiters)
        pthread_mutex_init(&waiters->lock, NULL);
    return waiters;
}

void waiters_free(struct waiters *waiters)
{
    pthread_mutex_destroy(&waiters->lock);
    free(waiters);
}

static bool add_waiter(struct waiters *waiters, struct waiter *waiter)
{
    bool stopped;

    pthread_mutex_lock(&waiters->lock);
    stopped = waiters->stopped;
    if (!stopped) {
        waiter->next = waiters->first;
        waiter->back = &waiters->first;
        if (waiter->next)
            waiter->next->back = &waiter->next;
        waiters->first = waiter;
        waiters->count++;
    }
    pthread_mutex_unlock(&waiters->lock);
    return !stopped;
}

static enum wait_result poll_until(struct waiter *waiter, int socket, double seconds)
{
    double deadline = clock_monotonic() + seconds;
    struct pollfd fds[2] = {{.fd = socket, .events = POLLRDHUP},
                            {.fd = waiter->event, .events = POLLIN}};

    for (;;) {
        double left = seconds < 0 ? 3600 : deadline - clock_monotonic();
        struct timespec timeout;
        int n;

        if (left <= 0)
            return WAIT_TIME;
        if (left > 3600)
            left = 3600;
        timeout.tv_sec = (time_t)left;
        timeout.tv_nsec = (long)((left - (double)timeout.tv_sec) * 1e9);
        n = ppoll(fds, 2, &timeout, NULL);
        if (n > 0 && fds[0].revents)
            return WAIT_GONE;
        if (n > 0)
            return WAIT_CANCELLED;
        if (n < 0 && errno != EINTR)
            return WAIT_GONE;
    }
}

bool waiters_begin(struct waiters *waiters, struct waiter *waiter, int rule)
{
    *waiter = (struct waiter){.rule = rule, .event = eventfd(0, EFD_CLOEXEC)};
    if (waiter->event < 0)
        return false;
    if (add_waiter(waiters, waiter))
        return true;
    close(waiter->event);
    return false;
}

enum wait_result waiters_block(struct waiters *waiters, struct waiter *waiter, int socket,
                               double seconds)
{
    enum wait_result result = poll_until(waiter, socket, seconds);

    pthread_mutex_lock(&waiters->lock);
    if (waiters->stopped)
        result = WAIT_GONE;
    else if (waiter->cancelled)
        result = WAIT_CANCELLED;
    pthread_mutex_unlock(&waiters->lock);
    return result;
}

void waiters_end(struct waiters *waiters, struct waiter *waiter)
{
    pthread_mutex_lock(&waiters->lock);
    *waiter->back = waiter->next;
    if (waiter->next)
        waiter->next->back = waiter->back;
    waiters->count--;
    pthread_mutex_unlock(&waiters->lock);
    close(waiter->event);
}

enum wait_result waiters_wait(struct waiters *waiters, int socket, double seconds, int rule)
{
    enum wait_result result;
    struct waiter waiter;

    if (!waiters_begin(waiters, &waiter, rule))
        return WAIT_GONE;
    result = waiters_block(waiters, &waiter, socket, seconds);
    waiters_end(waiters, &waiter);
    return result;
}

static void wake_waiter(struct waiter *waiter)
{
    uint64_t one = 1;

    waiter->cancelled = true;
    if (write(waiter->event, &one, sizeof(one)) < 0)
        return; /* the counter is at its maximum, so the eventfd is readable */
}

void waiters_cancel(struct waiters *waiters, int rule)
{
    pthread_mutex_lock(&waiters->lock);
    for (struct waiter *waiter = waiters->first; waiter; waiter = waiter->next) {
        if (rule == 0 || waiter->rule == rule)
            wake_waiter(waiter);
    }
    pthread_mutex_unlock(&waiters->lock);
}

void waiters_stop(struct waiters *waiters)
{
    pthread_mutex_lock(&waiters->lock);
    waiters->stopped = true;
    for (struct waiter *waiter = waiters->first; waiter; waiter = waiter->next)
        wake_waiter(waiter);
    pthread_mutex_unlock(&waiters->lock);
}

int waiters_count(struct waiters *waiters)
{
    int count;

    pthread_mutex_lock(&waiters->lock);
    count = waiters->count;
    pthread_mutex_unlock(&waiters->lock);
    return count;
}
