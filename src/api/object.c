/*
 * Two sides. Readers (any thread) come in through object_view: under object->lock they look for the
 * block in the cache, else for a fetch that is to bring it, else they make one and wait on it. The
 * net thread runs the fetches: it fills blocks, puts each into the cache when it is whole and wakes
 * its waiters. A block is put into the cache before the fetch's `done` moves past it, so a reader
 * that finds neither knows that nobody is bringing it.
 *
 * Lock order: object->lock, then the cache's, the net's or the executor's.
 */
#include "api/object.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/task.h"
#include "base/lock.h"
#include "base/log.h"
#include "cache/readahead.h"
#include "net/range.h"

#define CHUNK      (4u * 1024 * 1024) /* bytes: prefetch is cut into ranges of this size */
#define ACTIVE_MAX 8                  /* prefetching ranges in flight */

enum object_state { OBJECT_NEW, OBJECT_OPENING, OBJECT_READY };

struct object {
    struct source source; /* size: set once, before the state is READY */
    struct object_context context;
    struct range_target target; /* net thread */
    char *path;
    char *region;
    uint64_t owner; /* in the cache */

    pthread_mutex_t lock; /* guards what follows */
    unsigned refs;
    enum object_state state;
    int is_stale;
    uint64_t limit;
    struct wait_queue opening; /* ops that wait for READY */
    struct list fetches;       /* of blocks, that are not over */
    struct readahead readahead;
    uint8_t *tail;
    size_t tail_len;

    /* Net thread only: */
    char *url;
    unsigned url_generation;
    int url_pending;
    struct list url_waiters; /* struct fetch.net_link */
    struct list queued;      /* struct fetch.net_link, prefetch that waits for its turn */
    unsigned active;
};

enum fetch_kind {
    FETCH_TAIL,   /* by suffix */
    FETCH_PROBE,  /* the first byte, for the size, where suffixes aren't known */
    FETCH_DEMAND, /* somebody waits */
    FETCH_AHEAD,
};

struct fetch {
    struct range range;
    struct net_job job;
    struct object *object; /* holds a reference */
    enum fetch_kind kind;
    struct list link;          /* object->fetches */
    struct wait_queue waiters; /* keys are blocks; object->lock */
    uint64_t done;             /* first block not yet in the cache; object->lock */
    uint64_t end;              /* one past the last block; fixed */
    int is_void;               /* what it brings shall not be kept; object->lock */
    /* Net thread only: */
    struct list net_link;
    uint8_t *block; /* being filled */
    size_t fill;
};

static void fetch_run(struct net_job *job);
static int object_view(struct source *source, uint64_t offset, uint64_t want,
                       struct source_view *view, struct op *op);
static void object_release(struct source *source, struct source_view *view);
static void object_forget(struct source *source, uint64_t offset, uint64_t len);

static const struct source_type object_source_type = {
    .view = object_view, .release = object_release, .forget = object_forget};

/* ---- the signed URL: net thread ---- */

static void url_come(void *arg, const struct client_answer *answer)
{
    struct object *object = arg;
    struct list waiters = LIST_INIT(waiters), *node;
    int error = answer->error;
    char why[160];

    if (!error) {
        free(object->url);
        object->url = NULL;
        error = signed_url_decode(answer->body, answer->len, &object->url, why, sizeof(why));
        object->url_generation++;
        if (error) {
            log_error("cannot use the answer of /storage/signed-urls for '%s': %s", object->path,
                      why);
            error = -EIO;
        }
    }
    object->url_pending = 0;
    while ((node = list_pop(&object->url_waiters)))
        list_add(&waiters, node);
    while ((node = list_pop(&waiters)))
        range_resume(&container_of(node, struct fetch, net_link)->range, error);
    object_unref(object);
}

