#include "cache/cache.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/wrap.h"
#include "cache/reaper.h"

#define BUCKETS       (1u << 16)
#define DONE_SHARE    32 /* 1 / DONE_SHARE of the budget is for entries in `done` */
#define COSTLY_SHARE  4  /* costly entries are evicted first above 1 / COSTLY_SHARE of it */
#define ENTRIES_SHARE 8  /* 1 / ENTRIES_SHARE of it is for entries, whatever is charged */
#define SPARES_SHARE  32 /* at most 1 / SPARES_SHARE of it is memory kept for reuse, of each size */
#define SPARES_MAX    128u /* and at most so many runs of each size */
#define SPARE_SIZES   2
#define TRIM_SHARE    16 /* 1 / TRIM_SHARE of the budget is freed between two trims */
#define TRIM_MIN      (4u * 1024 * 1024) /* of the heap, but at least so many bytes */

/* Memory of one size, not in use. */
struct spares {
    size_t size;
    uint8_t *at[SPARES_MAX];
    unsigned count;
};

struct cache {
    pthread_mutex_t lock; /* guards what follows, apart from fixed fields and the reaper */
    struct stats *stats;
    size_t budget;
    size_t used;        /* bytes of entries and charges */
    size_t charged;     /* bytes of charges */
    struct list lru;    /* unpinned plain entries, least recently used first */
    struct list costly; /* unpinned costly entries, the same way */
    struct list done;   /* unpinned entries that a reader is done with, the same way */
    size_t costly_used; /* bytes of costly entries, pinned ones too */
    size_t done_used;   /* bytes of the entries in `done` */
    size_t spare_bytes; /* bytes of spares: part of the budget, but not of `used` */
    struct spares spares[SPARE_SIZES];
    struct cache_entry *buckets[BUCKETS];
    struct reaper reaper;
};

struct cache *cache_create(size_t budget, struct stats *stats)
{
    struct cache *cache = calloc(1, sizeof(*cache));
    size_t trim_after = budget / TRIM_SHARE;

    if (!cache)
        return NULL;
    pthread_mutex_init(&cache->lock, NULL);
    cache->stats = stats;
    cache->budget = budget;
    cache->spares[0].size = CACHE_SPARE;
    cache->spares[1].size = CACHE_SPARE_SMALL;
    list_init(&cache->lru);
    list_init(&cache->costly);
    list_init(&cache->done);
    if (trim_after < TRIM_MIN)
        trim_after = TRIM_MIN;
    if (reaper_start(&cache->reaper, &cache->lock, trim_after)) {
        pthread_mutex_destroy(&cache->lock);
        free(cache);
        return NULL;
    }
    return cache;
}

size_t cache_budget(const struct cache *cache)
{
    return cache->budget;
}

void cache_owner_init(struct cache_owner *owner)
{
    list_init(&owner->entries);
    owner->count = 0;
}

/* The finalizer of MurmurHash3 over both parts; multiplication wraps on purpose. */
WRAPS static unsigned bucket_of(const struct cache_owner *owner, uint64_t index)
{
    uint64_t h = (uint64_t)(uintptr_t)owner * 0x9e3779b97f4a7c15u ^ index;

    h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
    return (unsigned)(h ^ h >> 33) & (BUCKETS - 1);
}

static size_t entry_cost(const struct cache_entry *entry)
{
    return entry->len + sizeof(*entry);
}

/* ---- with the lock held ---- */

static struct cache_entry *cache_find(struct cache *cache, const struct cache_owner *owner,
                                      uint64_t index)
{
    struct cache_entry *entry = cache->buckets[bucket_of(owner, index)];

    while (entry && (entry->owner != owner || entry->index != index))
        entry = entry->chain;
    return entry;
}

static void cache_link(struct cache *cache, struct cache_entry *entry)
{
    struct cache_entry **bucket = &cache->buckets[bucket_of(entry->owner, entry->index)];

    entry->chain = *bucket;
    *bucket = entry;
    list_add(&entry->owner->entries, &entry->siblings);
    entry->owner->count++;
    cache->used += entry_cost(entry);
    if (entry->is_costly)
        cache->costly_used += entry_cost(entry);
}

