/* Fetching the blocks of an object. Runs on the net thread, apart from the functions that
 * object_internal.h declares. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "store/object_internal.h"

#define ACTIVE_MAX 8 /* prefetching ranges in flight */

_Static_assert(OBJECT_BLOCK == CACHE_SPARE_SMALL, "the cache reuses the memory of blocks");

void fetch_release(struct fetch *fetch)
{
    struct object *object = fetch->object;

    free(fetch->bytes);
    free(fetch);
    object_unref(object);
}

/* When the block could not be kept, those who wait find nothing, and have it fetched again. */
void fetch_finish_block(struct fetch *fetch)
{
    struct object *object = fetch->object;
    struct cache *cache = object->context.cache;
    struct cache_entry *entry = NULL;
    uint8_t *unwanted = NULL;

    pthread_mutex_lock(&object->lock);
    if (fetch->bytes && !fetch->is_discarded)
        entry = cache_put(cache, &object->owner, fetch->done, fetch->bytes, fetch->fill);
    else
        unwanted = fetch->bytes;
    if (entry && !fetch->is_from_disk)
        object_write_block(object, fetch->done, entry);
    fetch->bytes = NULL;
    fetch->fill = 0;
    fetch->done++;
    wait_queue_wake_key(&fetch->waiters, fetch->done - 1);
    pthread_mutex_unlock(&object->lock);
    if (entry)
        cache_unpin(cache, entry, CACHE_KEEP);
    free(unwanted);
}

int fetch_note_arrival(struct fetch *fetch)
{
    int64_t now = clock_ms();

    if (now - fetch->noted_at < OBJECT_ARRIVAL_MS)
        return 0;
    fetch->noted_at = now;
    return 1;
}

/* Also for readers of later blocks of the fetch: while bytes arrive, none of them is stalled. */
static void fetch_wake_waiters(struct fetch *fetch)
{
    LOCKED(&fetch->object->lock);
    wait_queue_wake(&fetch->waiters, 0);
}

static void on_block_bytes(struct range *range, const uint8_t *bytes, size_t n)
{
    struct fetch *fetch = container_of(range, struct fetch, range);

    if (fetch_note_arrival(fetch))
        fetch_wake_waiters(fetch);
    while (n) {
        uint64_t start = fetch->done * OBJECT_BLOCK;
        uint64_t whole = range->end - start < OBJECT_BLOCK ? range->end - start : OBJECT_BLOCK;
        size_t take = (size_t)whole - fetch->fill < n ? (size_t)whole - fetch->fill : n;

        /* Not later than at its first byte: of a block without memory, no byte is kept. */
        if (!fetch->fill)
            fetch->bytes = cache_alloc(fetch->object->context.cache, (size_t)whole);
        if (fetch->bytes)
            memcpy(fetch->bytes + fetch->fill, bytes, take);
        fetch->fill += take;
        bytes += take;
        n -= take;
        if (fetch->fill == whole)
            fetch_finish_block(fetch);
    }
}

void fetch_start_queued(struct object *object)
{
    struct store_disk *disk = object->context.disk;
    struct list *node;

    if (disk && !list_empty(&object->queued) && store_disk_is_behind(disk)) {
        object_hold_ahead(object);
        return;
    }
    /* A range can be over before range_start returns, and with it the last reference. */
    object_ref(object);
    while (object->active < ACTIVE_MAX && (node = list_pop(&object->queued))) {
        object->active++;
        range_start(object->context.net, &container_of(node, struct fetch, net_link)->range);
    }
    object_unref(object);
}

static void on_blocks_done(struct range *range, int error)
{
    struct fetch *fetch = container_of(range, struct fetch, range);
    struct object *object = fetch->object;

    pthread_mutex_lock(&object->lock);
    list_del(&fetch->link);
    if (fetch->kind == FETCH_GUESS)
        error = 0; /* waiters fetch again what did not arrive */
    if (error == -ENOENT)
        error = -ESTALE; /* it was there when it was opened */
    if (error == -ESTALE)
        object->is_stale = 1;
    wait_queue_wake(&fetch->waiters, error);
    pthread_mutex_unlock(&object->lock);
    if (fetch->kind == FETCH_AHEAD) {
        object->active--;
        fetch_start_queued(object);
    }
    fetch_release(fetch);
}

/* The range that waited for the URL goes on. */
void fetch_resume(struct fetch *fetch, int error)
{
    range_resume(&fetch->range, error);
}

static void on_blocks_posted(struct net_job *job)
{
    struct fetch *fetch = container_of(job, struct fetch, job);
    struct object *object = fetch->object;

    if (fetch->kind != FETCH_AHEAD) {
        range_start(object->context.net, &fetch->range);
        return;
    }
    list_add(&object->queued, &fetch->net_link);
    fetch_start_queued(object);
}

struct fetch *fetch_new(struct object *object, enum fetch_kind kind)
{
    struct fetch *fetch = calloc(1, sizeof(*fetch));

    if (!fetch)
        return NULL;
    fetch->object = object_ref(object);
    fetch->kind = kind;
    fetch->on_url = fetch_resume;
    fetch->range.target = &object->target;
    fetch->range.patience_ms = object->context.timeout_ms;
    wait_queue_init(&fetch->waiters);
    list_init(&fetch->link);
    list_init(&fetch->net_link);
    return fetch;
}

int fetch_post(struct fetch *fetch)
{
    return net_post(fetch->object->context.net, &fetch->job);
}

int fetch_blocks(struct object *object, uint64_t first, uint64_t end, enum fetch_kind kind)
{
    struct fetch *fetch = fetch_new(object, kind);
    int rc;

    if (!fetch)
        return -ENOMEM;
    fetch->done = first;
    fetch->end = end;
    fetch->range.first = first * OBJECT_BLOCK;
    fetch->range.end = end * OBJECT_BLOCK;
    if (object->is_open && fetch->range.end > object->source.size)
        fetch->range.end = object->source.size;
    fetch->range.is_guess = kind == FETCH_GUESS;
    fetch->range.on_bytes = on_block_bytes;
    fetch->range.on_done = on_blocks_done;
    fetch->job.run = on_blocks_posted;
    list_add(&object->fetches, &fetch->link);
    rc = fetch_post(fetch);
    if (rc) {
        list_del(&fetch->link);
        fetch_release(fetch);
    }
    return rc;
}
