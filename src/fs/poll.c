#include "fs/poll.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/lock.h"
#include "fs/ops.h"
#include "fs/request.h"
#include "text/text.h"

#define OUTAGE_MS 5000  /* until the service is asked again */
#define ROLL_MS   10000 /* how often all that wait have to poll again */
#define ANSWER_MS 500   /* in which they do; the kernel takes microseconds */

/* An open file that is polled, as of its last POLL. */
struct waiter {
    struct list link; /* in watch->waiters */
    uint64_t file;    /* the kernel's number of it (wire_poll_file) */
    pid_t pid;        /* the thread that polls; 0: in another namespace */
    struct fuse_pollhandle *ph;
};

/* Pollers of one snapshot of a status, and the op that asks about its task for them. */
struct watch {
    struct op op;
    struct fs *fs;
    struct task *task;         /* holds a reference */
    struct snapshot *snapshot; /* holds a reference */
    int64_t not_before;        /* clock_ms() of the next step */
    int64_t since;             /* how recent the task's state must be */
    /* Guarded by watches->lock: */
    struct list link; /* in watches->all, until it is over */
    struct list waiters;
};

/* ---- who waits ---- */

static void free_waiter(struct waiter *waiter)
{
    fuse_pollhandle_destroy(waiter->ph);
    free(waiter);
}

static void move_all(struct list *from, struct list *to)
{
    struct list *at;

    while ((at = list_pop(from)))
        list_add(to, at);
}

/* Has them poll again; the kernel does that unseen by the program. */
static void wake(struct list *waiters)
{
    struct list *at;

    while ((at = list_pop(waiters))) {
        struct waiter *waiter = container_of(at, struct waiter, link);

        fuse_lowlevel_notify_poll(waiter->ph);
        free_waiter(waiter);
    }
}

/* The watch is over: a poll that comes now starts another. */
static void watch_end(struct watch *watch)
{
    struct list waiters;

    list_init(&waiters);
    pthread_mutex_lock(&watch->fs->watches.lock);
    list_del(&watch->link);
    move_all(&watch->waiters, &waiters);
    pthread_mutex_unlock(&watch->fs->watches.lock);
    wake(&waiters);
}

/* Whether the thread that polled is there. If it is not, another one may wait for the same file, as
 * with epoll, and polls again when it is woken. */
static int is_alive(pid_t pid)
{
    return !pid || !kill(pid, 0) || errno != ESRCH;
}

/* With the lock held. */
static void take_dead(struct watch *watch, struct list *dead)
{
    list_each_safe (at, &watch->waiters) {
        if (is_alive(container_of(at, struct waiter, link)->pid))
            continue;
        list_del(at);
        list_add(dead, at);
    }
}

/* Ends the watch if nobody waits. */
static int is_forsaken(struct watch *watch)
{
    struct list dead;
    int has_waiters;

    list_init(&dead);
    pthread_mutex_lock(&watch->fs->watches.lock);
    take_dead(watch, &dead);
    has_waiters = !list_empty(&watch->waiters);
    if (!has_waiters)
        list_del(&watch->link);
    pthread_mutex_unlock(&watch->fs->watches.lock);
    wake(&dead);
    return !has_waiters;
}

/* Has everybody poll again whenever ROLL_MS have passed, all at once: a program that polls many
 * files polls all of them whenever it is woken. Returns whether they were woken now. */
static int roll(struct watches *watches)
{
    struct list waiters;
    int64_t now = clock_ms();

    list_init(&waiters);
    pthread_mutex_lock(&watches->lock);
    if (now < watches->roll_at) {
        pthread_mutex_unlock(&watches->lock);
        return 0;
    }
    watches->roll_at = now + ROLL_MS;
    watches->settled_at = now + ANSWER_MS;
    list_each (at, &watches->all)
        move_all(&container_of(at, struct watch, link)->waiters, &waiters);
    pthread_mutex_unlock(&watches->lock);
    wake(&waiters);
    return 1;
}

/* When all that were woken have had the time to poll again. */
static int64_t settled_at(struct watches *watches)
{
    LOCKED(&watches->lock);
    return watches->settled_at;
}

