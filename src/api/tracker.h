/*
 * What the file tracker, the service's program on the machine of a running task, is asked and
 * answers: one JSON object a message.
 *
 * Source: the service's task-runner, folder file-tracker; the client's file_tracker.py. The machine
 * is not trusted: whatever it sends is refused or decoded within limits.
 */
#ifndef TASKFS_API_TRACKER_H
#define TASKFS_API_TRACKER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define TRACKER_PATH_MAX  4096u          /* bytes of a path that is sent */
#define TRACKER_DEPTH_MAX 60u            /* levels of JSON: a directory takes two */
#define TRACKER_NAMES_MAX 1000000u       /* of one listing */
#define TRACKER_WHY_MAX   300            /* bytes */
#define TRACKER_TEXT_MAX  (64u << 20)    /* bytes of a text */
#define TRACKER_PROBE     "taskfs-probe" /* an operation that no tracker has */

/* ---- requests; each appends, and the sticky error of `out` reports a failure ---- */

void tracker_put_ls(struct buf *out);
void tracker_put_top(struct buf *out);
void tracker_put_last_modified(struct buf *out);
/* A request that is answered at once whatever the state of the files, and differently from all
 * others: an answer to it says that what was asked before it has been dealt with. */
void tracker_put_probe(struct buf *out);
/*
 * The last `lines` > 0 lines of a file. The tracker reads whatever path it is given: so a `path`
 * that is absolute, is empty, has an empty part, `.` or `..` in it, or is longer than
 * TRACKER_PATH_MAX, is refused. Returns 0, -EINVAL, or -ENOMEM or -EFBIG of `out`.
 */
int tracker_put_tail(struct buf *out, const char *path, unsigned lines);

/*
 * ---- answers ----
 *
 * Each decodes a message of `len` bytes. They return 0; -EPROTO, -ENOMEM or -EFBIG; or for an
 * answer that is an error: -ENOENT, no such file; -EILSEQ, it is not a text file; -EIO, another.
 * `why` (TRACKER_WHY_MAX bytes) says in words what is wrong.
 */

/* Lines of a file: appends them, with a newline between two, to `text`. `*lines` is their number.
 * Whether the last one is complete, and ended by a newline, the tracker does not say. */
int tracker_tail_decode(const char *json, size_t len, struct buf *text, size_t *lines, char *why);

/* What a listing is told to. Names have from 1 to 255 bytes, none of them '/' or NUL, and are not
 * "." or ".."; all others are passed over. Functions return 0, or a negative errno that ends it. */
struct tracker_visitor {
    int (*on_file)(struct tracker_visitor *visitor, const char *name);
    int (*on_directory)(struct tracker_visitor *visitor, const char *name);
    /* The last directory that was entered ends here. */
    void (*on_end)(struct tracker_visitor *visitor);
};

/* `*skipped` is the number of names that no file can have, with what was in them. */
int tracker_ls_decode(const char *json, size_t len, struct tracker_visitor *visitor,
                      size_t *skipped, char *why);
/* Appends the text, with a newline at its end. */
int tracker_top_decode(const char *json, size_t len, struct buf *text, char *why);
/* Appends the path of the file on the machine that was modified last; nothing when there is none.
 * `*ago` is when that was, in seconds before the answer; -1 not known. */
int tracker_last_modified_decode(const char *json, size_t len, struct buf *path, double *ago,
                                 char *why);
/* Returns 1 when the message is the answer to a probe; 0 when not; or -ENOMEM. */
int tracker_is_probe_answer(const char *json, size_t len);

#endif