/* From now on the entry is not found any more. Its bytes are counted until cache_forfeit. */
static void cache_unlink(struct cache *cache, struct cache_entry *entry)
{
    struct cache_entry **at = &cache->buckets[bucket_of(entry->owner, entry->index)];

    while (*at != entry)
        at = &(*at)->chain;
    *at = entry->chain;
    list_del(&entry->siblings);
    entry->owner->count--;
    entry->is_discarded = 1;
}

/* Puts an unpinned entry at the end of the LRU list that it belongs to. */
static void cache_add_to_lru(struct cache *cache, struct cache_entry *entry, enum cache_use use)
{
    struct list *lru = entry->is_costly ? &cache->costly : &cache->lru;

    entry->is_done = use == CACHE_DONE && !entry->is_costly;
    if (entry->is_done) {
        lru = &cache->done;
        cache->done_used += entry_cost(entry);
    }
    list_add(lru, &entry->lru);
}

static void cache_take_from_lru(struct cache *cache, struct cache_entry *entry)
{
    list_del(&entry->lru);
    if (entry->is_done)
        cache->done_used -= entry_cost(entry);
    entry->is_done = 0;
}

static void cache_pin_entry(struct cache *cache, struct cache_entry *entry)
{
    if (!entry->pins++)
        cache_take_from_lru(cache, entry);
}

/* Returns NULL when memory of this size is not kept. */
static struct spares *spares_of(struct cache *cache, size_t size)
{
    for (int i = 0; i < SPARE_SIZES; i++)
        if (cache->spares[i].size == size)
            return &cache->spares[i];
    return NULL;
}

/* Keeps the memory for reuse. Returns 0 when there is enough of this size. */
static int cache_keep_spare(struct cache *cache, uint8_t *data, size_t len)
{
    struct spares *spares = spares_of(cache, len);

    if (!spares || spares->count == SPARES_MAX ||
        (spares->count + 1) * len > cache->budget / SPARES_SHARE)
        return 0;
    spares->at[spares->count++] = data;
    cache->spare_bytes += len;
    return 1;
}

/* Returns NULL when there is none of this size. */
static uint8_t *cache_take_spare(struct cache *cache, size_t len)
{
    struct spares *spares = spares_of(cache, len);

    if (!spares || !spares->count)
        return NULL;
    cache->spare_bytes -= len;
    return spares->at[--spares->count];
}

/* Adds an entry, which is unlinked and in no LRU list, to those that are to be freed. */
static void cache_forfeit(struct cache *cache, struct cache_entry *entry)
{
    size_t cost = entry_cost(entry);

    cache->used -= cost;
    if (entry->is_costly)
        cache->costly_used -= cost;
    if (cache_keep_spare(cache, (uint8_t *)entry->data, entry->len))
        entry->data = NULL;
    reaper_add(&cache->reaper, entry);
}

static struct cache_entry *cache_next_victim(const struct cache *cache)
{
    const struct list *lru = &cache->done;

    if (list_empty(lru) && cache->costly_used <= cache->budget / COSTLY_SHARE)
        lru = &cache->lru;
    if (list_empty(lru))
        lru = &cache->costly;
    if (list_empty(lru))
        lru = &cache->lru;
    return list_empty(lru) ? NULL : container_of(lru->next, struct cache_entry, lru);
}

/* However much is charged, entries keep a share: a block that has just arrived must stay until
 * those who wait for it have read it. */
static int cache_has_excess(const struct cache *cache)
{
    size_t entries = cache->used - cache->charged;

    return (cache->used + cache->spare_bytes > cache->budget &&
            entries > cache->budget / ENTRIES_SHARE) ||
           cache->done_used > cache->budget / DONE_SHARE;
}

static void cache_publish_used(struct cache *cache)
{
    atomic_store_explicit(&cache->stats->value[STAT_CACHE_BYTES], cache->used,
                          memory_order_relaxed);
}

/* Evicts what exceeds the budget, at most CACHE_BATCH entries. Returns whether more does. */
static int cache_evict_batch(struct cache *cache)
{
    for (unsigned i = 0; i < CACHE_BATCH; i++) {
        struct cache_entry *entry = cache_has_excess(cache) ? cache_next_victim(cache) : NULL;

        if (!entry)
            return 0;
        cache_unlink(cache, entry);
        cache_take_from_lru(cache, entry);
        cache_forfeit(cache, entry);
    }
    return 1;
}