static int target_url(struct range_target *target, struct range *range, const char **url,
                      unsigned *generation)
{
    struct object *object = container_of(target, struct object, target);
    struct fetch *fetch = container_of(range, struct fetch, range);

    if (object->url) {
        *url = object->url;
        *generation = object->url_generation;
        return 0;
    }
    if (!object->url_pending) {
        int rc;

        object_ref(object);
        rc = client_signed_url(object->context.client, object->path, object->region, url_come,
                               object);
        if (rc) {
            object_unref(object);
            return rc;
        }
        object->url_pending = 1;
        if (object->url_generation)
            stats_add(net_stats(object->context.net), STAT_URL_RENEWALS, 1);
    }
    list_add(&object->url_waiters, &fetch->net_link);
    return -EINPROGRESS;
}

static void target_refused(struct range_target *target, unsigned generation)
{
    struct object *object = container_of(target, struct object, target);

    if (generation != object->url_generation)
        return; /* another range has had it renewed already */
    free(object->url);
    object->url = NULL;
}

/* ---- fetches: net thread ---- */

static void fetch_free(struct fetch *fetch)
{
    struct object *object = fetch->object;

    free(fetch->block);
    free(fetch);
    object_unref(object);
}

/* A block is whole: into the cache with it, then its waiters. Without memory, or when it is not to
 * be kept, they find nothing and have it fetched again. */
static void block_come(struct fetch *fetch)
{
    struct object *object = fetch->object;
    struct cache *cache = object->context.cache;
    struct cache_entry *entry = NULL;

    pthread_mutex_lock(&object->lock);
    if (fetch->block && !fetch->is_void)
        entry = cache_put(cache, object->owner, fetch->done, fetch->block, fetch->fill);
    else
        free(fetch->block);
    fetch->block = NULL;
    fetch->fill = 0;
    fetch->done++;
    wait_queue_wake_key(&fetch->waiters, fetch->done - 1);
    pthread_mutex_unlock(&object->lock);
    if (entry)
        cache_unpin(cache, entry, CACHE_KEEP);
}

static void on_block_bytes(struct range *range, const uint8_t *bytes, size_t n)
{
    struct fetch *fetch = container_of(range, struct fetch, range);

    while (n) {
        uint64_t start = fetch->done * OBJECT_BLOCK;
        uint64_t whole = range->end - start < OBJECT_BLOCK ? range->end - start : OBJECT_BLOCK;
        size_t take = (size_t)whole - fetch->fill < n ? (size_t)whole - fetch->fill : n;

        if (!fetch->block)
            fetch->block = malloc((size_t)whole);
        if (fetch->block)
            memcpy(fetch->block + fetch->fill, bytes, take);
        fetch->fill += take;
        bytes += take;
        n -= take;
        if (fetch->fill == whole)
            block_come(fetch);
    }
}

static void start_queued(struct object *object)
{
    struct list *node;

    while (object->active < ACTIVE_MAX && (node = list_pop(&object->queued))) {
        struct fetch *fetch = container_of(node, struct fetch, net_link);

        object->active++;
        range_start(object->context.net, &fetch->range);
    }
}

static void on_blocks_done(struct range *range, int error)
{
    struct fetch *fetch = container_of(range, struct fetch, range);
    struct object *object = fetch->object;

    pthread_mutex_lock(&object->lock);
    list_del(&fetch->link);
    if (error == -ESTALE)
        object->is_stale = 1;
    wait_queue_wake(&fetch->waiters, error == -ENOENT ? -ESTALE : error);
    pthread_mutex_unlock(&object->lock);
    if (fetch->kind == FETCH_AHEAD) {
        object->active--;
        start_queued(object);
    }
    fetch_free(fetch);
}

static void fetch_run(struct net_job *job)
{
    struct fetch *fetch = container_of(job, struct fetch, job);
    struct object *object = fetch->object;

    if (fetch->kind != FETCH_AHEAD) {
        range_start(object->context.net, &fetch->range);
        return;
    }
    list_add(&object->queued, &fetch->net_link);
    start_queued(object);
}

static struct fetch *fetch_new(struct object *object, enum fetch_kind kind)
{
    struct fetch *fetch = calloc(1, sizeof(*fetch));

    if (!fetch)
        return NULL;
    fetch->object = object;
    object->refs++;
    fetch->kind = kind;
    fetch->job.run = fetch_run;
    fetch->range.target = &object->target;
    fetch->range.patience_ms = object->context.timeout_ms;
    wait_queue_init(&fetch->waiters);
    list_init(&fetch->link);
    list_init(&fetch->net_link);
    return fetch;
}

