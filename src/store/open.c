/*
 * Opening an object: its last bytes are fetched, and with them its size and version. They are asked
 * for by a suffix range; of a store that knows no such ranges, by offset, after the first byte has
 * told the size.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "store/object_internal.h"

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

static void object_finish_opening(struct fetch *fetch, int error)
{
    struct object *object = fetch->object;

    if (!error)
        put_tail_blocks(object, fetch->bytes, fetch->range.first);
    pthread_mutex_lock(&object->lock);
    if (!error) {
        object->source.size = object->limit = object->target.size;
        object->tail = fetch->bytes;
        object->tail_len = fetch->fill;
        object->is_open = 1;
        fetch->bytes = NULL;
    }
    if (error == -ESTALE)
        object->is_stale = 1;
    single_flight_land(&object->opening, error);
    pthread_mutex_unlock(&object->lock);
    fetch_release(fetch);
}

static void object_note_arrival(struct object *object)
{
    LOCKED(&object->lock);
    single_flight_note_arrival(&object->opening);
}

static void on_tail_bytes(struct range *range, const uint8_t *bytes, size_t n)
{
    struct fetch *fetch = container_of(range, struct fetch, range);

    if (fetch_note_arrival(fetch))
        object_note_arrival(fetch->object);
    if (fetch->is_probe || n > fetch->object->tail_wanted - fetch->fill)
        return;
    memcpy(fetch->bytes + fetch->fill, bytes, n);
    fetch->fill += n;
}

/* The size is known: fetches the tail by offset. */
static void fetch_tail_by_offset(struct fetch *fetch)
{
    uint64_t size = fetch->object->target.size, tail = fetch->object->tail_wanted;

    fetch->is_probe = 0;
    fetch->range.first = size > tail ? size - tail : 0;
    fetch->range.end = size;
    range_start(fetch->object->context.net, &fetch->range);
}

/* Fetches the first byte, whose answer tells the size. */
static void fetch_probe(struct fetch *fetch)
{
    fetch->is_probe = 1;
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
    else if (!error && fetch->is_probe)
        fetch_tail_by_offset(fetch);
    else
        object_finish_opening(fetch, error);
}

/*
 * Fetches the first half of a large tail beside the second, over a connection of its own: on one
 * connection, slow start takes a round trip for each doubling. Its place is a guess, but what
 * arrives is right in any case, as an answer tells its place. Returns whether it is in flight.
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

int object_start_opening(void *arg)
{
    struct object *object = arg;
    struct fetch *fetch = fetch_new(object, FETCH_TAIL);
    int rc;

    if (!fetch)
        return -ENOMEM;
    fetch->bytes = malloc(object->tail_wanted);
    fetch->range.suffix = object->tail_wanted;
    if (fetch->bytes && fetch_first_half(object, object->tail_wanted / 2))
        fetch->range.suffix = object->tail_wanted / 2;
    fetch->range.on_bytes = on_tail_bytes;
    fetch->range.on_done = on_tail_done;
    rc = fetch->bytes ? fetch_post(fetch) : -ENOMEM;
    if (rc)
        fetch_release(fetch);
    return rc;
}

int object_open(struct object *object, struct op *op)
{
    LOCKED(&object->lock);
    if (object->is_open)
        return 0;
    return single_flight_join(&object->opening, op, object_start_opening, object);
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
