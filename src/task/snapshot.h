/* One version of one small file: bytes that never change. */
#ifndef TASKFS_TASK_SNAPSHOT_H
#define TASKFS_TASK_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/identity.h"

#define SNAPSHOT_MAX (256u * 1024 * 1024) /* bytes of text */

/* Which file it is a version of. */
struct snapshot_file {
    uint32_t owner; /* the number of the task's identity; 0: the file belongs to no task */
    uint32_t index; /* which of the owner's files (task/layout.h) */
};

struct snapshot {
    struct identity identity;
    char *data;
    size_t len;
    int64_t mtime; /* ns since 1970 */
    struct snapshot_file file;
    int is_final; /* no other version is expected */
};

/* Takes over the bytes of `text`. Returns a snapshot with one reference, or NULL without memory. */
struct snapshot *snapshot_new(struct identities *table, struct buf *text, int64_t mtime,
                              struct snapshot_file file);
int snapshot_equals(const struct snapshot *snapshot, const struct buf *text, int64_t mtime);

#endif
