/*
 * The tasks that are known, how fresh that knowledge is, and getting it anew. What several ops want
 * at once is asked for once.
 *
 * Freshness: every answer is dated by when it was asked for. A caller says since when it must be
 * (`since`, clock_ms()); what is known of a terminal task is good for ever.
 */
#ifndef TASKFS_TASK_TASKS_H
#define TASKFS_TASK_TASKS_H

#include <pthread.h>

#include "api/client.h"
#include "api/task.h"
#include "task/archive.h"
#include "task/identity.h"
#include "kernel/notify.h"
#include "task/snapshot.h"

#define TASKS_BUCKETS     16384u
#define TASKS_LIST_AGE_MS 10000 /* the listing may be so old */
#define TASKS_POLL_MS     1000 /* who waits for a task wants to know so often: all share one request */

/* Which archive of a task. */
enum { ARCHIVE_OUTPUT, ARCHIVE_INPUT, ARCHIVE_KINDS };

/* What is known of a task at one moment; never changes. */
struct task_state {
    _Atomic unsigned refs;
    const struct task_summary *summary;
    const struct task_detail *detail; /* NULL when only the listing has told of it */
    char *json;                       /* the service's own object, with the detail */
    size_t json_len;
    int64_t asked_at; /* clock_ms() */
    uint64_t era;     /* tasks->era when it was asked for */
    struct task_summary own_summary;
    struct task_detail own_detail;
};

/* The files of a task's directory that are text. */
enum task_text {
    TEXT_STATUS,
    TEXT_MACHINE_TYPE,
    TEXT_COMPUTATION_TIME,
    TEXT_INFO,
    TEXT_TASK_JSON,
    TEXT_OUTPUTS_INFO,
    TEXT_CTL_ERROR,
    TEXT_KINDS,
};

/* An archive of a task as it is known now. */
struct task_archive {
    struct archive *archive;   /* NULL: not known, or there is none */
    struct archive *candidate; /* being opened, to see whether it is another version */
    int is_known;
    int is_final;     /* asked for when the task was known to be terminal */
    int has_vanished; /* there was one, and is none now: what goes can come back */
    int64_t asked_at;
    int64_t candidate_at;
    int candidate_is_final;
    /* Of give_up.c: */
    struct task *task;
    struct list listed; /* tasks->archives */
    int64_t listed_at;  /* clock_ms() */
    int64_t told_at;    /* when the kernel was told to forget it; 0 it was not */
};

/* How many tasks are before one that is queued (queue.c). Guarded by tasks->lock. */
struct queue_place {
    double ahead;     /* -1 not known */
    int64_t asked_at; /* clock_ms(); 0 never */
    int is_asking;
    struct wait_queue news;
};

struct task {
    struct group group;
    char *id; /* fixed */
    struct tasks *tasks;
    /* Guarded by tasks->lock: */
    struct task *chain;
    struct task_state *state; /* NULL: nothing is known yet */
    int is_asking;
    int is_gone;            /* the service knows it no more */
    uint64_t era;           /* what was asked for in an earlier one is old, even if terminal */
    uint64_t asked_era;     /* tasks->era when it was last asked for */
    struct wait_queue news; /* ops that wait for the answer */
    struct task_archive archives[ARCHIVE_KINDS];
    struct snapshot *texts[TEXT_KINDS];
    struct queue_place place;
    char *ctl_error;      /* NULL: ok */
    int64_t ctl_error_at; /* ns since 1970, 0 never */
};

/* The listing at one moment, newest first. */
struct task_list {
    unsigned refs;       /* tasks->lock */
    struct task **tasks; /* each with a reference */
    size_t count;
    int64_t asked_at;
};

struct listing; /* a listing that is being fetched */

