/* The standard streams of a program. */
#ifndef TASKFS_CLI_STREAMS_H
#define TASKFS_CLI_STREAMS_H

/* Where standard streams are closed, puts something there that cannot be written, so that no file
 * takes their place and gets what is meant for them. Returns 0 or a negative errno. */
int streams_fill(void);
/* Writes text to standard output. Returns the exit status: 0, or 1 after logging why it cannot be
 * written. */
int streams_print(const char *text);

#endif
