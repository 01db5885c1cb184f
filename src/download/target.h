/*
 * The folder on disk that one archive of a task is downloaded to, DIR/ID/outputs: what is there,
 * and putting files there.
 *
 * Nothing is ever written outside of it. Folders below it are opened by openat2(2) with
 * RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, or, where the kernel has no such call, part by part
 * without following links. A file is written under a name of its own in the hidden folder
 * DIR/ID/.outputs.part, and is renamed to its place when it is complete. It never replaces anything
 * there unless it is told to.
 *
 * While a target is locked, no other download writes below DIR/ID.
 *
 * All functions block on the file system. After target_create, any thread may call those that take
 * a const target.
 */
#ifndef TASKFS_DOWNLOAD_TARGET_H
#define TASKFS_DOWNLOAD_TARGET_H

#include <stdint.h>
#include <sys/stat.h>

#include "download/names.h"

struct target {
    const char *what; /* "outputs" or "inputs" */
    char *folder;     /* DIR/ID, as the user names it, for messages too */
    char *shown;      /* the same with "/outputs" */
    mode_t umask;     /* of the user, for DIR and DIR/ID alone */
    int id_fd;        /* of DIR/ID; -1 while there is none */
    int root;         /* of DIR/ID/outputs; the same */
    int parts;        /* of the hidden folder; the same */
    int is_locked;
};

/* Sets up the target and looks for what is there; creates nothing. `umask` is the user's, while the
 * process has 0, as the permissions of files are those of the archive. Returns 0; -ENOMEM;
 * -ENOTDIR when DIR/ID/outputs is something else than a folder; or the errno of opening it. */
int target_open(struct target *target, const char *directory, const char *id, const char *what,
                mode_t umask);
/* Unlocks the target, too. */
void target_close(struct target *target);

/* Creates DIR and DIR/ID and locks the latter. Returns 0; -EWOULDBLOCK when another download has
 * locked it; or a negative errno. */
int target_lock(struct target *target);
/* Creates DIR/ID/outputs, and the hidden folder. Returns 0 or a negative errno. */
int target_create(struct target *target);
/* Removes the hidden folder: with all that is in it, or only if it is empty. */
void target_remove_parts(struct target *target, int with_content);

/* Opens the folder `path` below the root ("" is the root) for the calls below, as O_PATH, and
 * creates what is missing of it if `create`. Returns a descriptor; -ENOTDIR when something else
 * than a folder is in the way; -EINVAL for a path that leads elsewhere than down; or a negative
 * errno. */
int target_enter(const struct target *target, const char *path, int create);

/* Whether something is called `name` in the folder. Returns 0 with its attributes, those of a link
 * itself; or -ENOENT or another negative errno. */
int target_look(int folder, const char *name, struct stat *st);
/* The CRC-32 of a file's content; of a link's text, or with `follow` of the file that it leads to.
 * Returns 0 or a negative errno. */
int target_crc(int folder, const char *name, int follow, uint32_t *crc);

/* Reads the first bytes of a file, at most `size`. Returns their number or a negative errno. */
int target_read(int folder, const char *name, char *out, size_t size);

/* Whether it is a regular file of this user's that has no other name: a download of the user can
 * have made it, and nothing else is changed by writing to it. */
int target_is_own_file(const struct stat *st);

/* Makes a new file `part` in the hidden folder, with these permissions, in place of what is there.
 * Returns a descriptor to write it, or a negative errno. */
int target_new_part(const struct target *target, const char *part, mode_t mode);
/* Opens the file `part` that an earlier download has left, to read and write it, with its *size in
 * bytes. Returns a descriptor; -ENOENT when there is no such file, or something else in its place;
 * or another negative errno. */
int target_old_part(const struct target *target, const char *part, mode_t mode, uint64_t *size);
void target_drop_part(const struct target *target, const char *part);
/* Moves a part, of the folder `parts`, to its place. Returns 0; -EEXIST when something is there and
 * `replace` is not set; -EISDIR when it is set, and that is a folder; or a negative errno. */
int target_publish(int parts, const char *part, int folder, const char *name, int replace);

#endif
