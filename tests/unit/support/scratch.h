/*
 * A folder for the files of one test, and words to make files in it and to ask what has become of
 * them. All paths are below it. Aborts when something cannot be made.
 */
#ifndef TASKFS_SCRATCH_H
#define TASKFS_SCRATCH_H

#include <sys/stat.h>

/* Makes the folder, empty, and removes those of processes that ended in the middle of a test.
 * Returns its path, absolute, which is valid until the next call. */
const char *scratch_make(void);
void scratch_remove(void);
/* The absolute path of what is called `path` in it; a few of them are valid at a time. */
const char *scratch_path(const char *path);

/* Each makes the folders above it, too. */
void scratch_folder(const char *path);
void scratch_file(const char *path, const char *content);
void scratch_link(const char *path, const char *target);
void scratch_fifo(const char *path);

/* What is there: a file's content; "-> " and the target of a link; "(folder)", "(other)" or
 * "(nothing)". Valid until the next call. */
const char *scratch_what(const char *path);
/* The permissions of what is there; 07777 + 1 when there is nothing. */
mode_t scratch_mode(const char *path);
/* How many names the folder has. */
int scratch_count(const char *path);

/* How many descriptors the process has open. */
int open_descriptors(void);

#endif
