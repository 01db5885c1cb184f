#include "fake_net.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "net/net_internal.h"

struct errand {
    struct net_job job;
    void (*run)(void *arg);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t done;
    int is_done;
};

static void run_errand(struct net_job *job)
{
    struct errand *errand = container_of(job, struct errand, job);

    errand->run(errand->arg);
    LOCKED(&errand->lock);
    errand->is_done = 1;
    pthread_cond_signal(&errand->done);
}

void fake_net_run(struct fake_net *fake, void (*run)(void *arg), void *arg)
{
    struct errand errand = {.job = {.run = run_errand},
                            .run = run,
                            .arg = arg,
                            .lock = PTHREAD_MUTEX_INITIALIZER,
                            .done = PTHREAD_COND_INITIALIZER};

    if (net_post(fake->net, &errand.job))
        abort();
    LOCKED(&errand.lock);
    while (!errand.is_done)
        pthread_cond_wait(&errand.done, &errand.lock);
}

struct leap {
    struct fake_net *fake;
    const int *is_over;
    int seen;
};

static void leap(void *arg)
{
    struct leap *self = arg;
    struct net *net = self->fake->net;
    int64_t due;

    self->seen = *self->is_over;
    if (self->seen || !list_empty(&net->transfers))
        return;
    due = timers_next(&net->timers);
    if (due != CLOCK_NEVER && due > self->fake->now)
        self->fake->now = due;
}

void fake_net_wait(struct fake_net *fake, const int *is_over)
{
    struct leap self = {.fake = fake, .is_over = is_over};

    do
        fake_net_run(fake, leap, &self);
    while (!self.seen);
}

int64_t fake_net_elapsed(const struct fake_net *fake)
{
    return fake->now - FAKE_NET_START;
}

int hush_stderr(void)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC), saved = dup(STDERR_FILENO);

    fflush(stderr);
    dup2(null, STDERR_FILENO);
    close(null);
    return saved;
}

void speak_stderr(int saved)
{
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
}

void fake_net_start(struct fake_net *fake, tiny_answer_fn *answer, void *arg)
{
    struct net_config config = {.user_agent = "test/0", .stall_seconds = 10, .stats = &fake->stats};

    memset(fake, 0, sizeof(*fake));
    fake->now = FAKE_NET_START;
    clock_fake(&fake->now);
    fake->log_level = (int)log_get_level();
    log_set_level(LOG_NOTHING);
    fake->http = tiny_http_start(answer, arg);
    fake->net = net_create(&config);
    if (!fake->net)
        abort();
}

void fake_net_stop(struct fake_net *fake)
{
    net_destroy(fake->net);
    tiny_http_stop(fake->http);
    log_set_level((enum log_level)fake->log_level);
    clock_fake(NULL);
}
