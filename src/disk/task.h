/* The tasks that are kept on disk, as the service described them when they had come to their
 * end. */
#ifndef TASKFS_DISK_TASK_H
#define TASKFS_DISK_TASK_H

#include "disk/disk.h"

/* What is known of a task. */
enum disk_task_depth {
    DISK_TASK_SUMMARY = 1, /* what the listing has of it, as a JSON object of the same fields */
    DISK_TASK_DETAIL,      /* the service's own answer about it */
};

struct disk_task {
    char *id;
    enum disk_task_depth depth;
    uint64_t stamp; /* the caller's */
    char *json;     /* NUL-terminated */
    size_t len;     /* bytes of it */
};

/* Writes what is known of the task, in place of what is kept. */
void disk_task_write(struct disk *disk, const struct disk_task *task);
/* Reads what is kept of a task. Returns 0 with *task, to be given to disk_task_free; -ENOENT; or
 * -ENOMEM. */
int disk_task_read(struct disk *disk, const char *id, struct disk_task *task);
/* The same of the record at `path`, within the format's folder, which is that of the id with this
 * hash. */
int disk_task_read_file(struct disk *disk, const char *path, uint64_t hash, struct disk_task *task);
/* Calls `visit` for each task that is kept, until it returns something else than 0, which is
 * returned; else returns 0. */
int disk_task_each(struct disk *disk, int (*visit)(void *arg, const struct disk_task *task),
                   void *arg);
void disk_task_free(struct disk_task *task);

#endif
