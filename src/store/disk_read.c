/* Opening an object from the cache on disk, and fetching its blocks from there: ops on the disk's
 * executor, whose threads may wait for the disk. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "store/object_internal.h"

_Static_assert(OBJECT_BLOCK == DISK_BLOCK, "a block is kept in a slot");

/* ---- opening ---- */

struct disk_opening {
    struct op op;
    struct object *object; /* holds a reference */
};

/* Nothing on disk can be shown as it is: the store is asked. */
static void object_go_on_in_store(struct object *object, struct disk_object *found)
{
    int rc = -ENODATA;

    LOCKED(&object->lock);
    object->was_looked_for = 1;
    object->earlier = found;
    if (!object->context.disk->is_offline)
        rc = object_start_opening_in_store(object);
    else
        log_error("'%s' is not on disk, and nothing is fetched offline", object->path);
    if (!rc)
        return;
    object->was_looked_for = 0;
    object->earlier = NULL;
    if (found)
        disk_object_unref(found);
    single_flight_land(&object->opening, rc);
}

/* What is on disk is the current version. The net thread knows nothing of the object yet. */
static void object_finish_from_disk(struct object *object, struct disk_object *found, uint8_t *tail,
                                    size_t len)
{
    const struct disk_version *version = disk_object_version(found);

    pthread_mutex_lock(&object->lock);
    object->target.size = object->source.size = object->limit = version->size;
    strcpy(object->target.etag, version->etag);
    object->target.is_pinned = 1;
    object->kept = found;
    pthread_mutex_unlock(&object->lock);
    object_put_tail_blocks(object, tail, len, 0);
    LOCKED(&object->lock);
    object->tail = tail;
    object->tail_len = len;
    object->is_open = 1;
    single_flight_land(&object->opening, 0);
}

static int opening_step(struct op *op)
{
    struct object *object = container_of(op, struct disk_opening, op)->object;
    struct store_disk *side = object->context.disk;
    const struct object_keep *keep = &object->keep;
    uint64_t stamp = 0;
    struct disk_object *found = disk_object_find(side->disk, object->path, &stamp);
    int is_current = found &&
                     (side->is_offline ? !stamp || stamp == keep->stamp
                                       : keep->is_trusted && stamp && stamp == keep->stamp);
    size_t len = 0;
    uint8_t *tail = is_current ? disk_object_read_tail(found, &len) : NULL;

    if (tail && len <= disk_object_version(found)->size) {
        object_finish_from_disk(object, found, tail, len);
        return 0;
    }
    free(tail);
    object_go_on_in_store(object, found);
    return 0;
}

static void opening_fail(struct op *op, int error)
{
    struct object *object = container_of(op, struct disk_opening, op)->object;

    LOCKED(&object->lock);
    single_flight_land(&object->opening, error);
}

static void opening_release(struct op *op)
{
    struct disk_opening *opening = container_of(op, struct disk_opening, op);

    object_unref(opening->object);
    free(opening);
}

static const struct op_type opening_type = {
    .step = opening_step, .fail = opening_fail, .release = opening_release};

int object_start_opening_from_disk(struct object *object)
{
    struct disk_opening *opening = calloc(1, sizeof(*opening));

    if (!opening)
        return -ENOMEM;
    opening->object = object_ref(object);
    opening->op.type = &opening_type;
    opening->op.deadline = CLOCK_NEVER;
    op_start_later(object->context.disk->executor, &opening->op);
    return 0;
}

/* ---- blocks ---- */

static size_t block_len(const struct object *object, uint64_t block)
{
    uint64_t left = object->source.size - block * OBJECT_BLOCK;

    return left < OBJECT_BLOCK ? (size_t)left : OBJECT_BLOCK;
}

/* Reads the next blocks of the fetch into the cache. Returns how many. */
static unsigned read_some(struct fetch *fetch)
{
    struct object *object = fetch->object;
    struct iovec parts[DISK_WRITE_MAX];
    unsigned count = 0, read = 0;

    while (count < DISK_WRITE_MAX && fetch->done + count < fetch->end) {
        parts[count].iov_len = block_len(object, fetch->done + count);
        parts[count].iov_base = cache_alloc(object->context.cache, parts[count].iov_len);
        if (!parts[count].iov_base)
            break;
        count++;
    }
    if (count)
        read = disk_object_read(object->kept, DISK_BLOCKS, fetch->done, parts, count);
    for (unsigned i = 0; i < count; i++) {
        if (i >= read) {
            free(parts[i].iov_base);
            continue;
        }
        fetch->bytes = parts[i].iov_base;
        fetch->fill = parts[i].iov_len;
        fetch_finish_block(fetch);
    }
    return read;
}

/* The fetch is over. What it did not find is fetched anew, for its readers look for it again. */
static void finish_from_disk(struct fetch *fetch, int error)
{
    struct object *object = fetch->object;
    uint64_t demand = fetch->kind == FETCH_DEMAND ? fetch->end : 0;

    LOCKED(&object->lock);
    list_del(&fetch->link);
    if (!error && fetch->done < fetch->end) {
        disk_object_hide(object->kept, DISK_BLOCKS, fetch->done, fetch->done);
        object_fetch_missing(object, fetch->done, demand, fetch->end);
    }
    wait_queue_wake(&fetch->waiters, error);
}

static int disk_fetch_step(struct op *op)
{
    struct fetch *fetch = container_of(op, struct fetch, op);

    while (fetch->done < fetch->end && read_some(fetch))
        continue;
    finish_from_disk(fetch, 0);
    return 0;
}

static void disk_fetch_fail(struct op *op, int error)
{
    finish_from_disk(container_of(op, struct fetch, op), error);
}

static void disk_fetch_release(struct op *op)
{
    fetch_release(container_of(op, struct fetch, op));
}

static const struct op_type disk_fetch_type = {
    .step = disk_fetch_step, .fail = disk_fetch_fail, .release = disk_fetch_release};

int fetch_from_disk(struct object *object, uint64_t first, uint64_t end, enum fetch_kind kind)
{
    struct fetch *fetch = fetch_new(object, kind);

    if (!fetch)
        return -ENOMEM;
    fetch->done = first;
    fetch->end = end;
    fetch->is_from_disk = 1;
    fetch->op.type = &disk_fetch_type;
    fetch->op.deadline = CLOCK_NEVER;
    list_add(&object->fetches, &fetch->link);
    op_start_later(object->context.disk->executor, &fetch->op);
    return 0;
}
