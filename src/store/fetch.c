/* Fetching: the signed URL, the tail, the blocks. Runs on the net thread but for the functions that
 * object_internal.h names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/task.h"
#include "base/log.h"
#include "store/object_internal.h"

#define ACTIVE_MAX 8 /* prefetching ranges in flight */

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
        if (error == -EPROTO) {
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
    uint8_t *unwanted = NULL;

    pthread_mutex_lock(&object->lock);
    if (fetch->block && !fetch->is_void)
        entry = cache_put(cache, &object->owner, fetch->done, fetch->block, fetch->fill);
    else
        unwanted = fetch->block;
    fetch->block = NULL;
    fetch->fill = 0;
    fetch->done++;
    wait_queue_wake_key(&fetch->waiters, fetch->done - 1);
    pthread_mutex_unlock(&object->lock);
    if (entry)
        cache_unpin(cache, entry, CACHE_KEEP);
    free(unwanted);
}

static void on_block_bytes(struct range *range, const uint8_t *bytes, size_t n)
{
    struct fetch *fetch = container_of(range, struct fetch, range);

    while (n) {
        uint64_t start = fetch->done * OBJECT_BLOCK;
        uint64_t whole = range->end - start < OBJECT_BLOCK ? range->end - start : OBJECT_BLOCK;
        size_t take = (size_t)whole - fetch->fill < n ? (size_t)whole - fetch->fill : n;

        if (!fetch->fill) /* never later: a block whose beginning was not kept is none */
            fetch->block = cache_alloc(fetch->object->context.cache, (size_t)whole);
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

    /* A range can be over before range_start returns, and with it all that holds the object. */
    object_ref(object);
    while (object->active < ACTIVE_MAX && (node = list_pop(&object->queued))) {
        struct fetch *fetch = container_of(node, struct fetch, net_link);

        object->active++;
        range_start(object->context.net, &fetch->range);
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
        error = 0; /* what did not come is asked for again, by who waits for it */
    if (error == -ENOENT)
        error = -ESTALE; /* it was there when it was opened */
    if (error == -ESTALE)
        object->is_stale = 1;
    wait_queue_wake(&fetch->waiters, error);
    pthread_mutex_unlock(&object->lock);
    if (fetch->kind == FETCH_AHEAD) {
        object->active--;
        start_queued(object);
    }
    fetch_free(fetch); /* perhaps the last that holds the object */
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

/* Puts the whole blocks of the tail, which begins at offset `first`, into the cache. */
static void put_tail_blocks(struct object *object, const uint8_t *tail, uint64_t first)
{
    struct cache *cache = object->context.cache;
    uint64_t size = object->target.size;
    uint64_t block = (first + OBJECT_BLOCK - 1) / OBJECT_BLOCK;

    for (; block * OBJECT_BLOCK < size; block++) {
        uint64_t start = block * OBJECT_BLOCK;
        size_t len = size - start < OBJECT_BLOCK ? (size_t)(size - start) : OBJECT_BLOCK;
        uint8_t *copy = cache_alloc(cache, len);
        struct cache_entry *entry;

        if (!copy)
            return;
        memcpy(copy, tail + (start - first), len);
        entry = cache_put(cache, &object->owner, block, copy, len);
        if (entry)
            cache_unpin(cache, entry, CACHE_KEEP);
    }
}

static void opened(struct fetch *fetch, int error)
{
    struct object *object = fetch->object;

    if (!error)
        put_tail_blocks(object, fetch->block, fetch->range.first);
    pthread_mutex_lock(&object->lock);
    if (!error) {
        object->source.size = object->target.size;
        object->tail = fetch->block;
        object->tail_len = fetch->fill;
        fetch->block = NULL;
    }
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
    if (!fetch->block || n > fetch->object->tail_wanted - fetch->fill)
        return;
    memcpy(fetch->block + fetch->fill, bytes, n);
    fetch->fill += n;
}

/* The probe has told the size: now the tail, by plain offsets. */
static void fetch_tail_by_offset(struct fetch *fetch)
{
    uint64_t size = fetch->object->target.size, tail = fetch->object->tail_wanted;

    fetch->kind = FETCH_TAIL;
    fetch->range.first = size > tail ? size - tail : 0;
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

/*
 * Slow start makes a large tail take a round trip for each doubling: its first half is asked for
 * beside the second, over a connection of its own, if it can be guessed where it lies. What comes is
 * right in any case: its place is in the answer. Returns whether it is on its way.
 */
static int fetch_first_half(struct object *object, uint64_t half)
{
    uint64_t size = object->size_guess;

    object->size_guess = 0;
    if (half <= OBJECT_TAIL / 2 || size <= 2 * half)
        return 0;
    return !fetch_blocks(object, (size - 2 * half) / OBJECT_BLOCK, (size - half) / OBJECT_BLOCK + 1,
                         FETCH_GUESS);
}

int fetch_tail(struct object *object)
{
    struct fetch *fetch = fetch_new(object, FETCH_TAIL);
    int rc;

    if (!fetch)
        return -ENOMEM;
    fetch->block = malloc(object->tail_wanted);
    fetch->range.suffix = object->tail_wanted;
    if (object->size_guess && fetch_first_half(object, object->tail_wanted / 2))
        fetch->range.suffix = object->tail_wanted / 2;
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
    if (object->state == OBJECT_READY && fetch->range.end > object->source.size)
        fetch->range.end = object->source.size;
    fetch->range.is_guess = kind == FETCH_GUESS;
    fetch->range.on_bytes = on_block_bytes;
    fetch->range.on_done = on_blocks_done;
    list_add(&object->fetches, &fetch->link);
    rc = net_post(object->context.net, &fetch->job);
    if (rc)
        fetch_abandon(fetch);
    return rc;
}

void fetch_init_target(struct object *object)
{
    object->target.get_url = target_url;
    object->target.on_url_refused = target_refused;
    object->target.name = object->path;
    object->target.size = RANGE_SIZE_UNKNOWN;
    transfer_group_init(&object->target.group);
    list_init(&object->url_waiters);
    list_init(&object->queued);
}
