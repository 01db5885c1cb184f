/* Reading small files whole. */
#ifndef TASKFS_BASE_FILE_H
#define TASKFS_BASE_FILE_H

#include <stddef.h>

/* Reads the first bytes of a file, at most `size`, which is at most INT_MAX. Returns their number,
 * or a negative errno. Blocks on the file system, but not on a FIFO without a writer.
 * Async-signal-safe: it may be called in a child process (base/child_process.h). */
int file_read(const char *path, char *out, size_t size);

#endif
