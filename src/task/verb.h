/* The verbs that a task's ctl takes, as text. */
#ifndef TASKFS_TASK_VERB_H
#define TASKFS_TASK_VERB_H

#include <stddef.h>
#include <stdint.h>

enum verb { VERB_NONE, VERB_KILL, VERB_WAIT, VERB_REFRESH };

#define VERB_NO_SECONDS  (-1)
#define VERB_SECONDS_MAX 1000000000

/*
 * Parses one line of `len` bytes without its newline; white space around words is ignored. Returns
 * 0 with the verb (VERB_NONE for an empty line) and its seconds (VERB_NO_SECONDS when none are
 * given), or -EINVAL with the reason in `why`.
 */
int verb_parse(const char *line, size_t len, enum verb *verb, int64_t *seconds, char *why,
               size_t why_size);

#endif
