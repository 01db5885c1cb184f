/*
 * The tasks that are known, and asking the service about them. Several ops that want the same thing
 * at the same time share one request. How old knowledge may be is decided by task/freshness.h.
 *
 * Functions that take an op are called from within a step of it, and return OP_PENDING when it has
 * to wait; they never block. References that they return are the caller's.
 */
#ifndef TASKFS_TASK_TASKS_H
#define TASKFS_TASK_TASKS_H

#include <pthread.h>

#include "api/client.h"
#include "archive/archive.h"
#include "base/identity.h"
#include "base/stats.h"
#include "op/op.h"
#include "op/single_flight.h"
#include "task/freshness.h"
#include "task/layout.h"
#include "task/live_texts.h"
#include "task/observer.h"
#include "task/snapshot.h"
#include "task/state.h"

#define TASKS_BUCKETS 16384u
#define TASKS_POLL_MS \
    1000 /* ops that wait for a task to change ask so often; they share a request */

/* What is known of one of a task's archives. */
struct task_archive {
    struct archive *archive;   /* NULL: not known, or the store has none */
    struct archive *candidate; /* being opened, to see whether it is another version */
    int is_known;
    int asked_when_done; /* the task was known to be terminal when this was asked for */
    unsigned absences;   /* consecutive answers that there is none, since the task is terminal */
    int64_t asked_at;
    int64_t candidate_asked_at;
    int candidate_asked_when_done;
    uint64_t head; /* bytes, see task_expect_reading */
    /* Of evict.c: */
    struct task *task;
    struct list evictable; /* tasks->evictable */
    int64_t listed_at;     /* clock_ms() when it was put into that list */
    int64_t asked_to_drop; /* when the observer was asked to drop its lookups; 0 it was not */
};

/* How many tasks are ahead of a queued one (queue_position.c). */
struct queue_position {
    double ahead;     /* -1 not known */
    int64_t asked_at; /* clock_ms(); 0 never */
    struct single_flight asking;
};

struct task {
    struct identity identity;
    char *id; /* fixed */
    struct tasks *tasks;
    /* Guarded by tasks->lock: */
    struct task *chain;
    struct task_state *state; /* NULL: nothing is known yet */
    struct single_flight asking;
    int is_gone;        /* the service does not know it any more */
    uint64_t era;       /* answers to questions of an earlier era are old, even if terminal */
    uint64_t asked_era; /* tasks->era when the service was last asked */
    struct task_archive archives[ARCHIVE_KINDS];
    struct snapshot *texts[TEXT_KINDS]; /* the current version of each, NULL never made */
    struct queue_position position;
    uint64_t kept_stamp;  /* of what is on disk of it, as far as this mount knows; 0 none */
    unsigned kept_depth;  /* enum disk_task_depth */
    int was_looked_for;   /* its detail on disk */
    struct live *live;    /* the files on its machine; NULL: nobody has looked */
    char *ctl_error;      /* NULL: ok */
    int64_t ctl_error_at; /* ns since 1970, 0 never */
};

/* The listing as of one moment, newest first. */
struct task_list {
    unsigned refs;       /* tasks->lock */
    struct task **tasks; /* each with a reference */
    size_t count;
    int64_t asked_at;   /* clock_ms(), for the first page */
    int64_t started_at; /* clock_ms(), fetching it */
};

struct live;
struct machines;
struct listing; /* a listing that is being fetched */

struct tasks_config {
    struct client *client;
    struct stats *stats;
    struct archive_context archive; /* its `identities` is filled in by tasks_init */
    struct machines *machines;      /* NULL: machines cannot be looked into */
    int64_t ttl_ms;                 /* how old the state of a running task may be */
};

struct tasks {
    struct tasks_config config;
    struct identities identities;
    pthread_mutex_t lock; /* before an archive's, the identities', the net's and the executor's */
    struct task_observer *observer; /* NULL none */
    struct task *buckets[TASKS_BUCKETS];
    uint64_t count;
    uint64_t era;            /* counts the times that knowledge was declared old */
    struct task_list *list;  /* NULL: never fetched */
    struct listing *listing; /* in flight; NULL none */
    struct wait_queue listing_waiters;
    struct list evictable;        /* struct task_archive, roughly least recently used first */
    struct task_page *first_page; /* from before the mount; NULL none, or used */
    int64_t first_page_at;
    struct live_texts live_texts;
};

