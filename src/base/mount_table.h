/*
 * The kernel's table of mounts, /proc/self/mountinfo (proc(5)): to whom a mount belongs, and where
 * it is now. A path does not identify a mount: the directories above it can be renamed, something
 * else can be mounted over it, and after a lazy unmount another mount can take its place.
 */
#ifndef TASKFS_BASE_MOUNT_TABLE_H
#define TASKFS_BASE_MOUNT_TABLE_H

#include <stddef.h>

struct mount_id {
    char mount[24];  /* the mount's number, which it keeps when it moves; empty: not known */
    char device[24]; /* the filesystem's number; the pair is unique while we serve it */
};

/* Whether a taskfs that this user mounted is at `path`, an absolute path without symbolic links. */
int mount_is_ours(const char *path);

/* Whether `path`, as above, is in a mount of taskfs: below its root, or its root. */
int mount_holds(const char *path);

/* Returns how many bytes of `path`, as above, are the path of the mount of taskfs that it is in; 0
 * when it is in none. */
size_t mount_prefix(const char *path);

/* Finds the mounts of taskfs that this user has mounted. Returns their number, and writes the path
 * of the last one to `path`. */
unsigned mount_of_user(char *path, size_t size);

/* Notes which mount of taskfs is the topmost one at `path`, as above. The id is empty when it
 * cannot be found out. */
void mount_identify(const char *path, struct mount_id *id);

/*
 * Finds the path of a mount, and writes it to `path`. Returns 0; -ENOENT when the mount is not in
 * the table any more (unmounted, perhaps lazily); -EBUSY with its path when another mount covers
 * it; or a negative errno when the table cannot be read.
 */
int mount_find(const struct mount_id *id, char *path, size_t size);

/* Aborts the connection of a mount by fusectl (Linux's Documentation/filesystems/fuse.rst): every
 * request of the kernel's ends with an error. Does nothing where that is not possible. */
void mount_abort(const struct mount_id *id);

/* Lazily unmounts the topmost mount at `path`, directly or by fusermount3. Returns 0 or a negative
 * errno. Blocks until that is done. */
int mount_detach(const char *path);

#endif
