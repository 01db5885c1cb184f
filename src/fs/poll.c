#include "fs/poll.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/lock.h"
#include "base/refcount.h"
#include "fs/open.h"
#include "fs/ops.h"
#include "text/text.h"

#define OUTAGE_MS 5000 /* until the service is asked again */

struct watch {
    struct handle handle;
    struct fs *fs;
    struct task *task;
    struct snapshot *snapshot;
    struct refcount refs; /* the handle's and the op's */
    pthread_mutex_t lock; /* before the executor's only */
    /* Guarded by it: */
    int is_closed;                  /* the file was closed */
    struct fuse_pollhandle *waiter; /* to be notified; NULL nobody */
    struct watch_op *op;            /* polls the service; NULL none does */
};

struct watch_op {
    struct op op;
    struct watch *watch; /* holds a reference */
    int64_t not_before;  /* clock_ms() */
    int64_t since;       /* how recent the task's state must be */
};

static void watch_unref(struct watch *watch)
{
    if (!refcount_put(&watch->refs))
        return;
    if (watch->waiter)
        fuse_pollhandle_destroy(watch->waiter);
    pthread_mutex_destroy(&watch->lock);
    identity_unref(&watch->snapshot->identity);
    task_unref(watch->task);
    free(watch);
}

static int is_changed(const struct watch *watch, const struct task_state *state)
{
    BUF_SCOPED text = BUF_INIT(SNAPSHOT_MAX);

    text_status(state->summary, &text);
    return !text.error && !snapshot_equals(watch->snapshot, &text, watch->snapshot->mtime);
}

/* The op is over: the poller is woken, and polls again. */
static void watch_notify(struct watch *watch)
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

/* The op is over, and there is nothing to report. */
static void watch_stop(struct watch *watch)
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
    if (is_changed(watch, state)) {
        watch_notify(watch);
    } else if (state->summary->is_terminated) {
        watch_stop(watch); /* it will not change any more */
    } else {
        asking->since = state->asked_at + TASKS_POLL_MS;
        rc = op_sleep(op, asking->since);
    }
    task_state_unref(state);
    return rc;
}

static void watch_start(struct watch *watch, int64_t not_before);

/* An outage wakes no poller: it is not a change of the task. */
static void watch_fail(struct op *op, int error)
{
    struct watch *watch = container_of(op, struct watch_op, op)->watch;

    if (error == -ENOENT) {
        watch_notify(watch);
        return;
    }
    LOCKED(&watch->lock);
    watch->op = NULL;
    if (error != -ECANCELED && error != -ENODEV && !watch->is_closed)
        watch_start(watch, clock_ms() + OUTAGE_MS);
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
static void watch_start(struct watch *watch, int64_t not_before)
{
    struct watch_op *asking = calloc(1, sizeof(*asking));

    if (!asking)
        return;
    asking->op.type = &watch_type;
    asking->op.deadline = CLOCK_NEVER;
    asking->watch = watch;
    asking->not_before = not_before;
    asking->since = clock_ms() - TASKS_POLL_MS;
    refcount_get(&watch->refs);
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
    struct identity *identity = identities_find(&fs->tasks.identities, snapshot->file.owner);
    struct watch *watch = NULL;

    if (!identity)
        return NULL;
    if (identity->kind == IDENTITY_TASK && snapshot->file.index == FILE_TEXT_FIRST + TEXT_STATUS)
        watch = calloc(1, sizeof(*watch));
    if (!watch) {
        identity_unref(identity);
        return NULL;
    }
    watch->handle.close = watch_close;
    watch->fs = fs;
    watch->task = task_of(identity);
    watch->snapshot = snapshot;
    identity_ref(&snapshot->identity);
    pthread_mutex_init(&watch->lock, NULL);
    refcount_init(&watch->refs, 1);
    return &watch->handle;
}

static unsigned events_now(struct watch *watch)
{
    unsigned events = POLLIN | POLLRDNORM;
    struct task_state *state;

    if (task_is_gone(watch->task))
        return events | POLLPRI | POLLERR;
    state = task_peek(watch->task);
    if (state && is_changed(watch, state))
        events |= POLLPRI;
    task_state_unref(state);
    return events;
}

/* The events of the file now (poll(2)'s bits). When it changes later, `ph` is notified, once. Takes
 * over `ph`; NULL: nobody waits. Never blocks. */
static unsigned watch_poll(struct handle *handle, struct fuse_pollhandle *ph)
{
    struct watch *watch = container_of(handle, struct watch, handle);
    unsigned events;

    if (ph) {
        LOCKED(&watch->lock);
        if (watch->waiter)
            fuse_pollhandle_destroy(watch->waiter);
        watch->waiter = ph;
    }
    /* After the poller has joined, so that a change in between is either seen here or notified.
     * Once there is a change nothing more is notified: a poller that waits for an edge (EPOLLET)
     * has had it. */
    events = events_now(watch);
    if (ph && !(events & POLLPRI)) {
        LOCKED(&watch->lock);
        if (!watch->op)
            watch_start(watch, 0);
    }
    return events;
}

/* Only a status can report a change; every other file behaves as a regular file. */
void fs_poll(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi, struct fuse_pollhandle *ph)
{
    struct fs *fs = fuse_req_userdata(req);
    struct identity *identity = identities_find(&fs->tasks.identities, node_number(node));
    unsigned events = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;

    if (identity && identity->kind == IDENTITY_SNAPSHOT && fi->fh) {
        /* A program that only wants to read is not told of changes: that would cost requests. */
        int wants_changes = !fi->poll_events || fi->poll_events & POLLPRI;

        events = watch_poll(open_handle(fi), wants_changes ? ph : NULL);
        if (wants_changes)
            ph = NULL;
    }
    if (ph)
        fuse_pollhandle_destroy(ph);
    if (identity)
        identity_unref(identity);
    fuse_reply_poll(req, events);
}
