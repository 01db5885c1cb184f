/*
 * Readers of an object, on any thread. object_view looks for the block in the cache, then for a
 * fetch in flight that will bring it, and else starts one; then it waits for that fetch. The net
 * thread puts a block into the cache before it moves the fetch's `done` past it, both with
 * object->lock held. So a reader that holds the lock and finds neither knows that the block is not
 * in flight.
 */
#include "store/object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "store/object_internal.h"

#define CHUNK (4u * 1024 * 1024) /* bytes: what is read ahead is cut into ranges of this size */

/* ---- with object->lock held ---- */

static struct fetch *object_find_fetch(struct object *object, uint64_t block)
{
    list_each (at, &object->fetches) {
        struct fetch *fetch = container_of(at, struct fetch, link);

        if (block >= fetch->done && block < fetch->end && !fetch->is_discarded)
            return fetch;
    }
    return NULL;
}

/* Whether the block is in flight or in the cache. */
static int object_has_block(struct object *object, uint64_t block)
{
    return object_find_fetch(object, block) ||
           cache_has(object->context.cache, &object->owner, block);
}

static int block_is_kept(struct object *object, uint64_t block)
{
    return object->kept && object_has_slot(object, DISK_BLOCKS, block);
}

static int object_is_offline(const struct object *object)
{
    return object->context.disk && object->context.disk->is_offline;
}

/* The end of the run from `from` on, up to `most`, of which no block is there and all are on disk
 * or none is. */
static uint64_t missing_run(struct object *object, uint64_t from, uint64_t most)
{
    int is_kept = block_is_kept(object, from);
    uint64_t block = from;

    if (is_kept && most > from - from % DISK_SLOTS + DISK_SLOTS)
        most = from - from % DISK_SLOTS + DISK_SLOTS;
    while (block < most && !object_has_block(object, block) &&
           block_is_kept(object, block) == is_kept)
        block++;
    return block;
}

int object_fetch_missing(struct object *object, uint64_t first, uint64_t demand, uint64_t end)
{
    uint64_t block = first;

    while (block < end) {
        enum fetch_kind kind = block < demand ? FETCH_DEMAND : FETCH_AHEAD;
        uint64_t from = block, most = block + CHUNK / OBJECT_BLOCK;
        int rc = 0;

        if (most < demand)
            most = demand;
        block = missing_run(object, from, most < end ? most : end);
        if (block == from)
            block++;
        else if (block_is_kept(object, from))
            rc = fetch_from_disk(object, from, block, kind);
        else if (!object_is_offline(object))
            rc = fetch_blocks(object, from, block, kind);
        else if (kind == FETCH_DEMAND)
            rc = -ENODATA;
        if (rc)
            return rc;
    }
    return 0;
}

/* Fetches what readahead wants in front of a reader, and what it wants behind one, the end first. A
 * failure to start it is no error of the reader's. */
static void object_fetch_ahead(struct object *object, const struct readahead_plan *plan)
{
    uint64_t first = plan->behind.from / OBJECT_BLOCK, end = blocks_up_to(plan->behind.to);

    if (plan->ahead.from < plan->ahead.to)
        object_fetch_missing(object, plan->ahead.from / OBJECT_BLOCK, 0,
                             blocks_up_to(plan->ahead.to));
    while (plan->behind.from < plan->behind.to && end > first) {
        uint64_t chunk = end - first > CHUNK / OBJECT_BLOCK ? end - CHUNK / OBJECT_BLOCK : first;

        object_fetch_missing(object, chunk, 0, end);
        end = chunk;
    }
}

/* Speculation ahead of a reader has come to these bytes, which are in the cache. */
static void object_follow(struct object *object, uint64_t offset, uint64_t len)
{
    struct readahead_plan plan = readahead_follow(&object->readahead, offset, len, object->limit);

    object_fetch_ahead(object, &plan);
}

/* Fetches what a reader's access needs, unless `is_cached` (its first block is in the cache), and
 * what readahead wants to follow. */
static int object_fetch_for(struct object *object, uint64_t offset, uint64_t want,
                            enum source_hint hint, int is_cached)
{
    uint64_t end = offset + want;
    struct readahead_plan plan = {{end, end}, {offset, offset}};
    int rc = 0;

    if (hint != SOURCE_RANDOM)
        plan = readahead_access(&object->readahead, offset, want, object->limit);
    if (!is_cached) {
        /* One range for what is needed and a window that begins right after it. */
        uint64_t reach = plan.ahead.from == end ? plan.ahead.to : end;

        if (plan.ahead.from == end)
            plan.ahead.from = plan.ahead.to;
        rc = object_fetch_missing(object, offset / OBJECT_BLOCK, blocks_up_to(end),
                                  blocks_up_to(reach > end ? reach : end));
    }
    if (!rc)
        object_fetch_ahead(object, &plan);
    return rc;
}

/* ---- the source ---- */

static int object_view(struct source *source, uint64_t offset, uint64_t want, enum source_hint hint,
                       struct source_view *view, struct op *op)
{
    struct object *object = container_of(source, struct object, source);
    uint64_t block = offset / OBJECT_BLOCK;
    struct cache_entry *entry;
    struct fetch *fetch;
    int rc;

    if (offset >= source->size)
        return -EIO;
    if (want > source->size - offset)
        want = source->size - offset;

