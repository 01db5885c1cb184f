#include "kernel/notify.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/lock.h"
#include "base/thread.h"
#include "op/op.h"

#define WORKERS 8
/* So many of the workers may be busy with content, and wait for pages that are being read. Names do
 * not wait behind these, as a read may wait for a notice about its file's name. */
#define CONTENT_MAX 5

struct notice {
    struct list link;
    uint64_t node;
    char name[256];                         /* "": the node itself */
    void (*run)(void *arg, int is_dropped); /* not NULL: to be called, and nothing is sent */
    void *arg;
};

enum worker_state { WORKER_NONE, WORKER_RUNS, WORKER_ENDED /* to be joined */ };

struct worker {
    struct notify *notify;
    pthread_t thread;
    enum worker_state state;
};

struct notify {
    struct fuse_session *session;
    pthread_mutex_t lock; /* before the executor's alone; guards all that follows */
    pthread_cond_t changed;
    struct list notices;            /* pending */
    struct list sending;            /* being sent, each by a worker */
    struct wait_queue waiters;      /* woken when a node has no pending notice any more */
    struct worker workers[WORKERS]; /* the first one runs until the end */
    unsigned running;
    unsigned busy;
    unsigned content_busy; /* of these, with content */
    int stopping;
};

static int is_among(const struct list *notices, uint64_t node)
{
    list_each (at, notices)
        if (container_of(at, struct notice, link)->node == node)
            return 1;
    return 0;
}

static int is_about_content(const struct notice *notice)
{
    return !notice->name[0];
}

/* The first notice about a node that no worker is busy with: what blocks one would block the next
 * too. */
static struct notice *next_notice(struct notify *notify)
{
    list_each (at, &notify->notices) {
        struct notice *notice = container_of(at, struct notice, link);

        if (is_about_content(notice) && notify->content_busy >= CONTENT_MAX)
            continue;
        if (!is_among(&notify->sending, notice->node))
            return notice;
    }
    return NULL;
}

static void *notify_worker(void *arg);

static int start_worker(struct worker *worker)
{
    int rc = thread_start(&worker->thread, notify_worker, worker);

    if (rc)
        return rc;
    worker->state = WORKER_RUNS;
    worker->notify->running++;
    return 0;
}

/* With the lock held: starts another worker when all are busy and a notice could be sent. If none
 * can be started, the notice waits. */
static void add_worker(struct notify *notify)
{
    if (notify->busy < notify->running || notify->stopping || !next_notice(notify))
        return;
    for (struct worker *worker = notify->workers; worker < notify->workers + WORKERS; worker++) {
        if (worker->state == WORKER_RUNS)
            continue;
        if (worker->state == WORKER_ENDED)
            pthread_join(worker->thread, NULL); /* it ended while it held the lock */
        worker->state = WORKER_NONE;
        start_worker(worker);
        return;
    }
}

static void send_notice(struct notify *notify, const struct notice *notice)
{
    if (notice->run)
        notice->run(notice->arg, 0);
    else if (notice->name[0])
        fuse_lowlevel_notify_inval_entry(notify->session, notice->node, notice->name,
                                         strlen(notice->name));
    else
        fuse_lowlevel_notify_inval_inode(notify->session, notice->node, 0, 0);
}

/* With the lock held, which is released meanwhile. */
static void handle_notice(struct notify *notify, struct notice *notice)
{
    list_del(&notice->link);
    list_add(&notify->sending, &notice->link);
    notify->busy++;
    notify->content_busy += is_about_content(notice);
    add_worker(notify);
    pthread_mutex_unlock(&notify->lock);
    send_notice(notify, notice);
    pthread_mutex_lock(&notify->lock);
    notify->busy--;
    notify->content_busy -= is_about_content(notice);
    list_del(&notice->link);
    if (!is_among(&notify->notices, notice->node))
        wait_queue_wake(&notify->waiters, 0);
    free(notice);
}

static void *notify_worker(void *arg)
{
    struct worker *worker = arg;
    struct notify *notify = worker->notify;

    LOCKED(&notify->lock);
    while (!notify->stopping) {
        struct notice *notice = next_notice(notify);

        if (notice)
            handle_notice(notify, notice);
        else if (worker == notify->workers)
            pthread_cond_wait(&notify->changed, &notify->lock);
        else
            break;
    }
    worker->state = WORKER_ENDED;
    notify->running--;
    return NULL;
}

