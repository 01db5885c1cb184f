/* The files of .taskfs: counters, messages and settings. */
#ifndef TASKFS_FS_DOT_H
#define TASKFS_FS_DOT_H

#include "fs/fs.h"

#define DOT_NAME ".taskfs"

/* Their names; ends with NULL. */
extern const char *const dot_names[];

/* A new snapshot of the file `name`, with a reference. 0, -ENOENT or -ENOMEM. */
int dot_text(struct fs *fs, const char *name, struct snapshot **snapshot);

#endif
