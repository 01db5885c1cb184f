#include "cache/cache.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/wrap.h"

#define BUCKETS       (1u << 16)
#define DONE_SHARE    32 /* of the budget is left to what was used up */
#define SPARES_MAX    16
#define TRIM_SHARE    16                 /* of the budget is freed between two trims of the heap, */
#define TRIM_MIN      (4u * 1024 * 1024) /* bytes, but at least so much */
#define ENTRIES_SHARE 8                  /* of the budget is for entries, whatever is charged */

struct cache {
    pthread_mutex_t lock;
    struct stats *stats;
    size_t budget;
    size_t used;    /* entries and charges */
    size_t charged; /* of that, charges */
    uint64_t next_owner;
    struct list lru;             /* plain unpinned entries, the next to go first */
    struct list dear;            /* the same of the dear ones */
    struct list done;            /* the same of those that were used up */
    size_t dear_used;            /* bytes of all dear ones */
    size_t done_used;            /* bytes of those in `done` */
    uint8_t *spares[SPARES_MAX]; /* memory of CACHE_SPARE bytes, not in use */
    unsigned spare_count;
    size_t freed; /* bytes, since malloc was last told to give memory back */
    struct cache_entry *buckets[BUCKETS];
};

struct cache *cache_create(size_t budget, struct stats *stats)
{
    struct cache *cache = calloc(1, sizeof(*cache));

    if (!cache)
        return NULL;
    pthread_mutex_init(&cache->lock, NULL);
    cache->stats = stats;
    cache->budget = budget;
    cache->next_owner = 1;
    list_init(&cache->lru);
    list_init(&cache->dear);
    list_init(&cache->done);
    return cache;
}

size_t cache_budget(const struct cache *cache)
{
    return cache->budget;
}

uint64_t cache_new_owner(struct cache *cache)
{
    LOCKED(&cache->lock);
    return cache->next_owner++;
}

/* The finalizer of MurmurHash3 over both parts; multiplication wraps on purpose. */
WRAPS static unsigned bucket_of(uint64_t owner, uint64_t index)
{
    uint64_t h = owner * 0x9e3779b97f4a7c15u ^ index;

    h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
    return (unsigned)(h ^ h >> 33) & (BUCKETS - 1);
}

static size_t cost(const struct cache_entry *entry)
{
    return entry->len + sizeof(*entry);
}

/* All the static functions below want the lock held. */

static struct cache_entry *find(struct cache *cache, uint64_t owner, uint64_t index)
{
    struct cache_entry *entry = cache->buckets[bucket_of(owner, index)];

    while (entry && (entry->owner != owner || entry->index != index))
        entry = entry->chain;
    return entry;
}

static void unlink_entry(struct cache *cache, struct cache_entry *entry)
{
    struct cache_entry **at = &cache->buckets[bucket_of(entry->owner, entry->index)];

    while (*at != entry)
        at = &(*at)->chain;
    *at = entry->chain;
    entry->is_dropped = 1;
}

static void account(struct cache *cache)
{
    atomic_store_explicit(&cache->stats->value[STAT_CACHE_BYTES], cache->used,
                          memory_order_relaxed);
}

static void forget_cost(struct cache *cache, const struct cache_entry *entry)
{
    cache->used -= cost(entry);
    if (entry->is_dear)
        cache->dear_used -= cost(entry);
}

uint8_t *cache_alloc(struct cache *cache, size_t len)
{
    uint8_t *spare = NULL;

    if (len == CACHE_SPARE) {
        LOCKED(&cache->lock);
        if (cache->spare_count)
            spare = cache->spares[--cache->spare_count];
    }
    return spare ? spare : malloc(len);
}

/* The entry will be freed: its memory may be kept. */
static void salvage(struct cache *cache, struct cache_entry *entry)
{
    if (entry->len != CACHE_SPARE || cache->spare_count == SPARES_MAX)
        return;
    cache->spares[cache->spare_count++] = (uint8_t *)entry->data;
    entry->data = NULL;
}

