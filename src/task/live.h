/*
 * The files of a running task, as its machine shows them: docs/live.md has the rules.
 *
 * Functions that take an op are called from within a step of it, return OP_PENDING when it has to
 * wait, and never block. None is called with a lock of this layer held. Their errors:
 *      -ENOENT                      there is no such file on the machine
 *      -ESTALE                      the file was rewritten, or the task cannot be looked into now
 *      -EILSEQ, -EFBIG              the file is no text, or longer than LIVE_TEXT_MAX
 *      -ETIMEDOUT, -EHOSTUNREACH, -ECONNRESET, -ENODATA, -ENOPKG, -EACCES, -EIO, -ENOMEM
 *                                   as of machine/machine.h
 */
#ifndef TASKFS_TASK_LIVE_H
#define TASKFS_TASK_LIVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/identity.h"
#include "op/op.h"

struct live;
struct live_tree;
struct task;

#define LIVE_NAME       "live"
#define LIVE_WHY_NAME   ".why"
#define LIVE_SIZE_ERROR 4096 /* st_size of a file that cannot be read: whoever believes it reads */

/* The live files of a task, with a reference. Returns 0; OP_PENDING; -ENODATA when the task is in
 * no state in which its machine can be looked into; or another error of the task's. */
int task_live(struct task *task, struct op *op, struct live **live);
struct live *live_of(struct identity *identity);
struct identity *live_identity(struct live *live);
void live_unref(struct live *live);
/* For the task's end: gives up the task's reference. Harmless on NULL. */
void live_leave(struct live *live);

/* What was asked of the machine is asked again when it is needed; and a connection is tried at
 * once, even if that has just failed. */
void task_live_forget(struct task *task);

/* Why live/ shows nothing, as one line with a newline, or "ok". Asks nothing. 0 or OP_PENDING. */
int task_live_why(struct task *task, struct op *op, struct buf *why);
/* The machine's load, asked for at `since` or later; nothing when it cannot be looked into. */
int task_live_load(struct task *task, int64_t since, struct op *op, struct buf *text);
/* What is said in info of a running task. Nothing is asked unless there is a connection: without
 * one, it is what was seen last. */
struct live_summary {
    int is_running;  /* the machine can be looked into */
    struct buf path; /* the file that was modified last; empty: not known */
    int64_t time;    /* when that was, in ns since 1970, or TIME_UNKNOWN */
    int64_t seen;    /* when it was seen, the same */
};
int task_live_summary(struct task *task, int64_t since, struct op *op,
                      struct live_summary *summary);

/* What stat(2) tells. */
struct live_attr {
    uint32_t index;
    int is_directory;
    int is_unread; /* a file whose text and size are not known */
    uint64_t size;
    int64_t mtime; /* ns since 1970; 0 not known */
};

/* A name in the directory of this index; 0 is the root. Of a file, its text is asked for. */
int live_lookup(struct live *live, uint32_t parent, const char *name, struct op *op,
                struct live_attr *attr);
/* Whether the name of a file was given to somebody before. Asks nothing, and does not wait. */
int live_knows(struct live *live, uint32_t parent, const char *name);
/* The same of the root of a task's. */
int task_live_knows(struct task *task, const char *name);
/* What is known of a node. `is_of_read`: the kernel asks for a read, or for a seek to the end.
 * `caller`: the thread that asks, as for live_entry_attr. */
int live_getattr(struct live *live, uint32_t index, int is_of_read, pid_t caller, struct op *op,
                 struct live_attr *attr);
/* Copies up to `size` bytes from `offset`, into memory that the caller frees (NULL: none). */
int live_read(struct live *live, uint32_t index, uint64_t offset, size_t size, struct op *op,
              char **bytes, size_t *len);

/*
 * A file that grows keeps its index. What a kernel has cached of its last page must go before it is
 * told of a larger size. While live_size_grown returns 1, the caller has the pages dropped, and
 * says so by live_size_noticed; once they are gone, it calls live_size_told. None of these waits.
 */
/* Returns 1 with *len when there is more than pages were dropped for; else 0, and *len is what they
 * were dropped for. */
int live_size_grown(struct live *live, uint32_t index, uint64_t *len);
void live_size_noticed(struct live *live, uint32_t index, uint64_t len);
/* All pages that hold less than `len` bytes of the file are gone. */
void live_size_told(struct live *live, uint32_t index, uint64_t len);
/* The size that readers may be told of. */
uint64_t live_size(struct live *live, uint32_t index);

/* Names in a directory, as of one moment: *tree with a reference, and the directory in it. */
int live_list(struct live *live, uint32_t directory, struct op *op, struct live_tree **tree,
              uint32_t *place);
/* The attributes of an entry of the directory `parent`, without asking. `caller`: the thread that
 * lists, 0 in another namespace. 0 or -ENOMEM. */
int live_entry_attr(struct live *live, uint32_t parent, const struct live_tree *tree,
                    uint32_t entry, pid_t caller, struct live_attr *attr);

#endif
