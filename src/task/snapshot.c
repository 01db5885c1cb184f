#include "task/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"

static void snapshot_release(struct group *group)
{
    struct snapshot *snapshot = container_of(group, struct snapshot, group);

    free(snapshot->data);
    free(snapshot);
}

struct snapshot *snapshot_new(struct nodes *nodes, struct buf *text, int64_t mtime, uint64_t ino)
{
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

    if (!snapshot)
        return NULL;
    snapshot->data = buf_steal(text, &snapshot->len);
    snapshot->mtime = mtime;
    snapshot->ino = ino;
    group_add(nodes, &snapshot->group, GROUP_SNAPSHOT, snapshot_release);
    return snapshot;
}

int snapshot_equals(const struct snapshot *snapshot, const struct buf *text, int64_t mtime)
{
    return snapshot->mtime == mtime && snapshot->len == text->len &&
           (!text->len || memcmp(snapshot->data, text->data, text->len) == 0);
}