/* ---- asking ---- */

static int is_changed(const struct snapshot *snapshot, const struct task_state *state)
{
    BUF_SCOPED text = BUF_INIT(SNAPSHOT_MAX);

    text_status(state->summary, &text);
    return !text.error && !snapshot_equals(snapshot, &text, snapshot->mtime);
}

/* The task could not be asked. An outage wakes no poller for good: it is not a change. */
static int watch_failed(struct watch *watch, int error)
{
    if (error == -ENOENT) {
        watch_end(watch);
        return 0;
    }
    watch->not_before = clock_ms() + OUTAGE_MS;
    return op_sleep(&watch->op, watch->not_before);
}

static int watch_ask(struct watch *watch)
{
    struct task_state *state;
    int rc = watch->op.failure;

    watch->op.failure = 0;
    if (!rc)
        rc = task_get(watch->task, watch->since, 0, &watch->op, &state);
    if (rc)
        return rc == OP_PENDING ? rc : watch_failed(watch, rc);
    if (is_changed(watch->snapshot, state) || state->summary->is_terminated) {
        watch_end(watch);
    } else {
        watch->since = state->asked_at + TASKS_POLL_MS;
        watch->not_before = watch->since;
        rc = op_sleep(&watch->op, watch->not_before);
    }
    task_state_unref(state);
    return rc;
}

static int watch_step(struct op *op)
{
    struct watch *watch = container_of(op, struct watch, op);
    struct watches *watches = &watch->fs->watches;

    op->rides_out_failures = 1;
    if (clock_ms() < watch->not_before)
        return op_sleep(op, watch->not_before);
    if (roll(watches) || clock_ms() < settled_at(watches))
        return op_sleep(op, settled_at(watches));
    return is_forsaken(watch) ? 0 : watch_ask(watch);
}

/* The mount ends. */
static void watch_fail(struct op *op, int error)
{
    (void)error;
    watch_end(container_of(op, struct watch, op));
}

static void watch_release(struct op *op)
{
    struct watch *watch = container_of(op, struct watch, op);

    identity_unref(&watch->snapshot->identity);
    task_unref(watch->task);
    free(watch);
}

static const struct op_type watch_type = {
    .step = watch_step, .fail = watch_fail, .release = watch_release};

/* With the lock held: the watch of the snapshot, or NULL. */
static struct watch *find_watch(struct watches *watches, const struct snapshot *snapshot)
{
    list_each (at, &watches->all) {
        struct watch *watch = container_of(at, struct watch, link);

        if (watch->snapshot == snapshot)
            return watch;
    }
    return NULL;
}

static struct watch *watch_new(struct fs *fs, struct task *task, struct snapshot *snapshot)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    if (!watch)
        return NULL;
    watch->op.type = &watch_type;
    watch->op.deadline = CLOCK_NEVER;
    watch->fs = fs;
    watch->task = task;
    watch->snapshot = snapshot;
    list_init(&watch->waiters);
    watch->since = clock_ms() - TASKS_POLL_MS;
    task_ref(task);
    identity_ref(&snapshot->identity);
    return watch;
}

/* With the lock held: the open file waits; its earlier poll is forgotten. */
static void add_waiter(struct watch *watch, struct waiter *waiter)
{
    list_each_safe (at, &watch->waiters) {
        struct waiter *other = container_of(at, struct waiter, link);

        if (other->file != waiter->file)
            continue;
        list_del(at);
        free_waiter(other);
    }
    list_add(&watch->waiters, &waiter->link);
}

/* With the lock held: the watch of the snapshot, which is started if there is none; NULL without
 * memory. */
static struct watch *find_or_start(struct fs *fs, struct task *task, struct snapshot *snapshot)
{
    struct watch *watch = find_watch(&fs->watches, snapshot);

    if (watch)
        return watch;
    watch = watch_new(fs, task, snapshot);
    if (!watch)
        return NULL;
    if (list_empty(&fs->watches.all))
        fs->watches.roll_at = clock_ms() + ROLL_MS;
    list_add(&fs->watches.all, &watch->link);
    op_start_later(fs->executor, &watch->op);
    return watch;
}