struct tasks {
    struct client *client;
    struct nodes *nodes;
    struct stats *stats;
    struct archive_context archive_context;
    struct notify *notify; /* set before the first request comes */
    int64_t ttl_ms;
    pthread_mutex_t lock; /* before the archive's, the nodes', the net's and the executor's */
    struct task *buckets[TASKS_BUCKETS];
    uint64_t count;
    uint64_t era;            /* counts the times that something known was declared old */
    struct task_list *list;  /* NULL: never fetched */
    struct listing *listing; /* under way; NULL none */
    struct wait_queue listed;
    struct list archives; /* struct task_archive, about the one that was used least lately first */
    struct task_page *first_page; /* from before the mount; NULL taken */
    int64_t first_page_at;
};

void tasks_init(struct tasks *tasks, struct client *client, struct nodes *nodes,
                struct stats *stats, const struct archive_context *context, int64_t ttl_ms);
/* Drops all that is held; no op may run any more. */
void tasks_free(struct tasks *tasks);
/* Takes over the content of the first page of the listing, asked for at `asked_at`. */
void tasks_prime(struct tasks *tasks, struct task_page *page, int64_t asked_at);

/* The moment since when a plain read's knowledge must be: the ttl before the op began. */
int64_t tasks_since(const struct tasks *tasks, const struct op *op);

/* The listing, at most TASKS_LIST_AGE_MS old. Returns 0 and a reference, OP_PENDING or -ENOMEM. */
int tasks_list(struct tasks *tasks, struct op *op, struct task_list **list);
void tasks_list_unref(struct tasks *tasks, struct task_list *list);

/*
 * The task called `name`. One that is known costs nothing; else the service is asked, if the name
 * can be an id. Returns 0 and a reference to the task, OP_PENDING, -ENOENT or -ENOMEM.
 */
int tasks_find(struct tasks *tasks, const char *name, struct op *op, struct task **task);
void task_unref(struct task *task);

/*
 * What is known of the task, asked for at `since` or later unless it is terminal; with the detail
 * if `need_detail`. Returns 0 and a reference, OP_PENDING, -ENOENT (it is gone) or -ENOMEM.
 */
int task_get(struct task *task, int64_t since, int need_detail, struct op *op,
             struct task_state **state);
/*
 * How many tasks are before this one in the queue, asked for at `since` or later: to *ahead, or -1 where
 * the service doesn't say, or can't be asked. Returns 0, OP_PENDING or -ENOMEM.
 */
int task_queue_place(struct task *task, int64_t since, struct op *op, double *ahead);
/* Whether the name was found, the text was made, before. */
int tasks_know(struct tasks *tasks, const char *name);
int task_has_text(struct task *task, enum task_text kind);
/* What is known now, however old: with a reference, or NULL. */
struct task_state *task_peek(struct task *task);
void task_state_unref(struct task_state *state);
int task_is_gone(struct task *task);
/* Makes everything that is known of the task be asked for anew, by us and by the kernel. */
void task_forget(struct task *task, struct notify *notify);
/* Has the kernel look up all names of the task's directory anew. Any lock. 0, or -ENOMEM: not all. */
int task_tell_names(struct task *task);
/* The state changes by our own doing (a kill): what is known is old. */
void task_expire(struct task *task);

/*
 * The task's current archive of this kind, open (its size is known) but perhaps not loaded. Returns
 * 0 and a reference, OP_PENDING, -ENOENT when there is none, or -ENOMEM. *is_final: the task is
 * terminal and was so when the archive was found; no other version is to come.
 */
int task_archive(struct task *task, int kind, int64_t since, struct op *op,
                 struct archive **archive, int *is_final);

/* Where directories and trees take much of the budget, the tasks forget archives that nobody uses;
 * they are opened and read anew when they are asked for. Any thread, no lock. */
void tasks_give_up_unused(struct tasks *tasks);

/* A small file's current text. Returns 0 and a reference, OP_PENDING or an error. */
int task_text(struct task *task, enum task_text kind, struct op *op, struct snapshot **snapshot);

/* Why the last write to ctl failed; NULL: it did not. `text` is copied. */
void task_set_ctl_error(struct task *task, const char *text);

/* When the task last changed, for st_mtime: ns since 1970. */
int64_t task_state_time(const struct task_state *state);

#endif