/* The entry rests, unpinned. */
static void lay_down(struct cache *cache, struct cache_entry *entry, enum cache_use use)
{
    struct list *lru = entry->is_dear ? &cache->dear : &cache->lru;

    entry->is_done = use == CACHE_DONE && !entry->is_dear;
    if (entry->is_done) {
        lru = &cache->done;
        cache->done_used += cost(entry);
    }
    list_add(lru, &entry->lru);
}

/* The entry has been taken off its list. */
static void took_up(struct cache *cache, struct cache_entry *entry)
{
    if (entry->is_done)
        cache->done_used -= cost(entry);
    entry->is_done = 0;
}

static struct cache_entry *next_victim(struct cache *cache)
{
    struct list *node = list_pop(&cache->done);

    if (!node && cache->dear_used <= cache->budget / 4)
        node = list_pop(&cache->lru);
    if (!node)
        node = list_pop(&cache->dear);
    if (!node)
        node = list_pop(&cache->lru);
    return node ? container_of(node, struct cache_entry, lru) : NULL;
}

/* However much is charged, entries keep a share: what has just come must stay until who waits for it
 * has seen it. */
static int has_excess(const struct cache *cache)
{
    size_t entries = cache->used - cache->charged;

    return (cache->used > cache->budget && entries > cache->budget / ENTRIES_SHARE) ||
           cache->done_used > cache->budget / DONE_SHARE;
}

/* Takes out entries until the budget holds; returns them chained, to be freed without the lock. */
static struct cache_entry *make_room(struct cache *cache)
{
    struct cache_entry *victims = NULL, *entry;

    while (has_excess(cache) && (entry = next_victim(cache))) {
        unlink_entry(cache, entry);
        took_up(cache, entry);
        forget_cost(cache, entry);
        salvage(cache, entry);
        entry->chain = victims;
        victims = entry;
    }
    account(cache);
    return victims;
}

/* Whether so much was freed that it is time to give it back to the system. */
static int is_time_to_trim(struct cache *cache, size_t freed)
{
    size_t most = cache->budget / TRIM_SHARE;

    if (!freed)
        return 0;
    LOCKED(&cache->lock);
    cache->freed += freed;
    if (cache->freed < (most < TRIM_MIN ? TRIM_MIN : most))
        return 0;
    cache->freed = 0;
    return 1;
}

/* Without the lock. */
static void free_chain(struct cache *cache, struct cache_entry *entry)
{
    size_t freed = 0;
    unsigned count = 0;

    while (entry) {
        struct cache_entry *next = entry->chain;

        if (entry->data)
            freed += entry->len;
        count++;
        free((void *)entry->data);
        free(entry);
        entry = next;
    }
    if (count)
        log_debug(LOG_CACHE, "%u entries given up, %zu bytes freed", count, freed);
    /* By itself malloc gives back what lies at the end of a heap, and blocks lie all over it. */
    if (is_time_to_trim(cache, freed))
        malloc_trim(0);
}

static void pin(struct cache *cache, struct cache_entry *entry)
{
    if (entry->pins++)
        return;
    list_del(&entry->lru);
    took_up(cache, entry);
}

