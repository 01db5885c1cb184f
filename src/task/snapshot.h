/* One version of one small file: bytes that never change, with a node id of their own. */
#ifndef TASKFS_TASK_SNAPSHOT_H
#define TASKFS_TASK_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "task/identity.h"

#define SNAPSHOT_INDEX 1u
#define SNAPSHOT_MAX   (256u * 1024 * 1024) /* bytes of text */

struct snapshot {
    struct group group;
    char *data;
    size_t len;
    int64_t mtime; /* ns since 1970 */
    uint64_t ino;  /* st_ino: the file's, the same for all its versions */
    int is_final;  /* no other version is to come, as far as can be known */
};

/* Takes the bytes of `text` over. Returns it with one reference, or NULL without memory. */
struct snapshot *snapshot_new(struct nodes *nodes, struct buf *text, int64_t mtime, uint64_t ino);
int snapshot_equals(const struct snapshot *snapshot, const struct buf *text, int64_t mtime);

#endif
