#include "fs/poll.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/lock.h"
#include "task/layout.h"
#include "task/text.h"

#define OUTAGE_MS 5000 /* until the service is asked again */

struct watch {
    struct handle handle;
    struct fs *fs;
    struct task *task;
    struct snapshot *snapshot;
    pthread_mutex_t lock; /* before the executor's, a leaf else */
    /* Guarded by it: */
    unsigned refs;                  /* the handle's and the op's */
    int is_closed;                  /* nobody waits any more */
    struct fuse_pollhandle *waiter; /* NULL: nobody is to be told */
    struct watch_op *op;            /* asks; NULL: none does */
};

struct watch_op {
    struct op op;
    struct watch *watch; /* holds a reference */
    int64_t not_before;  /* clock_ms() */
    int64_t since;       /* of the knowledge that is wanted */
};

static void watch_unref(struct watch *watch)
{
    unsigned left;

    pthread_mutex_lock(&watch->lock);
    left = --watch->refs;
    pthread_mutex_unlock(&watch->lock);
    if (left)
        return;
    if (watch->waiter)
        fuse_pollhandle_destroy(watch->waiter);
    pthread_mutex_destroy(&watch->lock);
    group_unref(&watch->snapshot->group);
    task_unref(watch->task);
    free(watch);
}

static int is_news(const struct watch *watch, const struct task_state *state)
{
    BUF_SCOPED text = BUF_INIT(SNAPSHOT_MAX);

    text_status(state->summary, &text);
    return !text.error && !snapshot_equals(watch->snapshot, &text, watch->snapshot->mtime);
}

/* The op is over, and with it the waiting: whoever polls is told, and asks again. */
static void tell(struct watch *watch)
{
    struct fuse_pollhandle *waiter;

    pthread_mutex_lock(&watch->lock);
    waiter = watch->waiter;
    watch->waiter = NULL;
    watch->op = NULL;
    pthread_mutex_unlock(&watch->lock);
    if (!waiter)
        return;
    fuse_lowlevel_notify_poll(waiter);
    fuse_pollhandle_destroy(waiter);
}

/* The op is over, and nothing is to be told. */
static void rest(struct watch *watch)
{
    LOCKED(&watch->lock);
    watch->op = NULL;
}

static int watch_step(struct op *op)
{
    struct watch_op *asking = container_of(op, struct watch_op, op);
    struct watch *watch = asking->watch;
    struct task_state *state;
    int rc;

    if (clock_ms() < asking->not_before)
        return op_sleep(op, asking->not_before);
    rc = task_get(watch->task, asking->since, 0, op, &state);
    if (rc) {
        if (rc != OP_PENDING)
            op->type->fail(op, rc);
        return rc;
    }
    if (is_news(watch, state)) {
        tell(watch);
    } else if (state->summary->is_terminated) {
        rest(watch); /* and there will be no news */
    } else {
        asking->since = state->asked_at + TASKS_POLL_MS;
        rc = op_sleep(op, asking->since);
    }
    task_state_unref(state);
    return rc;
}

static void start(struct watch *watch, int64_t not_before);

/* Nobody is told of an outage: it is no news of the task. */
static void watch_fail(struct op *op, int error)
{
    struct watch *watch = container_of(op, struct watch_op, op)->watch;

    if (error == -ENOENT) {
        tell(watch);
        return;
    }
    LOCKED(&watch->lock);
    watch->op = NULL;
    if (error != -ECANCELED && error != -ENODEV && !watch->is_closed)
        start(watch, clock_ms() + OUTAGE_MS);
}

static void watch_release(struct op *op)
{
    struct watch_op *asking = container_of(op, struct watch_op, op);

    watch_unref(asking->watch);
    free(asking);
}

static const struct op_type watch_type = {
    .step = watch_step, .fail = watch_fail, .release = watch_release};

/* With the lock held. Without memory the next poll tries again. */
static void start(struct watch *watch, int64_t not_before)
{
    struct watch_op *asking = calloc(1, sizeof(*asking));

    if (!asking)
        return;
    asking->op.type = &watch_type;
    asking->op.deadline = CLOCK_NEVER;
    asking->watch = watch;
    asking->not_before = not_before;
    asking->since = clock_ms() - TASKS_POLL_MS;
    watch->refs++;
    watch->op = asking;
    op_start_later(watch->fs->executor, &asking->op);
}

static void watch_close(struct handle *handle)
{
    struct watch *watch = container_of(handle, struct watch, handle);

    pthread_mutex_lock(&watch->lock);
    watch->is_closed = 1;
    if (watch->op)
        op_cancel(&watch->op->op, -ECANCELED);
    pthread_mutex_unlock(&watch->lock);
    watch_unref(watch);
}

struct handle *watch_new(struct fs *fs, struct snapshot *snapshot)
{
    struct group *group = nodes_find(&fs->nodes, snapshot->ino);
    struct watch *watch = NULL;

    if (!group)
        return NULL;
    if (group->kind == GROUP_TASK && node_index(snapshot->ino) == FILE_TEXT_FIRST + TEXT_STATUS)
        watch = calloc(1, sizeof(*watch));
    if (!watch) {
        group_unref(group);
        return NULL;
    }
    watch->handle.close = watch_close;
    watch->fs = fs;
    watch->task = container_of(group, struct task, group);
    watch->snapshot = snapshot;
    group_ref(&snapshot->group);
    pthread_mutex_init(&watch->lock, NULL);
    watch->refs = 1;
    return &watch->handle;
}

static unsigned events_now(struct watch *watch)
{
    unsigned events = POLLIN | POLLRDNORM;
    struct task_state *state;

    if (task_is_gone(watch->task))
        return events | POLLPRI | POLLERR;
    state = task_peek(watch->task);
    if (state && is_news(watch, state))
        events |= POLLPRI;
    task_state_unref(state);
    return events;
}

unsigned watch_poll(struct handle *handle, struct fuse_pollhandle *ph)
{
    struct watch *watch = container_of(handle, struct watch, handle);
    unsigned events;

    if (ph) {
        LOCKED(&watch->lock);
        if (watch->waiter)
            fuse_pollhandle_destroy(watch->waiter);
        watch->waiter = ph;
    }
    /* After it has joined: what comes in between is either seen here or told. There is no more to tell
     * once there is news: who waits for an edge (EPOLLET) has had it. */
    events = events_now(watch);
    if (ph && !(events & POLLPRI)) {
        LOCKED(&watch->lock);
        if (!watch->op)
            start(watch, 0);
    }
    return events;
}