void cache_destroy(struct cache *cache)
{
    cache->budget = 0;
    free_chain(cache, make_room(cache));
    while (cache->spare_count)
        free(cache->spares[--cache->spare_count]);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

struct cache_entry *cache_get(struct cache *cache, uint64_t owner, uint64_t index)
{
    struct cache_entry *entry;

    pthread_mutex_lock(&cache->lock);
    entry = find(cache, owner, index);
    if (entry)
        pin(cache, entry);
    pthread_mutex_unlock(&cache->lock);
    stats_add(cache->stats, entry ? STAT_CACHE_HITS : STAT_CACHE_MISSES, 1);
    return entry;
}

int cache_has(struct cache *cache, uint64_t owner, uint64_t index)
{
    LOCKED(&cache->lock);
    return find(cache, owner, index) != NULL;
}

static struct cache_entry *new_entry(uint64_t owner, uint64_t index, uint8_t *data, size_t len)
{
    struct cache_entry *entry = calloc(1, sizeof(*entry));

    if (!entry)
        return NULL;
    entry->data = data;
    entry->len = len;
    entry->owner = owner;
    entry->index = index;
    list_init(&entry->lru);
    return entry;
}

static struct cache_entry *put(struct cache *cache, uint64_t owner, uint64_t index, uint8_t *data,
                               size_t len, int is_dear)
{
    struct cache_entry *entry = new_entry(owner, index, data, len);
    struct cache_entry *victims = NULL, *old;

    if (!entry) {
        free(data);
        return NULL;
    }
    pthread_mutex_lock(&cache->lock);
    old = find(cache, owner, index);
    if (old) {
        pin(cache, old);
        entry->chain = NULL;
        victims = entry;
        entry = old;
    } else {
        unsigned bucket = bucket_of(owner, index);

        entry->pins = 1;
        entry->is_dear = is_dear;
        entry->chain = cache->buckets[bucket];
        cache->buckets[bucket] = entry;
        cache->used += cost(entry);
        if (is_dear)
            cache->dear_used += cost(entry);
        victims = make_room(cache);
    }
    pthread_mutex_unlock(&cache->lock);
    free_chain(cache, victims);
    return entry;
}

struct cache_entry *cache_put(struct cache *cache, uint64_t owner, uint64_t index, uint8_t *data,
                              size_t len)
{
    return put(cache, owner, index, data, len, 0);
}

int cache_put_dear(struct cache *cache, uint64_t owner, uint64_t index, uint8_t *data, size_t len)
{
    struct cache_entry *entry = put(cache, owner, index, data, len, 1);

    if (!entry)
        return -ENOMEM;
    cache_unpin(cache, entry, CACHE_KEEP);
    return 0;
}

void cache_unpin(struct cache *cache, struct cache_entry *entry, enum cache_use use)
{
    struct cache_entry *victims;

    pthread_mutex_lock(&cache->lock);
    if (--entry->pins) {
        pthread_mutex_unlock(&cache->lock);
        return;
    }
    if (entry->is_dropped) {
        forget_cost(cache, entry);
        account(cache);
        entry->chain = NULL;
        victims = entry;
    } else {
        lay_down(cache, entry, use);
        victims = make_room(cache);
    }
    pthread_mutex_unlock(&cache->lock);
    free_chain(cache, victims);
}

void cache_drop(struct cache *cache, uint64_t owner, uint64_t first, uint64_t last)
{
    struct cache_entry *victims = NULL;

    pthread_mutex_lock(&cache->lock);
    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        struct cache_entry **at = &cache->buckets[bucket];

        while (*at) {
            struct cache_entry *entry = *at;

            if (entry->owner != owner || entry->index < first || entry->index > last) {
                at = &entry->chain;
                continue;
            }
            *at = entry->chain;
            entry->is_dropped = 1;
            if (entry->pins)
                continue;
            list_del(&entry->lru);
            took_up(cache, entry);
            forget_cost(cache, entry);
            entry->chain = victims;
            victims = entry;
        }
    }
    account(cache);
    pthread_mutex_unlock(&cache->lock);
    free_chain(cache, victims);
}

void cache_charge(struct cache *cache, size_t bytes)
{
    struct cache_entry *victims;

    pthread_mutex_lock(&cache->lock);
    cache->used += bytes;
    cache->charged += bytes;
    victims = make_room(cache);
    pthread_mutex_unlock(&cache->lock);
    free_chain(cache, victims);
}

void cache_discharge(struct cache *cache, size_t bytes)
{
    LOCKED(&cache->lock);
    cache->used -= bytes;
    cache->charged -= bytes;
    account(cache);
}

size_t cache_charged(struct cache *cache)
{
    LOCKED(&cache->lock);
    return cache->charged;
}

size_t cache_dear(struct cache *cache)
{
    LOCKED(&cache->lock);
    return cache->dear_used;
}
