/* Going over all files of a cache. */
#ifndef TASKFS_DISK_WALK_H
#define TASKFS_DISK_WALK_H

#include "disk/disk.h"

enum disk_file_kind {
    DISK_FILE_ACCOUNT, /* the record of an account */
    DISK_FILE_TASK,    /* the record of a task */
    DISK_FILE_OBJECT,  /* the record of an object */
    DISK_FILE_TAIL,    /* of a version of an object */
    DISK_FILE_SEGMENT, /* the same */
    DISK_FILE_PART,    /* a record that is being written, or was when a program was killed */
};

struct disk_file {
    enum disk_file_kind kind;
    const char *path;       /* within the format's folder */
    const char *account;    /* its folder's name */
    uint64_t hash;          /* of the task, or of the object */
    uint64_t version;       /* of a tail or segment */
    uint32_t stream, index; /* of a segment */
    uint64_t bytes;         /* that it takes on disk */
    int64_t used;           /* when it was used last: ns since 1970 */
};

/* Calls `visit` for each file, with the files of one object one after the other, until it returns
 * something else than 0, which is returned. What is not named as a file of the format is passed
 * over, and so is what a link leads to. The visitor may remove files. Returns 0 at the end. */
int disk_walk(struct disk *disk, int (*visit)(void *arg, const struct disk_file *file), void *arg);
/* The same for the records of tasks, and those that are being written. */
int disk_walk_tasks(struct disk *disk, int (*visit)(void *arg, const struct disk_file *file),
                    void *arg);
/* The same for the files of one object alone. */
int disk_walk_object(struct disk *disk, const char *account, uint64_t hash,
                     int (*visit)(void *arg, const struct disk_file *file), void *arg);

#endif
