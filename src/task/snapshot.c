#include "task/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"

static void snapshot_release(struct identity *identity)
{
    struct snapshot *snapshot = container_of(identity, struct snapshot, identity);

    free(snapshot->data);
    free(snapshot);
}

struct snapshot *snapshot_new(struct identities *table, struct buf *text, int64_t mtime,
                              struct snapshot_file file)
{
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

    if (!snapshot)
        return NULL;
    snapshot->data = buf_steal(text, &snapshot->len);
    snapshot->mtime = mtime;
    snapshot->file = file;
    identity_add(table, &snapshot->identity, IDENTITY_SNAPSHOT, snapshot_release);
    return snapshot;
}

int snapshot_equals(const struct snapshot *snapshot, const struct buf *text, int64_t mtime)
{
    return snapshot->mtime == mtime && snapshot->len == text->len &&
           (!text->len || memcmp(snapshot->data, text->data, text->len) == 0);
}