/* With object->lock held, as fetch_new: undoes it when it could not be posted. */
static void fetch_abandon(struct fetch *fetch)
{
    list_del(&fetch->link);
    fetch->object->refs--;
    free(fetch);
}

/* ---- opening ---- */

static void put_tail_blocks(struct object *object, uint64_t first)
{
    struct cache *cache = object->context.cache;
    uint64_t size = object->source.size;
    uint64_t block = (first + OBJECT_BLOCK - 1) / OBJECT_BLOCK;

    for (; block * OBJECT_BLOCK < size; block++) {
        uint64_t start = block * OBJECT_BLOCK;
        size_t len = size - start < OBJECT_BLOCK ? (size_t)(size - start) : OBJECT_BLOCK;
        uint8_t *copy = malloc(len);
        struct cache_entry *entry;

        if (!copy)
            return;
        memcpy(copy, object->tail + (start - first), len);
        entry = cache_put(cache, object->owner, block, copy, len);
        if (entry)
            cache_unpin(cache, entry, CACHE_KEEP);
    }
}

static void opened(struct fetch *fetch, int error)
{
    struct object *object = fetch->object;

    if (!error) {
        object->source.size = object->target.size;
        object->tail = fetch->block;
        object->tail_len = fetch->fill;
        fetch->block = NULL;
        put_tail_blocks(object, fetch->range.first);
    }
    pthread_mutex_lock(&object->lock);
    object->limit = object->source.size;
    object->state = error ? OBJECT_NEW : OBJECT_READY;
    if (error == -ESTALE)
        object->is_stale = 1;
    wait_queue_wake(&object->opening, error);
    pthread_mutex_unlock(&object->lock);
    fetch_free(fetch);
}

static void on_tail_bytes(struct range *range, const uint8_t *bytes, size_t n)
{
    struct fetch *fetch = container_of(range, struct fetch, range);

    if (fetch->kind == FETCH_PROBE)
        return;
    if (!fetch->block || n > OBJECT_TAIL - fetch->fill)
        return;
    memcpy(fetch->block + fetch->fill, bytes, n);
    fetch->fill += n;
}

/* The probe has told the size: now the tail, by plain offsets. */
static void fetch_tail_by_offset(struct fetch *fetch)
{
    uint64_t size = fetch->object->target.size;

    fetch->kind = FETCH_TAIL;
    fetch->range.first = size > OBJECT_TAIL ? size - OBJECT_TAIL : 0;
    fetch->range.end = size;
    range_start(fetch->object->context.net, &fetch->range);
}

static void fetch_probe(struct fetch *fetch)
{
    fetch->kind = FETCH_PROBE;
    fetch->range.suffix = 0;
    fetch->range.first = 0;
    fetch->range.end = 1;
    range_start(fetch->object->context.net, &fetch->range);
}

static void on_tail_done(struct range *range, int error)
{
    struct fetch *fetch = container_of(range, struct fetch, range);

    if (error == -EOPNOTSUPP && range->suffix)
        fetch_probe(fetch);
    else if (!error && fetch->kind == FETCH_PROBE)
        fetch_tail_by_offset(fetch);
    else
        opened(fetch, error);
}

/* With object->lock held. */
static int start_opening(struct object *object)
{
    struct fetch *fetch = fetch_new(object, FETCH_TAIL);
    int rc;

    if (!fetch)
        return -ENOMEM;
    fetch->block = malloc(OBJECT_TAIL);
    fetch->range.suffix = OBJECT_TAIL;
    fetch->range.on_bytes = on_tail_bytes;
    fetch->range.on_done = on_tail_done;
    rc = fetch->block ? net_post(object->context.net, &fetch->job) : -ENOMEM;
    if (rc) {
        free(fetch->block);
        fetch_abandon(fetch);
        return rc;
    }
    object->state = OBJECT_OPENING;
    return 0;
}

