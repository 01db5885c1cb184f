/* The file that takes commands. */
#ifndef TASKFS_FS_CTL_H
#define TASKFS_FS_CTL_H

#include "task/identity.h"
#include "task/tasks.h"

#define CTL_WRITE_MAX 4096 /* bytes that one write may have */

/* A node for one lookup of the task's ctl, index FILE_CTL; one reference. NULL without memory. */
struct group *ctl_new(struct nodes *nodes, struct task *task);
/* The task of such a group; borrowed from it. */
struct task *ctl_task(struct group *group);

enum ctl_verb { CTL_NOTHING, CTL_KILL, CTL_WAIT, CTL_REFRESH };

#define CTL_NO_SECONDS  (-1)
#define CTL_SECONDS_MAX 1000000000

/*
 * Parses one line of `len` bytes without its end: white space around words is ignored. Returns 0
 * with the verb (CTL_NOTHING for an empty line) and its seconds (CTL_NO_SECONDS: none were given),
 * or -EINVAL with the reason in `why`.
 */
int ctl_parse(const char *line, size_t len, enum ctl_verb *verb, int64_t *seconds, char *why,
              size_t why_size);

#endif
