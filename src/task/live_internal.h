/* What the files about running machines' files share. */
#ifndef TASKFS_TASK_LIVE_INTERNAL_H
#define TASKFS_TASK_LIVE_INTERNAL_H

#include <errno.h>

#include "api/tracker.h"
#include "machine/machine.h"
#include "task/live.h"
#include "task/live_text.h"
#include "task/live_tree.h"
#include "task/tasks_internal.h"

#define LIVE_NEVER (INT64_MIN / 4) /* a time that is earlier than all others */

/* Something that is asked of the machine as a whole: its names, its load, the last modified file.
 * */
struct live_question {
    struct live *live;
    struct machine_request request; /* in use while `asking` is up */
    struct buf json;                /* of the request; fixed */
    /* Decodes the answer. Called without the lock. Returns 0 or a negative errno, with `why`. */
    int (*take)(struct live_question *question, const struct buf *answer, char *why);
    /* Guarded by live->lock: */
    struct single_flight asking;
    int64_t asked_at; /* clock_ms() of what is known, a failure too; LIVE_NEVER never */
    int error;        /* 0, or the failure */
    char why[MACHINE_WHY_MAX];
};

/* What is known of a file. Guarded by live->lock, but for what a fetch in flight uses. */
struct live_file {
    struct live *live;
    struct live_node *node;
    struct live_text text;
    int is_known;         /* the text is what the file was at known_at */
    int error;            /* of the latest answer, 0 none */
    int64_t asked_at;     /* clock_ms() of the latest answer, a failure too; LIVE_NEVER never */
    int64_t known_at;     /* of the latest answer that was none */
    int64_t whole_at;     /* of the latest answer that was the whole file */
    int64_t looked_at;    /* when it was looked at last; 0 never */
    int64_t mtime;        /* ns since 1970: when the text was first seen as it is */
    size_t told;          /* bytes of it that readers may have been told of */
    size_t noticed;       /* as many when the kernel was last asked to drop its pages */
    size_t charged;       /* to the cache's budget, and to tasks->live_texts */
    struct list in_texts; /* tasks->live_texts.files */
    /* The fetch: */
    struct single_flight asking;
    struct machine_request request;
    struct buf json;
    unsigned lines;    /* that are asked for */
    unsigned refusals; /* answers that it is no text */
    unsigned proven;   /* lines that were a text; 0 none yet */
    unsigned steps;    /* answers so far */
    int is_whole;      /* the whole file is wanted */
    int wants_whole;   /* the next fetch has to be of the whole file */
    unsigned look;     /* lines by which it was last looked at */
};

/* A name that was given to somebody, by its index. One of a file that was rewritten is old: it
 * stays for those who have it, and another node has its name. */
struct live_node {
    struct live_node *chain;
    uint32_t index;  /* from 1 */
    uint32_t parent; /* 0: the root */
    uint8_t is_directory;
    uint8_t is_old;
    uint8_t is_listed;      /* to `lister`, which has not asked for its attributes since */
    pid_t lister;           /* the thread that was given it by the latest listing */
    int64_t listed_at;      /* clock_ms() of the latest listing that gave it; 0 none */
    size_t old_len;         /* bytes that readers of an old one were told of */
    struct live_file *file; /* NULL: nothing is known of it */
    char name[];
};

struct live {
    struct identity identity;
    struct tasks *tasks;
    uint32_t owner; /* the number of the task's identity */
    char *id;       /* the task's */
    struct machine *machine;
    struct live_question listing, load, modified;
    pthread_mutex_t lock; /* after tasks->lock; guards all that follows, and what says so above */
    int is_sweeping;
    int64_t used_at;        /* clock_ms() */
    struct live_tree *tree; /* the answer to `listing`; NULL none */
    size_t skipped;
    struct buf load_text;
    struct buf modified_path;
    int64_t modified_at, modified_seen; /* ns since 1970; the first may be TIME_UNKNOWN */
    struct live_node **nodes;           /* by index; [0] is not used */
    uint32_t node_count, node_capacity;
    struct live_node **buckets; /* by parent and name */
    uint32_t bucket_count;      /* 0 or a power of 2 */
};

/* Waits until the answer is as recent as `since`, in clock_ms(). With the lock held. Returns 0,
 * OP_PENDING, or the failure. */
int live_question_get(struct live_question *question, struct op *op, int64_t since);
/* Whether the task can be looked into: 0, OP_PENDING; or -ESTALE. Without the lock. */
int live_check(struct live *live, struct op *op);

/* ---- nodes (live_nodes.c); with the lock held ---- */

/* The node of this index, or NULL. */
struct live_node *live_node_at(struct live *live, uint32_t index);
/* The current node of a name, which is made if there is none. NULL without memory. */
struct live_node *live_node_get(struct live *live, uint32_t parent, const char *name,
                                int is_directory);
/* Whether there is a current node of a file of this name. */
int live_node_is_known(struct live *live, uint32_t parent, const char *name);
/* Appends the node's path from the root. */
void live_node_path(struct live *live, const struct live_node *node, struct buf *path);
/* Readers of the node's file have been told of bytes that it does not have any more: another node
 * gets the name and the file. Returns 0 or -ENOMEM. */
int live_node_replace(struct live *live, struct live_node *node);
/* Frees all nodes; nobody has any of them. */
void live_nodes_free(struct live *live);

/* ---- files (live_file.c); with the lock held ---- */

/* The file of a node, which is made if there is none. NULL without memory. */
struct live_file *live_file_of(struct live *live, struct live_node *node);
/* Makes what is known of the file as recent as `since`. With `wants_bytes`, its bytes have to be
 * here. `by_name`: somebody may begin to read it. Returns 0, OP_PENDING, or the failure. */
int live_file_refresh(struct live_file *file, struct op *op, int64_t since, int wants_bytes,
                      int by_name);
/* Drops the bytes if it was not looked at for some time. Returns 1 when they are still here. */
int live_file_sweep(struct live_file *file, int64_t now);
/* Drops the bytes. Harmless when they are not here. */
void live_file_drop(struct live_file *file);
void live_file_free(struct live_file *file);

/* That the content cannot be had is no reason to hide that there is a file. */
static inline int live_is_about_content(int error)
{
    return error == -EILSEQ || error == -EFBIG;
}

/* ---- the rest (live.c) ---- */

/* Something is held: it is dropped when nobody has looked for some time. With the lock held. */
void live_start_sweep(struct live *live);

#endif