/* Notifies the waiter when the task changes, or has it poll again before that. Takes it over.
 * Without memory it is never notified. */
static void watch_add(struct fs *fs, struct task *task, struct snapshot *snapshot,
                      struct waiter *waiter)
{
    struct watch *watch;

    LOCKED(&fs->watches.lock);
    watch = find_or_start(fs, task, snapshot);
    if (watch)
        add_waiter(watch, waiter);
    else
        free_waiter(waiter);
}

void watches_init(struct watches *watches)
{
    pthread_mutex_init(&watches->lock, NULL);
    list_init(&watches->all);
}

void watches_free(struct watches *watches)
{
    pthread_mutex_destroy(&watches->lock);
}

/* ---- the operation ---- */

static unsigned events_now(struct task *task, const struct snapshot *snapshot)
{
    unsigned events = POLLIN | POLLRDNORM;
    struct task_state *state;

    if (task_is_gone(task))
        return events | POLLPRI | POLLERR;
    state = task_peek(task);
    if (state && is_changed(snapshot, state))
        events |= POLLPRI;
    task_state_unref(state);
    return events;
}

/*
 * The events of a status now (poll(2)'s bits). When it changes later, the waiter is notified, once.
 * Takes it over; NULL: nobody waits. The poller joins before the events are looked at, so that a
 * change in between is either seen here or notified. Once there is a change nothing more is
 * notified: a poller that waits for an edge (EPOLLET) has had it.
 */
static unsigned poll_status(struct fs *fs, struct task *task, struct snapshot *snapshot,
                            struct waiter *waiter)
{
    unsigned events = events_now(task, snapshot);

    if (!waiter)
        return events;
    if (events & POLLPRI) {
        free_waiter(waiter);
        return events;
    }
    watch_add(fs, task, snapshot, waiter);
    return events_now(task, snapshot);
}

/* Takes over `ph`; NULL without it, or without memory. */
static struct waiter *waiter_new(fuse_req_t req, struct fuse_pollhandle *ph)
{
    struct waiter *waiter = ph ? calloc(1, sizeof(*waiter)) : NULL;

    if (waiter) {
        waiter->file = wire_polled_file();
        waiter->pid = fuse_req_ctx(req)->pid;
        waiter->ph = ph;
    } else if (ph) {
        fuse_pollhandle_destroy(ph);
    }
    return waiter;
}

/* The task whose status the snapshot is, with a reference; NULL when it is another file. */
static struct task *task_of_status(struct fs *fs, const struct snapshot *snapshot)
{
    struct identity *identity;

    if (snapshot->file.index != FILE_TEXT_FIRST + TEXT_STATUS)
        return NULL;
    identity = identities_find(&fs->tasks.identities, snapshot->file.owner);
    if (identity && identity->kind == IDENTITY_TASK)
        return task_of(identity);
    if (identity)
        identity_unref(identity);
    return NULL;
}

/* Only a status can report a change; every other file behaves as a regular file. */
void fs_poll(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi, struct fuse_pollhandle *ph)
{
    struct fs *fs = fuse_req_userdata(req);
    struct identity *identity = identities_find(&fs->tasks.identities, node_number(node));
    unsigned events = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
    struct snapshot *snapshot = NULL;
    struct task *task = NULL;

    if (identity && identity->kind == IDENTITY_SNAPSHOT) {
        snapshot = container_of(identity, struct snapshot, identity);
        task = task_of_status(fs, snapshot);
    }
    if (task) {
        /* A program that only wants to read is not told of changes: that would cost requests. */
        int wants_changes = !fi->poll_events || fi->poll_events & POLLPRI;

        events = poll_status(fs, task, snapshot, wants_changes ? waiter_new(req, ph) : NULL);
        if (wants_changes)
            ph = NULL;
        task_unref(task);
    }
    if (ph)
        fuse_pollhandle_destroy(ph);
    if (identity)
        identity_unref(identity);
    fuse_reply_poll(req, events);
}
