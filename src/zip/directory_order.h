/* The order of a directory's entries. */
#ifndef TASKFS_ZIP_DIRECTORY_ORDER_H
#define TASKFS_ZIP_DIRECTORY_ORDER_H

#include "zip/directory.h"

/*
 * Sorts the entries by header offset, those of equal offsets in the order of the central directory,
 * and sets `ascending` and `listed`. Takes O(n log n) time, and 12 bytes of memory for an entry
 * unless they are sorted already. Returns 0 or -ENOMEM.
 */
int zip_directory_sort(struct zip_directory *dir);

#endif
