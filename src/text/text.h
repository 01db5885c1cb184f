/*
 * The small files of a task as text. Pure functions of what is known and of the time. Each appends
 * to `out`, whose sticky error reports a failure.
 */
#ifndef TASKFS_TEXT_TEXT_H
#define TASKFS_TEXT_TEXT_H

#include <stdint.h>

#include "api/task.h"
#include "base/buf.h"
#include "tree/tree.h"

/* The status code and a newline. */
void text_status(const struct task_summary *task, struct buf *out);
/* The machine type and a newline; nothing while it is not known. */
void text_machine_type(const struct task_summary *task, struct buf *out);
/* HH:MM:SS and a newline, `now` in ns since 1970; nothing before the computation has begun. Rounds
 * down; negative spans (clocks differ) are 00:00:00. */
void text_computation_time(const struct task_summary *task, int64_t now, struct buf *out);
/* Everything about a task, for people. `ahead`: how many tasks are ahead of it in the queue; -1 not
 * known. */
void text_info(const struct task_detail *task, double ahead, struct buf *out);
/* The section of info about the files of a running task: where they are, and the file (NULL: not
 * known) that was modified last, at `time` (or TIME_UNKNOWN), as was seen at `seen`; both in ns
 * since 1970. */
void text_info_live(const char *file, int64_t time, int64_t seen, struct buf *out);
/* The archive's table of contents: its size, the number of files and their sizes, one line a
 * member, under "Not shown:" what the tree could not show, and under "Cannot be read:" what it
 * shows although sizes or place are impossible. Names are escaped so that each takes one line.
 * `archive_size` in bytes. */
void text_outputs_info(const struct zip_tree *tree, uint64_t archive_size, struct buf *out);

/* "262.00 KB": 1 KB is 1000 bytes; below that "999 B". */
void text_size(uint64_t bytes, char *out, size_t out_size);

#endif
