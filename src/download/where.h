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

/* Finds the mount that the path leads into. Returns 0; -ENOENT when it leads into none, with the
 * folder that is not one in `below`; or another negative errno. Blocks on the file system. */
int where_find(const char *path, struct where *where);

/* Takes from the mount's .taskfs/config how to reach its service. Returns 0, or -EINVAL with a line
 * in `why` when it cannot be read: the mount is dead. Blocks. */
int where_take_settings(const char *mount, struct connection *connection, char *why,
                        size_t why_size);

#endif
