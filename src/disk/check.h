/* Checking single files of a cache, and removing what is damaged in them. */
#ifndef TASKFS_DISK_CHECK_H
#define TASKFS_DISK_CHECK_H

#include "disk/format.h"
#include "disk/walk.h"

/* What was found; the functions add to it. A piece is a record, the head of a segment, or a
 * slot. */
struct disk_check {
    uint64_t pieces;
    uint64_t damaged;       /* of the pieces; removed, unless an error was returned */
    uint64_t damaged_bytes; /* of them */
};

/*
 * Reads a file that disk_walk has found, whole, and compares it with its checksums; one that is
 * being written is passed over. What is damaged is removed: a record, a segment without a right
 * head, or single slots of a segment. A file that has been removed meanwhile is nothing to check.
 * Returns 0; -ENOMEM or -EMFILE when it could not be checked; or another negative errno when
 * something that is damaged could not be removed. Blocks on the file system.
 */
int disk_check_file(struct disk *disk, const struct disk_file *file, struct disk_check *check);

/* Opens a segment and reads its table. Returns a descriptor; -ENOENT when it is not there; -EINVAL
 * when it is not right, or cannot be opened; or -ENOMEM or -EMFILE. Changes nothing. */
int disk_open_segment(struct disk *disk, const char *path, const struct disk_segment_id *id,
                      int flags, struct disk_slot *slots);

#endif
