/*
 * Two sides. Readers (any thread) come in through object_view: under object->lock they look for the
 * block in the cache, else for a fetch that is to bring it, else they make one and wait on it. The
 * net thread runs the fetches (fetch.c): it fills blocks, puts each into the cache when it is whole
 * and wakes its waiters. A block is put into the cache before the fetch's `done` moves past it, so a
 * reader that finds neither knows that nobody is bringing it.
 */
#include "store/object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "store/object_internal.h"

#define CHUNK (4u * 1024 * 1024) /* bytes: prefetch is cut into ranges of this size */

static int object_view(struct source *source, uint64_t offset, uint64_t want, enum source_hint hint,
                       struct source_view *view, struct op *op);
static void object_release(struct source *source, struct source_view *view);
static void object_forget(struct source *source, uint64_t offset, uint64_t len);

static const struct source_type object_source_type = {
    .view = object_view, .release = object_release, .forget = object_forget};

int object_open(struct object *object, struct op *op)
{
    LOCKED(&object->lock);
    if (object->state == OBJECT_READY)
        return 0;
    if (object->state == OBJECT_NEW) {
        int rc = fetch_tail(object);

        if (rc)
            return rc;
    }
    return op_wait(op, &object->opening, 0);
}

/* ---- reading: any thread, object->lock held by the static functions ---- */

static struct fetch *find_fetch(struct object *object, uint64_t block)
{
    list_each (at, &object->fetches) {
        struct fetch *fetch = container_of(at, struct fetch, link);

        if (block >= fetch->done && block < fetch->end && !fetch->is_void)
            return fetch;
    }
    return NULL;
}

static int is_coming(struct object *object, uint64_t block)
{
    return find_fetch(object, block) || cache_has(object->context.cache, &object->owner, block);
}

/* Has every block of [first, end) fetched that is neither here nor on its way, in runs: those that
 * begin before `demand` in one range each, what follows in ranges of CHUNK. */
static int start_missing(struct object *object, uint64_t first, uint64_t demand, uint64_t end)
{
    uint64_t block = first;

    while (block < end) {
        enum fetch_kind kind = block < demand ? FETCH_DEMAND : FETCH_AHEAD;
        uint64_t from = block, most = block + CHUNK / OBJECT_BLOCK;
        int rc;

        if (most < demand)
            most = demand;
        while (block < end && block < most && !is_coming(object, block))
            block++;
        if (block == from) {
            block++;
            continue;
        }
        rc = fetch_blocks(object, from, block, kind);
        if (rc)
            return rc;
    }
    return 0;
}

static int start_ahead(struct object *object, uint64_t from, uint64_t to)
{
    if (from == to)
        return 0;
    return start_missing(object, from / OBJECT_BLOCK, 0, (to + OBJECT_BLOCK - 1) / OBJECT_BLOCK);
}

/* Who works ahead of a reader has come to these bytes. */
static void follow(struct object *object, uint64_t offset, uint64_t len)
{
    uint64_t from, to;

    readahead_follow(&object->readahead, offset, len, object->limit, &from, &to);
    start_ahead(object, from, to);
}

/* What the access makes worth fetching. `is_here`: its first block is in the cache. */
static int plan(struct object *object, uint64_t offset, uint64_t want, enum source_hint hint,
                int is_here)
{
    uint64_t end = offset + want, from = end, to = end;
    int rc = 0;

    if (hint != SOURCE_RANDOM)
        readahead_access(&object->readahead, offset, want, object->limit, &from, &to);
    if (!is_here) {
        /* One range for what is asked and what lies right behind it. */
        uint64_t reach = from == end ? to : end;
        uint64_t demand = (end + OBJECT_BLOCK - 1) / OBJECT_BLOCK;

        if (from == end)
            from = to;
        rc = start_missing(object, offset / OBJECT_BLOCK, demand,
                           (reach + OBJECT_BLOCK - 1) / OBJECT_BLOCK);
    }
    return rc ? rc : start_ahead(object, from, to);
}

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
        view->pin = entry;
        if (hint == SOURCE_CACHED)
            follow(object, offset, view->len);
        else
            plan(object, offset, want, hint, 1);
        return 0; /* a prefetch that could not be started is no error */
    }
    rc = hint == SOURCE_CACHED ? 0 : plan(object, offset, want, hint, 0);
    if (rc)
        return rc;
    fetch = find_fetch(object, block);
    if (!fetch)
        return hint == SOURCE_CACHED ? -EAGAIN : -EIO;
    return op_wait(op, &fetch->waiters, block);
}

static void object_release(struct source *source, struct source_view *view)
{
    struct object *object = container_of(source, struct object, source);

    cache_unpin(object->context.cache, view->pin, CACHE_KEEP);
}

static void object_forget(struct source *source, uint64_t offset, uint64_t len)
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
            fetch->is_void = 1;
    }
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
    fetch_init_target(object);
    cache_owner_init(&object->owner);
    object->tail_wanted = tail;
    object->size_guess = size;
    pthread_mutex_init(&object->lock, NULL);
    object->refs = 1;
    wait_queue_init(&object->opening);
    list_init(&object->fetches);
    readahead_init(&object->readahead, window < READAHEAD_MAX ? window : READAHEAD_MAX);
    return object;
}

struct object *object_ref(struct object *object)
{
    LOCKED(&object->lock);
    object->refs++;
    return object;
}

void object_unref(struct object *object)
{
    unsigned left;

    pthread_mutex_lock(&object->lock);
    left = --object->refs;
    pthread_mutex_unlock(&object->lock);
    if (left)
        return;
    cache_discard_all(object->context.cache, &object->owner);
    pthread_mutex_destroy(&object->lock);
    free(object->tail);
    free(object->url);
    free(object->path);
    free(object->region);
    free(object);
}

const uint8_t *object_tail(struct object *object, size_t *len)
{
    LOCKED(&object->lock);
    *len = object->tail_len;
    return object->tail;
}

void object_drop_tail(struct object *object)
{
    uint8_t *tail;

    pthread_mutex_lock(&object->lock);
    tail = object->tail;
    object->tail = NULL;
    object->tail_len = 0;
    pthread_mutex_unlock(&object->lock);
    free(tail);
}

struct source *object_source(struct object *object)
{
    return &object->source;
}

void object_set_limit(struct object *object, uint64_t limit)
{
    LOCKED(&object->lock);
    object->limit = limit;
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