static int start_first(struct notify *notify)
{
    LOCKED(&notify->lock);
    return start_worker(&notify->workers[0]);
}

struct notify *notify_create(struct fuse_session *session)
{
    struct notify *notify = calloc(1, sizeof(*notify));

    if (!notify)
        return NULL;
    notify->session = session;
    pthread_mutex_init(&notify->lock, NULL);
    pthread_cond_init(&notify->changed, NULL);
    list_init(&notify->notices);
    list_init(&notify->sending);
    wait_queue_init(&notify->waiters);
    for (unsigned i = 0; i < WORKERS; i++)
        notify->workers[i].notify = notify;
    if (!start_first(notify))
        return notify;
    free(notify);
    return NULL;
}

void notify_stop(struct notify *notify)
{
    LOCKED(&notify->lock);
    notify->stopping = 1;
    pthread_cond_signal(&notify->changed);
}

int notify_is_done(struct notify *notify)
{
    LOCKED(&notify->lock);
    return notify->running == 0;
}

static enum worker_state worker_state(struct worker *worker)
{
    LOCKED(&worker->notify->lock);
    return worker->state;
}

static void drop_notice(struct notice *notice)
{
    if (notice->run)
        notice->run(notice->arg, 1);
    free(notice);
}

void notify_destroy(struct notify *notify)
{
    struct list *node;

    notify_stop(notify);
    for (unsigned i = 0; i < WORKERS; i++)
        if (worker_state(&notify->workers[i]) != WORKER_NONE) /* and no other is started any more */
            pthread_join(notify->workers[i].thread, NULL);
    wait_queue_wake(&notify->waiters, -ENODEV); /* no worker is left that would */
    while ((node = list_pop(&notify->notices)))
        drop_notice(container_of(node, struct notice, link));
    pthread_cond_destroy(&notify->changed);
    pthread_mutex_destroy(&notify->lock);
    free(notify);
}

static int add_notice(struct notify *notify, uint64_t node, const char *name,
                      void (*run)(void *arg, int is_dropped), void *arg)
{
    struct notice *notice;

    if (strlen(name) >= sizeof(notice->name))
        return -ENAMETOOLONG;
    notice = calloc(1, sizeof(*notice));
    if (!notice)
        return -ENOMEM;
    notice->node = node;
    notice->run = run;
    notice->arg = arg;
    strcpy(notice->name, name);
    LOCKED(&notify->lock);
    list_add(&notify->notices, &notice->link);
    pthread_cond_signal(&notify->changed);
    add_worker(notify);
    return 0;
}

int notify_node(struct notify *notify, uint64_t node)
{
    return add_notice(notify, node, "", NULL, NULL);
}

int notify_name(struct notify *notify, uint64_t parent, const char *name)
{
    return add_notice(notify, parent, name, NULL, NULL);
}

int notify_wait(struct notify *notify, uint64_t node, struct op *op)
{
    LOCKED(&notify->lock);
    if (!is_among(&notify->notices, node) && !is_among(&notify->sending, node))
        return 0;
    return op_wait(op, &notify->waiters, 0);
}

int notify_run(struct notify *notify, uint64_t node, void (*run)(void *arg, int is_dropped),
               void *arg)
{
    return add_notice(notify, node, "", run, arg);
}

int notify_store(struct notify *notify, uint64_t node, const struct iovec *parts, unsigned count)
{
    union {
        struct fuse_bufvec bytes; /* ends with the first of `count` buffers */
        char room[sizeof(struct fuse_bufvec) + (NOTIFY_PARTS - 1) * sizeof(struct fuse_buf)];
    } content = {.bytes = {.count = count}};
    struct fuse_buf *buf = content.bytes.buf;

    if (count > NOTIFY_PARTS)
        return -EINVAL;
    for (unsigned i = 0; i < count; i++)
        buf[i] = (struct fuse_buf){.size = parts[i].iov_len, .mem = parts[i].iov_base};
    return fuse_lowlevel_notify_store(notify->session, node, 0, &content.bytes, FUSE_BUF_NO_SPLICE);
}
