/*
 * The kernel's table of mounts, /proc/self/mountinfo (proc(5)): which mount is whose, and where it
 * is by now. A mount's path is no name for it: the directories above can be renamed, something else
 * can be mounted over it, and after a lazy unmount its place can be another's.
 */
#ifndef TASKFS_KERNEL_MOUNT_TABLE_H
#define TASKFS_KERNEL_MOUNT_TABLE_H

#include <stddef.h>

struct mount_id {
    char mount[24];  /* the mount's number, kept when it moves; empty: not known */
    char device[24]; /* the filesystem's; together they are given to no other while we serve it */
};

/* Whether a taskfs that this user mounted is at `path`, an absolute path without symbolic links. */
int mount_is_ours(const char *path);

/* Notes which mount of taskfs is the topmost one at `path`, as above. An empty id where it can't be
 * found out. */
void mount_identify(const char *path, struct mount_id *id);

/*
 * Finds the path of a mount, and writes it to `path`. Returns 0, -ENOENT when it is in the table no
 * more (unmounted, if only lazily), -EBUSY with its path when another mount covers it, or the
 * negative errno of what can't be read.
 */
int mount_find(const struct mount_id *id, char *path, size_t size);

/* Lazily unmounts what is topmost at `path`: directly, or by fusermount3. Returns 0 or a negative
 * errno. Blocks for as long as that takes. */
int mount_detach(const char *path);

#endif
