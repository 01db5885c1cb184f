/*
 * What the user means by a task: its id, or a path into a mount; and the settings of that mount.
 * Paths are resolved up to the mount and not beyond: the task need not exist.
 */
#ifndef TASKFS_DOWNLOAD_WHERE_H
#define TASKFS_DOWNLOAD_WHERE_H

#include <stddef.h>

#include "cli/connection.h"
#include "download/names.h"

struct where {
    char mount[NAME_TEXT_MAX]; /* the real path of the mount; "" none */
    char below[NAME_TEXT_MAX]; /* simplified, below the mount: "ID/outputs/file" */
};

/* Finds the mount that the path leads into. Returns 0; -ENOENT when it leads into none; or another
 * negative errno. Then both texts are empty. Blocks on the file system. */
int where_find(const char *path, struct where *where);

/* Takes from the mount's .taskfs/config how to reach its service. Returns 0; -EINVAL when it cannot
 * be read, as the mount is dead, or names no service; or -ENOMEM; each with a line in `why`.
 * Blocks. */
int where_take_settings(const char *mount, struct connection *connection, char *why,
                        size_t why_size);

#endif
