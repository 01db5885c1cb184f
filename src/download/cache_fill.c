#include "download/cache_fill.h"

#include <errno.h>

#define A_STEP   (16u * 1024 * 1024) /* bytes before the op yields */
#define FLUSH_MS 60000

/* Asks for all that the service says of the task, which is kept then. */
static int get_detail(struct cache_fill *fill, struct op *op)
{
    struct task_state *state;
    int rc = task_get(fill->task, tasks_since(fill->task->tasks, op), 1, op, &state);

    if (!rc)
        task_state_unref(state);
    return rc;
}

/* Reads on, which has what was read written. */
static int read_on(struct cache_fill *fill, struct op *op)
{
    struct source *source = archive_source(fill->archive);
    uint64_t limit = fill->offset + A_STEP;

    while (fill->offset < source->size) {
        struct source_view view;
        uint64_t left = source->size - fill->offset;
        int rc;

        if (fill->offset >= limit)
            return op_yield(op);
        rc = source_view(source, fill->offset, left < OBJECT_BLOCK ? left : OBJECT_BLOCK,
                         SOURCE_SEQUENTIAL, &view, op);
        if (rc)
            return rc;
        fill->offset += view.len;
        atomic_fetch_add(fill->written, view.len);
        view.is_done = 1;
        source_release(source, &view);
    }
    return 0;
}

int cache_fill_step(struct cache_fill *fill, struct op *op)
{
    uint64_t size = archive_source(fill->archive)->size;
    int rc = 0;

    if (!fill->has_detail)
        rc = get_detail(fill, op);
    if (rc)
        return rc;
    fill->has_detail = 1;
    if (!fill->is_loaded)
        rc = archive_load(fill->archive, op);
    if (rc)
        return rc;
    fill->is_loaded = 1;
    if (!archive_is_kept(fill->archive))
        return -EOPNOTSUPP;
    rc = read_on(fill, op);
    if (rc)
        return rc;
    store_disk_flush(fill->disk, FLUSH_MS);
    return archive_kept_bytes(fill->archive, 0, size) == size ? 0 : -ENOSPC;
}
