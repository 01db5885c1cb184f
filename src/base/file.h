/*
 * Small files, read whole.
 */
#ifndef TASKFS_BASE_FILE_H
#define TASKFS_BASE_FILE_H

#include <stddef.h>

/* Reads the file's first bytes, `size` at most, which is no more than INT_MAX. Returns how many, or a
 * negative errno. Blocks on the file, not on a FIFO that nobody writes. Async-signal-safe, as it may
 * be work for a process apart. */
int file_read(const char *path, char *out, size_t size);

#endif
