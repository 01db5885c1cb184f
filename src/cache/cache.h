/*
 * The cache: immutable runs of bytes under one budget. It holds the blocks of archives as they came
 * from the store and the pieces of members as they came out of the decoder; what it is told of
 * other memory (decoders, checkpoints) counts too.
 *
 * Entries are found by (owner, index). An entry is pinned while somebody uses it; unpinned ones are
 * given up, least recently used first, when the budget is short: plain ones before dear ones (what
 * is small and took much work to make), unless the dear ones hold more than a quarter of the
 * budget. Only pinned or charged memory can pass the budget; an eighth of it is left to entries in
 * any case. What was used up (CACHE_DONE) goes first, and soon even where there is room: its memory
 * is better used again while it is warm.
 *
 * One lock, held for a few instructions, never across an allocation of bytes or a copy. It is a
 * leaf: nothing is called with it held.
 */
#ifndef TASKFS_CACHE_CACHE_H
#define TASKFS_CACHE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/stats.h"

#define CACHE_SPARE (128u * 1024) /* bytes: memory of this size is kept for use again */

struct cache;

struct cache_entry {
    const uint8_t *data;
    size_t len;
    /* Private, guarded by the cache's lock. */
    uint64_t owner, index;
    struct cache_entry *chain;
    struct list lru;
    unsigned pins;
    int is_dear;
    int is_done;    /* unpinned, and nobody is likely to want it */
    int is_dropped; /* no longer found; freed with the last pin */
};

/* What a reader thinks of an entry when it lets go of it. */
enum cache_use {
    CACHE_KEEP, /* it may be wanted again */
    CACHE_DONE, /* it was used up by a reader that goes forward: only a few such are kept */
};

/* `budget` in bytes. NULL without memory. */
struct cache *cache_create(size_t budget, struct stats *stats);
/* No entry may be pinned any more. */
void cache_destroy(struct cache *cache);
size_t cache_budget(const struct cache *cache);

/* `len` bytes for cache_put, as from malloc; of CACHE_SPARE bytes, used ones where there are some:
 * what comes fresh from the kernel costs a page fault each 4 KiB. NULL without memory. */
uint8_t *cache_alloc(struct cache *cache, size_t len);

/* A number that no other owner has. */
uint64_t cache_new_owner(struct cache *cache);

/* The entry, pinned; or NULL. */
struct cache_entry *cache_get(struct cache *cache, uint64_t owner, uint64_t index);
/* Whether there is such an entry now; neither pins nor counts. */
int cache_has(struct cache *cache, uint64_t owner, uint64_t index);
/*
 * Takes over `data` (from malloc) and returns an entry of it, pinned. When there was one already,
 * that one is returned and `data` freed. NULL without memory; then `data` is freed.
 */
struct cache_entry *cache_put(struct cache *cache, uint64_t owner, uint64_t index, uint8_t *data,
                              size_t len);
/* The same for a dear one; not pinned. Returns 0 or -ENOMEM. */
int cache_put_dear(struct cache *cache, uint64_t owner, uint64_t index, uint8_t *data, size_t len);
void cache_unpin(struct cache *cache, struct cache_entry *entry, enum cache_use use);

/* Forgets the entries of an owner with first <= index <= last; pinned ones live until unpinned, but
 * are found no more. */
void cache_drop(struct cache *cache, uint64_t owner, uint64_t first, uint64_t last);

/* Memory of others under the same budget, in bytes; charging makes room by giving up entries. */
void cache_charge(struct cache *cache, size_t bytes);
void cache_discharge(struct cache *cache, size_t bytes);
/* Bytes of dear entries now. */
size_t cache_dear(struct cache *cache);
/* Bytes charged now: who holds some that it can do without gives them up when they are many. */
size_t cache_charged(struct cache *cache);

#endif