    LOCKED(&object->lock);
    if (object->is_stale)
        return -ESTALE;
    entry = cache_get(object->context.cache, &object->owner, block);
    if (entry) {
        view->data = entry->data + offset % OBJECT_BLOCK;
        view->len = entry->len - offset % OBJECT_BLOCK;
        view->before = offset % OBJECT_BLOCK;
        view->pin = entry;
        if (hint == SOURCE_CACHED)
            object_follow(object, offset, view->len);
        else
            object_fetch_for(object, offset, want, hint, 1);
        return 0; /* this reader does not need what could not be started */
    }
    rc = hint == SOURCE_CACHED ? 0 : object_fetch_for(object, offset, want, hint, 0);
    if (rc)
        return rc;
    fetch = object_find_fetch(object, block);
    if (!fetch || !op)
        return hint == SOURCE_CACHED ? -EAGAIN : -EIO;
    return op_wait(op, &fetch->waiters, block);
}

static void object_release_view(struct source *source, struct source_view *view)
{
    struct object *object = container_of(source, struct object, source);

    cache_unpin(object->context.cache, view->pin, view->is_done ? CACHE_DONE : CACHE_KEEP);
}

static void object_discard(struct source *source, uint64_t offset, uint64_t len,
                           enum source_discard why)
{
    struct object *object = container_of(source, struct object, source);
    uint64_t first = offset / OBJECT_BLOCK, last;

    if (!len)
        return;
    last = (offset + (len - 1)) / OBJECT_BLOCK;
    LOCKED(&object->lock);
    cache_discard(object->context.cache, &object->owner, first, last);
    list_each (at, &object->fetches) {
        struct fetch *fetch = container_of(at, struct fetch, link);

        if (fetch->done <= last && fetch->end > first)
            fetch->is_discarded = 1;
    }
    if (why == SOURCE_WRONG)
        object_discard_kept(object, first, last);
}

static const struct source_type object_source_type = {
    .view = object_view, .release = object_release_view, .discard = object_discard};

struct source *object_source(struct object *object)
{
    return &object->source;
}

void object_prefetch(struct object *object, uint64_t from, uint64_t to)
{
    if (to > object->source.size)
        to = object->source.size;
    if (from >= to)
        return;
    LOCKED(&object->lock);
    object_fetch_missing(object, from / OBJECT_BLOCK, 0, blocks_up_to(to));
}

/* ---- life ---- */

struct object *object_new(const struct object_context *context, const char *path,
                          const char *region, size_t tail, uint64_t size)
{
    struct object *object = calloc(1, sizeof(*object));
    uint64_t window = cache_budget(context->cache) / 8;

    if (!object)
        return NULL;
    object->source.type = &object_source_type;
    object->context = *context;
    object->path = strdup(path);
    object->region = region ? strdup(region) : NULL;
    if (!object->path || (region && !object->region)) {
        free(object->path);
        free(object->region);
        free(object);
        return NULL;
    }
    refcount_init(&object->refs, 1);
    object->tail_wanted = tail;
    object->size_guess = size;
    pthread_mutex_init(&object->lock, NULL);
    cache_owner_init(&object->owner);
    single_flight_init(&object->opening);
    list_init(&object->fetches);
    readahead_init(&object->readahead, window < READAHEAD_MAX ? window : READAHEAD_MAX);
    object_init_target(object);
    list_init(&object->queued);
    list_init(&object->writes);
    list_init(&object->held);
    return object;
}

int object_keep(struct object *object, const struct object_keep *keep)
{
    if (!object->context.disk)
        return 0;
    object->keep = *keep;
    object->keep.task = strdup(keep->task);
    return object->keep.task ? 0 : -ENOMEM;
}

void object_expect_reading(struct object *object, uint64_t bytes)
{
    object->head_wanted = bytes;
}

struct object *object_ref(struct object *object)
{
    refcount_get(&object->refs);
    return object;
}

void object_unref(struct object *object)
{
    if (!refcount_put(&object->refs))
        return;
    cache_discard_all(object->context.cache, &object->owner);
    object_drop_version(object);
    if (object->kept)
        disk_object_unref(object->kept);
    if (object->earlier)
        disk_object_unref(object->earlier);
    pthread_mutex_destroy(&object->lock);
    free((char *)object->keep.task);
    free(object->tail);
    free(object->url);
    free(object->path);
    free(object->region);
    free(object);
}

void object_set_limit(struct object *object, uint64_t limit)
{
    LOCKED(&object->lock);
    object->limit = limit;
}

uint64_t object_kept_bytes(struct object *object, uint64_t from, uint64_t to)
{
    uint64_t kept = 0;

    LOCKED(&object->lock);
    if (to > object->source.size)
        to = object->source.size;
    for (uint64_t block = from / OBJECT_BLOCK; block < blocks_up_to(to); block++) {
        uint64_t start = block * OBJECT_BLOCK, end = start + OBJECT_BLOCK;

        if (block_is_kept(object, block))
            kept += (end < to ? end : to) - (start > from ? start : from);
    }
    return kept;
}

int object_is_stale(struct object *object)
{
    LOCKED(&object->lock);
    return object->is_stale;
}

int object_is_same(struct object *a, struct object *b)
{
    return strcmp(a->path, b->path) == 0 && a->source.size == b->source.size && a->target.etag[0] &&
           strcmp(a->target.etag, b->target.etag) == 0;
}
