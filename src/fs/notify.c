#include "fs/notify.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/lock.h"
#include "base/op.h"

struct notice {
    struct list link;
    uint64_t node;
    char name[256]; /* "" : the node itself */
};

struct notify {
    struct fuse_session *session;
    pthread_t thread;
    pthread_mutex_t lock; /* before the executor's alone; guards all that follows */
    pthread_cond_t changed;
    struct list notices;
    uint64_t added; /* notices so far, which are told in this order */
    uint64_t told;
    struct wait_queue waiters; /* by the number they wait for */
    int stopping;
    int is_done;
};

static void tell(struct notify *notify, const struct notice *notice)
{
    if (notice->name[0])
        fuse_lowlevel_notify_inval_entry(notify->session, notice->node, notice->name,
                                         strlen(notice->name));
    else
        fuse_lowlevel_notify_inval_inode(notify->session, notice->node, 0, 0);
}

static void *notify_thread(void *arg)
{
    struct notify *notify = arg;

    pthread_mutex_lock(&notify->lock);
    while (!notify->stopping) {
        struct list *node = list_pop(&notify->notices);

        if (!node) {
            pthread_cond_wait(&notify->changed, &notify->lock);
            continue;
        }
        pthread_mutex_unlock(&notify->lock);
        tell(notify, container_of(node, struct notice, link));
        free(container_of(node, struct notice, link));
        pthread_mutex_lock(&notify->lock);
        wait_queue_wake_key(&notify->waiters, ++notify->told);
    }
    notify->is_done = 1;
    pthread_mutex_unlock(&notify->lock);
    return NULL;
}

struct notify *notify_create(struct fuse_session *session)
{
    struct notify *notify = calloc(1, sizeof(*notify));
    sigset_t all, old;
    int rc;

    if (!notify)
        return NULL;
    notify->session = session;
    pthread_mutex_init(&notify->lock, NULL);
    pthread_cond_init(&notify->changed, NULL);
    list_init(&notify->notices);
    wait_queue_init(&notify->waiters);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&notify->thread, NULL, notify_thread, notify);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc) {
        free(notify);
        return NULL;
    }
    return notify;
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
    return notify->is_done;
}

void notify_destroy(struct notify *notify)
{
    struct list *node;

    notify_stop(notify);
    pthread_join(notify->thread, NULL);
    while ((node = list_pop(&notify->notices)))
        free(container_of(node, struct notice, link));
    pthread_cond_destroy(&notify->changed);
    pthread_mutex_destroy(&notify->lock);
    free(notify);
}

static int add_notice(struct notify *notify, uint64_t node, const char *name)
{
    struct notice *notice;

    if (strlen(name) >= sizeof(notice->name))
        return -ENAMETOOLONG;
    notice = calloc(1, sizeof(*notice));
    if (!notice)
        return -ENOMEM;
    notice->node = node;
    strcpy(notice->name, name);
    LOCKED(&notify->lock);
    list_add(&notify->notices, &notice->link);
    notify->added++;
    pthread_cond_signal(&notify->changed);
    return 0;
}

void notify_node(struct notify *notify, uint64_t node)
{
    add_notice(notify, node, "");
}

int notify_name(struct notify *notify, uint64_t parent, const char *name)
{
    return add_notice(notify, parent, name);
}

uint64_t notify_newest(struct notify *notify)
{
    LOCKED(&notify->lock);
    return notify->added;
}

int notify_wait(struct notify *notify, uint64_t number, struct op *op)
{
    LOCKED(&notify->lock);
    return notify->told < number ? op_wait(op, &notify->waiters, number) : 0;
}

void notify_content(struct notify *notify, uint64_t node, const void *data, size_t len)
{
    struct fuse_bufvec bytes = FUSE_BUFVEC_INIT(len);

    bytes.buf[0].mem = (void *)data;
    fuse_lowlevel_notify_store(notify->session, node, 0, &bytes, FUSE_BUF_NO_SPLICE);
}