/* Ends an operation: evicts what exceeds the budget and releases the lock, which is free for a
 * moment between two batches. */
static void cache_unlock(struct cache *cache)
{
    int is_over_budget = 1;

    while (is_over_budget) {
        int must_wake;

        is_over_budget = cache_evict_batch(cache);
        cache_publish_used(cache);
        must_wake = reaper_must_wake(&cache->reaper);
        pthread_mutex_unlock(&cache->lock);
        if (must_wake)
            reaper_wake(&cache->reaper);
        if (is_over_budget)
            pthread_mutex_lock(&cache->lock);
    }
}

/* Discards the entry; while it is pinned, it only is not found any more. */
static void cache_discard_entry(struct cache *cache, struct cache_entry *entry)
{
    cache_unlink(cache, entry);
    if (entry->pins)
        return;
    cache_take_from_lru(cache, entry);
    cache_forfeit(cache, entry);
}

/* ---- without the lock ---- */

static void free_spares(struct spares spares[SPARE_SIZES])
{
    for (int i = 0; i < SPARE_SIZES; i++)
        while (spares[i].count)
            free(spares[i].at[--spares[i].count]);
}

void cache_destroy(struct cache *cache)
{

    pthread_mutex_lock(&cache->lock);
    cache->budget = 0;
    cache_unlock(cache);
    reaper_stop(&cache->reaper);
    free_spares(cache->spares);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

uint8_t *cache_alloc(struct cache *cache, size_t len)
{
    struct reap_list evicted;
    uint8_t *spare;

    pthread_mutex_lock(&cache->lock);
    spare = cache_take_spare(cache, len);
    evicted = reaper_take(&cache->reaper, len);
    pthread_mutex_unlock(&cache->lock);
    reaper_free(&cache->reaper, &evicted);
    return spare ? spare : malloc(len);
}

struct cache_entry *cache_get(struct cache *cache, const struct cache_owner *owner, uint64_t index)
{
    struct cache_entry *entry;

    pthread_mutex_lock(&cache->lock);
    entry = cache_find(cache, owner, index);
    if (entry)
        cache_pin_entry(cache, entry);
    pthread_mutex_unlock(&cache->lock);
    stats_add(cache->stats, entry ? STAT_CACHE_HITS : STAT_CACHE_MISSES, 1);
    return entry;
}

int cache_has(struct cache *cache, const struct cache_owner *owner, uint64_t index)
{
    LOCKED(&cache->lock);
    return cache_find(cache, owner, index) != NULL;
}

static struct cache_entry *entry_new(struct cache_owner *owner, uint64_t index, uint8_t *data,
                                     size_t len, int is_costly)
{
    struct cache_entry *entry = calloc(1, sizeof(*entry));

    if (!entry) {
        free(data);
        return NULL;
    }
    entry->data = data;
    entry->len = len;
    entry->owner = owner;
    entry->index = index;
    entry->is_costly = is_costly != 0;
    entry->pins = 1;
    list_init(&entry->lru);
    list_init(&entry->siblings);
    return entry;
}

static struct cache_entry *cache_put_entry(struct cache *cache, struct cache_owner *owner,
                                           uint64_t index, uint8_t *data, size_t len, int is_costly)
{
    struct cache_entry *entry = entry_new(owner, index, data, len, is_costly), *old;

    if (!entry)
        return NULL;
    pthread_mutex_lock(&cache->lock);
    old = cache_find(cache, owner, index);
    if (old) {
        cache_pin_entry(cache, old);
        reaper_add(&cache->reaper, entry);
        entry = old;
    } else {
        cache_link(cache, entry);
    }
    cache_unlock(cache);
    return entry;
}

struct cache_entry *cache_put(struct cache *cache, struct cache_owner *owner, uint64_t index,
                              uint8_t *data, size_t len)
{
    return cache_put_entry(cache, owner, index, data, len, 0);
}

int cache_put_costly(struct cache *cache, struct cache_owner *owner, uint64_t index, uint8_t *data,
                     size_t len)
{
    struct cache_entry *entry = cache_put_entry(cache, owner, index, data, len, 1);

    if (!entry)
        return -ENOMEM;
    cache_unpin(cache, entry, CACHE_KEEP);
    return 0;
}

void cache_pin(struct cache *cache, struct cache_entry *entry)
{
    LOCKED(&cache->lock);
    entry->pins++;
}

void cache_unpin(struct cache *cache, struct cache_entry *entry, enum cache_use use)
{

    pthread_mutex_lock(&cache->lock);
    if (use == CACHE_SAME)
        use = (enum cache_use)entry->use;
    entry->use = (uint8_t)use;
    if (--entry->pins) {
        pthread_mutex_unlock(&cache->lock);
        return;
    }
    if (entry->is_discarded)
        cache_forfeit(cache, entry);
    else
        cache_add_to_lru(cache, entry, use);
    cache_unlock(cache);
}

/* Looks at each index of the range. */
static void cache_discard_indices(struct cache *cache, const struct cache_owner *owner,
                                  uint64_t first, uint64_t last)
{
    uint64_t index = first;

    for (;;) {
        uint64_t end = last - index < CACHE_BATCH ? last : index + (CACHE_BATCH - 1);

        pthread_mutex_lock(&cache->lock);
        for (;; index++) {
            struct cache_entry *entry = cache_find(cache, owner, index);

            if (entry)
                cache_discard_entry(cache, entry);
            if (index == end)
                break;
        }
        cache_unlock(cache);
        if (index++ == last)
            return;
    }
}

/* Looks at each entry of the owner. */
static void cache_discard_siblings(struct cache *cache, struct cache_owner *owner, uint64_t first,
                                   uint64_t last)
{

    pthread_mutex_lock(&cache->lock);
    list_each_safe (at, &owner->entries) {
        struct cache_entry *entry = container_of(at, struct cache_entry, siblings);

        if (entry->index >= first && entry->index <= last)
            cache_discard_entry(cache, entry);
    }
    cache_unlock(cache);
}

static uint64_t cache_owner_count(struct cache *cache, const struct cache_owner *owner)
{
    LOCKED(&cache->lock);
    return owner->count;
}

void cache_discard(struct cache *cache, struct cache_owner *owner, uint64_t first, uint64_t last)
{
    uint64_t count = cache_owner_count(cache, owner);

    if (!count)
        return;
    if (last - first < count)
        cache_discard_indices(cache, owner, first, last);
    else
        cache_discard_siblings(cache, owner, first, last);
}

void cache_discard_all(struct cache *cache, struct cache_owner *owner)
{
    int is_empty = 0;

    while (!is_empty) {

        pthread_mutex_lock(&cache->lock);
        for (unsigned i = 0; i < CACHE_BATCH && !list_empty(&owner->entries); i++)
            cache_discard_entry(cache,
                                container_of(owner->entries.next, struct cache_entry, siblings));
        is_empty = list_empty(&owner->entries);
        cache_unlock(cache);
    }
}

void cache_charge(struct cache *cache, size_t bytes)
{

    pthread_mutex_lock(&cache->lock);
    cache->used += bytes;
    cache->charged += bytes;
    cache_unlock(cache);
}

void cache_discharge(struct cache *cache, size_t bytes)
{
    LOCKED(&cache->lock);
    cache->used -= bytes;
    cache->charged -= bytes;
    cache_publish_used(cache);
}

void cache_trim(struct cache *cache)
{
    struct spares spares[SPARE_SIZES];

    pthread_mutex_lock(&cache->lock);
    memcpy(spares, cache->spares, sizeof(spares));
    for (int i = 0; i < SPARE_SIZES; i++)
        cache->spares[i].count = 0;
    cache->spare_bytes = 0;
    pthread_mutex_unlock(&cache->lock);
    free_spares(spares);
    LOCKED(&cache->lock);
    reaper_trim(&cache->reaper);
}

size_t cache_charged(struct cache *cache)
{
    LOCKED(&cache->lock);
    return cache->charged;
}

size_t cache_costly(struct cache *cache)
{
    LOCKED(&cache->lock);
    return cache->costly_used;
}