/* `config` is copied; what it points to outlives the tasks. */
void tasks_init(struct tasks *tasks, const struct tasks_config *config);
/* From now on `observer` is told; NULL none. Afterwards the old one is not called any more by
 * answers of the service; no op may be using it. */
void tasks_observe(struct tasks *tasks, struct task_observer *observer);
/* Drops all that is held; no op may run any more. */
void tasks_free(struct tasks *tasks);
/* Takes over the content of the first page of the listing, asked for at `asked_at`. */
void tasks_take_first_page(struct tasks *tasks, struct task_page *page, int64_t asked_at);

/* How recent knowledge must be for a plain read: the ttl before the op began. In ms of
 * clock_ms(). */
int64_t tasks_since(const struct tasks *tasks, const struct op *op);

/* The listing, at most FRESHNESS_LISTING_MS old. Returns 0, OP_PENDING or -ENOMEM. */
int tasks_list(struct tasks *tasks, struct op *op, struct task_list **list);
void tasks_list_unref(struct tasks *tasks, struct task_list *list);

/*
 * The task with the id `name`. One that is known costs nothing; otherwise the service is asked, if
 * the name can be an id. Returns 0, OP_PENDING, -ENOENT or -ENOMEM.
 */
int tasks_find(struct tasks *tasks, const char *name, struct op *op, struct task **task);
/* Whether tasks_find has found this name before. */
int tasks_know(struct tasks *tasks, const char *name);

/* The task with this identity, which must be of the kind IDENTITY_TASK. */
struct task *task_of(struct identity *identity);
void task_ref(struct task *task);
void task_unref(struct task *task);

/*
 * What is known of the task, asked for at `since` or later unless it is terminal; with the detail
 * if `need_detail`. Returns 0, OP_PENDING, -ENOENT (it is gone) or -ENOMEM.
 */
int task_get(struct task *task, int64_t since, int need_detail, struct op *op,
             struct task_state **state);
/* What is known now, however old it is; NULL when nothing is. */
struct task_state *task_peek(struct task *task);
int task_is_gone(struct task *task);
/*
 * How many tasks are ahead of this one in the queue, asked for at `since` or later; *ahead is -1
 * when the service does not say, or cannot be asked. Returns 0, OP_PENDING or -ENOMEM.
 */
int task_queue_position(struct task *task, int64_t since, struct op *op, double *ahead);

/* Makes the state of the task old, after an act of ours that changes it (a kill). */
void task_expire(struct task *task);
/* Invalidates everything that is cached of the task, here and, through the observer, above. Returns
 * 0, or -ENOMEM when the observer could not invalidate all. */
int task_invalidate(struct task *task);

/*
 * From within a step of an op that rides out failures, and was woken with one: the service could
 * not be asked. Returns OP_PENDING, which the step must return, and after some seconds the step is
 * run again; or the failure, when it is no outage of the service and ends the wait.
 */
int tasks_outlast_failure(struct op *op);

/*
 * The task's current archive of this kind, open (its size is known) but perhaps not loaded. Returns
 * 0, OP_PENDING, -ENOENT when there is none, or -ENOMEM. *is_final: no other answer is expected.
 */
int task_archive(struct task *task, enum archive_kind kind, int64_t since, struct op *op,
                 struct archive **archive, int *is_final);

/* All of the archive will be read, from its beginning, by the caller: if it has to be opened for
 * that, its first `bytes` are fetched at the same time. */
void task_expect_reading(struct task *task, enum archive_kind kind, uint64_t bytes);

/* The current version of a small file. Returns 0, OP_PENDING or an error. */
int task_text(struct task *task, enum task_text kind, struct op *op, struct snapshot **snapshot);
/* Whether task_text has made this text before. */
int task_has_text(struct task *task, enum task_text kind);

/* Sets what ctl_error says; NULL: ok. `text` is copied. */
void task_set_ctl_error(struct task *task, const char *text);

/* Evicts archives that nobody uses, when directories and trees take much of the cache's budget;
 * they are opened and loaded again when they are asked for. Any thread, no lock. */
void tasks_evict_archives(struct tasks *tasks);

#endif