int object_open(struct object *object, struct op *op)
{
    LOCKED(&object->lock);
    if (object->state == OBJECT_READY)
        return 0;
    if (object->state == OBJECT_NEW) {
        int rc = start_opening(object);

        if (rc)
            return rc;
    }
    return op_wait(op, &object->opening, 0);
}

/* ---- reading: any thread, object->lock held by the static functions ---- */

static struct fetch *find_fetch(struct object *object, uint64_t block)
{
    list_each(at, &object->fetches)
    {
        struct fetch *fetch = container_of(at, struct fetch, link);

        if (block >= fetch->done && block < fetch->end && !fetch->is_void)
            return fetch;
    }
    return NULL;
}

static int is_coming(struct object *object, uint64_t block)
{
    return find_fetch(object, block) || cache_has(object->context.cache, object->owner, block);
}

static int start_blocks(struct object *object, uint64_t first, uint64_t end, enum fetch_kind kind)
{
    struct fetch *fetch = fetch_new(object, kind);
    int rc;

    if (!fetch)
        return -ENOMEM;
    fetch->done = first;
    fetch->end = end;
    fetch->range.first = first * OBJECT_BLOCK;
    fetch->range.end = end * OBJECT_BLOCK;
    if (fetch->range.end > object->source.size)
        fetch->range.end = object->source.size;
    fetch->range.on_bytes = on_block_bytes;
    fetch->range.on_done = on_blocks_done;
    list_add(&object->fetches, &fetch->link);
    rc = net_post(object->context.net, &fetch->job);
    if (rc)
        fetch_abandon(fetch);
    return rc;
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
        rc = start_blocks(object, from, block, kind);
        if (rc)
            return rc;
    }
    return 0;
}

/* What the access makes worth fetching. `is_here`: its first block is in the cache. */
static int plan(struct object *object, uint64_t offset, uint64_t want, int is_here)
{
    uint64_t from, to, end = offset + want;
    int rc = 0;

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
    if (!rc && to > from)
        rc = start_missing(object, from / OBJECT_BLOCK, 0, (to + OBJECT_BLOCK - 1) / OBJECT_BLOCK);
    return rc;
}

static int object_view(struct source *source, uint64_t offset, uint64_t want,
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
    if (!want)
        want = 1;

    LOCKED(&object->lock);
    if (object->is_stale)
        return -ESTALE;
    entry = cache_get(object->context.cache, object->owner, block);
    rc = plan(object, offset, want, entry != NULL);
    if (entry) {
        view->data = entry->data + offset % OBJECT_BLOCK;
        view->len = entry->len - offset % OBJECT_BLOCK;
        view->pin = entry;
        return 0; /* a prefetch that could not be started is no error */
    }
    if (rc)
        return rc;
    fetch = find_fetch(object, block);
    return fetch ? op_wait(op, &fetch->waiters, block) : -EIO;
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
    cache_drop(object->context.cache, object->owner, first, last);
    list_each(at, &object->fetches)
    {
        struct fetch *fetch = container_of(at, struct fetch, link);

        if (fetch->done <= last && fetch->end > first)
            fetch->is_void = 1;
    }
}

/* ---- life ---- */

struct object *object_new(const struct object_context *context, const char *path,
                          const char *region)
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
    object->target.url = target_url;
    object->target.refused = target_refused;
    object->target.name = object->path;
    object->target.size = RANGE_SIZE_UNKNOWN;
    object->owner = cache_new_owner(context->cache);
    pthread_mutex_init(&object->lock, NULL);
    object->refs = 1;
    wait_queue_init(&object->opening);
    list_init(&object->fetches);
    list_init(&object->url_waiters);
    list_init(&object->queued);
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
    cache_drop(object->context.cache, object->owner, 0, UINT64_MAX);
    pthread_mutex_destroy(&object->lock);
    free(object->tail);
    free(object->url);
    free(object->path);
    free(object->region);
    free(object);
}

const uint8_t *object_tail(struct object *object, size_t *len)
{
    *len = object->tail_len;
    return object->tail;
}

void object_drop_tail(struct object *object)
{
    free(object->tail);
    object->tail = NULL;
    object->tail_len = 0;
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
