/*
 * Opening an object: its last bytes are fetched, and with them its size and version.
 *
 * They are asked for by a suffix range. A store that takes no such range (501, 400, a 416, or all
 * of a large object) is asked for an ordinary range at once, without a retry. That needs the
 * object's size: the one that the 416 has told or the service has told, as a guess; else a range of
 * one byte is asked for first, as its answer tells the size. What the store does not take is
 * remembered for its host, once an ordinary range of the same URL has succeeded: a 400 can also
 * mean that the URL has expired.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "store/object_internal.h"

#define GUESSES_MAX 2                  /* ranges of an object of a guessed size */
#define HEAD_STEP   (2u * 1024 * 1024) /* bytes of the head that are fetched by one range */

void object_put_tail_blocks(struct object *object, const uint8_t *tail, size_t len, int is_new)
{
    struct cache *cache = object->context.cache;
    uint64_t size = object->source.size, first = size - len;
    uint64_t block = blocks_up_to(first);

    for (; block * OBJECT_BLOCK < size; block++) {
        uint64_t start = block * OBJECT_BLOCK;
        size_t part = size - start < OBJECT_BLOCK ? (size_t)(size - start) : OBJECT_BLOCK;
        uint8_t *copy = cache_alloc(cache, part);
        struct cache_entry *entry;

        if (!copy)
            return;
        memcpy(copy, tail + (start - first), part);
        entry = cache_put(cache, &object->owner, block, copy, part);
        if (!entry)
            return;
        if (is_new) {
            LOCKED(&object->lock);
            object_write_block(object, block, entry);
        }
        cache_unpin(cache, entry, CACHE_KEEP);
    }
}

/* The store has refused a suffix range, and given an ordinary one. */
static void remember_refused_suffix(struct fetch *fetch)
{
    struct object *object = fetch->object;
    uint64_t suffix = fetch->tail.refused_suffix;

    if (!suffix || !object->url || fetch->tail.url_generation != object->url_generation)
        return;
    store_hosts_learn(object->context.hosts, object->url,
                      suffix > object->target.size ? STORE_NO_LONG_SUFFIX : STORE_NO_SUFFIX);
}

static void write_what_is_here(struct object *object, uint64_t first, uint64_t end)
{
    for (uint64_t block = first; block < end; block++) {
        struct cache_entry *entry = cache_get(object->context.cache, &object->owner, block);

        if (!entry)
            continue;
        object_write_block(object, block, entry);
        cache_unpin(object->context.cache, entry, CACHE_SAME);
    }
}

/* Has those blocks written that came before the version was known: the head, and the first half of
 * the tail. */
static void write_early_blocks(struct object *object, const struct fetch *fetch)
{
    uint64_t size = object->source.size, end = blocks_up_to(size);
    uint64_t first = size > object->tail_wanted ? (size - object->tail_wanted) / OBJECT_BLOCK : 0;

    write_what_is_here(object, 0, object->head_blocks);
    if (fetch->tail.wanted < object->tail_wanted)
        write_what_is_here(object, first ? first - 1 : 0, end);
}

/* The version is known now: it is kept on disk, in place of what is kept of another. Object->lock
 * is held. */
static void object_keep_version(struct object *object, const struct fetch *fetch)
{
    struct disk_object_name name = {object->path, object->keep.task, object->keep.kind};
    struct disk_version version = {.size = object->target.size};
    const struct disk_version *earlier;

    if (!object->keep.task)
        return;
    if (object->target.etag[0] != '"') { /* one version cannot be told from another */
        object_forget_earlier(object);
        return;
    }
    strcpy(version.etag, object->target.etag);
    earlier = object->earlier ? disk_object_version(object->earlier) : NULL;
    if (earlier && earlier->size == version.size && strcmp(earlier->etag, version.etag) == 0)
        object->kept = disk_object_ref(object->earlier);
    else
        object->kept = disk_object_new(object->context.disk->disk, &name, &version);
    if (!object->kept)
        return;
    object_write_version(object, fetch->bytes, fetch->fill);
    write_early_blocks(object, fetch);
}

static void object_finish_opening(struct fetch *fetch, int error)
{
    struct object *object = fetch->object;

    pthread_mutex_lock(&object->lock);
    if (!error) {
        object->source.size = object->limit = object->target.size;
        object_keep_version(object, fetch);
    }
    pthread_mutex_unlock(&object->lock);
    if (!error) {
        remember_refused_suffix(fetch);
        object_put_tail_blocks(object, fetch->bytes, fetch->fill, 1);
    }
    pthread_mutex_lock(&object->lock);
    if (!error) {
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

/*
 * The tail has begun to arrive, so that size and version are known: fetches the head beside it, at
 * most to the block in which the tail begins. When the directory is here, its connections have been
 * made and have passed slow start. If this cannot be started, readers fetch what they need.
 */
static void fetch_head(struct object *object)
{
    uint64_t size = object->target.size, tail = object->tail_wanted, next;
    uint64_t before = size > tail ? blocks_up_to(size - tail) : 0;
    uint64_t end = object->head_wanted / OBJECT_BLOCK;

    if (end > before)
        end = before;
    LOCKED(&object->lock);
    object->head_wanted = 0;
    object->head_blocks = end;
    for (uint64_t block = 0; block < end; block = next) {
        next = end - block > HEAD_STEP / OBJECT_BLOCK ? block + HEAD_STEP / OBJECT_BLOCK : end;
        if (fetch_blocks(object, block, next, FETCH_AHEAD))
            return;
    }
}

static void on_tail_bytes(struct range *range, const uint8_t *bytes, size_t n)
{
    struct fetch *fetch = container_of(range, struct fetch, range);

    if (fetch_note_arrival(fetch))
        object_note_arrival(fetch->object);
    if (fetch->tail.way == TAIL_PROBE || n > fetch->object->tail_wanted - fetch->fill)
        return;
    if (fetch->object->head_wanted)
        fetch_head(fetch->object);
    memcpy(fetch->bytes + fetch->fill, bytes, n);
    fetch->fill += n;
}

static void fetch_tail_range(struct fetch *fetch, enum tail_way way, uint64_t first, uint64_t end)
{
    fetch->tail.way = way;
    fetch->fill = 0;
    fetch->range.suffix = 0;
    fetch->range.first = first;
    fetch->range.end = end;
    fetch->range.is_guess = way == TAIL_BY_GUESS;
    range_start(fetch->object->context.net, &fetch->range);
}

/* By a suffix range. */
static void fetch_tail_by_suffix(struct fetch *fetch)
{
    fetch->tail.way = TAIL_BY_SUFFIX;
    fetch->range.suffix = fetch->tail.wanted;
    range_start(fetch->object->context.net, &fetch->range);
}

/* By an ordinary range of an object that may have `size` bytes; 0: the size is not known at all. */
static void fetch_tail_by_guess(struct fetch *fetch, uint64_t size)
{
    uint64_t wanted = fetch->tail.wanted;

    fetch->tail.guesses++;
    if (!size)
        fetch_tail_range(fetch, TAIL_PROBE, 0, 1);
    else
        fetch_tail_range(fetch, TAIL_BY_GUESS, size > wanted ? size - wanted : 0, size);
}

/* By an ordinary range; the size is known. */
static void fetch_tail_by_offset(struct fetch *fetch)
{
    uint64_t size = fetch->object->target.size, wanted = fetch->object->tail_wanted;

    if (!size)
        object_finish_opening(fetch, 0);
    else
        fetch_tail_range(fetch, TAIL_BY_OFFSET, size > wanted ? size - wanted : 0, size);
}

/* The URL has come, and with it the host: what it takes may be known. */
static void on_tail_url(struct fetch *fetch, int error)
{
    struct object *object = fetch->object;
    uint64_t guess = object->size_guess;
    unsigned traits;

    fetch->on_url = fetch_resume;
    if (error) {
        object_finish_opening(fetch, error);
        return;
    }
    traits = store_hosts_traits(object->context.hosts, object->url);
    if (traits & STORE_NO_SUFFIX ||
        (traits & STORE_NO_LONG_SUFFIX && guess && guess < fetch->tail.wanted))
        fetch_tail_by_guess(fetch, guess);
    else
        fetch_tail_by_suffix(fetch);
}

static void on_tail_posted(struct net_job *job)
{
    struct fetch *fetch = container_of(job, struct fetch, job);
    int rc = object_wait_for_url(fetch->object, fetch);

    if (rc != -EINPROGRESS)
        on_tail_url(fetch, rc);
}

static void on_suffix_done(struct fetch *fetch, int error)
{
    uint64_t told = fetch->range.told_size;

    if (error != -EOPNOTSUPP || !fetch->range.suffix) {
        object_finish_opening(fetch, error);
        return;
    }
    fetch->tail.refused_suffix = fetch->range.suffix;
    fetch->tail.url_generation = fetch->object->url_generation;
    fetch_tail_by_guess(fetch, told != RANGE_SIZE_UNKNOWN ? told : fetch->object->size_guess);
}

/* Whether the bytes in hand are the object's last ones, and most of what was wanted. */
static int has_most_of_tail(const struct fetch *fetch)
{
    uint64_t size = fetch->object->target.size;
    uint64_t wanted = fetch->tail.wanted < size ? fetch->tail.wanted : size;

    return fetch->range.next == size && fetch->fill == size - fetch->range.first &&
           fetch->fill >= wanted / 2;
}

static void on_guess_done(struct fetch *fetch, int error)
{
    uint64_t told = fetch->range.told_size;

    if (error == -ECANCELED || error == -ENOMEM || (!error && has_most_of_tail(fetch)))
        object_finish_opening(fetch, error);
    else if (fetch->object->target.is_pinned)
        fetch_tail_by_offset(fetch);
    else if (told != RANGE_SIZE_UNKNOWN && fetch->tail.guesses < GUESSES_MAX)
        fetch_tail_by_guess(fetch, told);
    else
        fetch_tail_by_guess(fetch, 0);
}

static void on_tail_done(struct range *range, int error)
{
    struct fetch *fetch = container_of(range, struct fetch, range);

    switch (fetch->tail.way) {
    case TAIL_BY_SUFFIX:
        on_suffix_done(fetch, error);
        break;
    case TAIL_BY_GUESS:
        on_guess_done(fetch, error);
        break;
    case TAIL_PROBE:
        if (error)
            object_finish_opening(fetch, error);
        else
            fetch_tail_by_offset(fetch);
        break;
    case TAIL_BY_OFFSET:
        object_finish_opening(fetch, error);
        break;
    }
}

/*
 * Fetches the first half of a large tail beside the second, over a connection of its own: on one
 * connection, slow start takes a round trip for each doubling. Its place is a guess, but what
 * arrives is right in any case, as an answer tells its place. Returns whether it is in flight.
 */
static int fetch_first_half(struct object *object, uint64_t half)
{
    uint64_t size = object->size_guess;

    if (half <= OBJECT_TAIL / 2 || size <= 2 * half)
        return 0;
    return !fetch_blocks(object, (size - 2 * half) / OBJECT_BLOCK, (size - half) / OBJECT_BLOCK + 1,
                         FETCH_GUESS);
}

int object_start_opening_in_store(struct object *object)
{
    struct fetch *fetch = fetch_new(object, FETCH_TAIL);
    int rc;

    if (!fetch)
        return -ENOMEM;
    fetch->bytes = malloc(object->tail_wanted);
    fetch->tail.wanted = object->tail_wanted;
    /* A guess that has failed once is not worth another request. */
    if (fetch->bytes && !object->was_tried && fetch_first_half(object, object->tail_wanted / 2))
        fetch->tail.wanted = object->tail_wanted / 2;
    object->was_tried = 1;
    fetch->job.run = on_tail_posted;
    fetch->on_url = on_tail_url;
    fetch->range.on_bytes = on_tail_bytes;
    fetch->range.on_done = on_tail_done;
    rc = fetch->bytes ? fetch_post(fetch) : -ENOMEM;
    if (rc)
        fetch_release(fetch);
    return rc;
}

int object_start_opening(void *arg)
{
    struct object *object = arg;

    return object->keep.task && !object->was_looked_for ? object_start_opening_from_disk(object)
                                                        : object_start_opening_in_store(object);
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
