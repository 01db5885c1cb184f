/*
 * The cache: immutable runs of bytes under one budget. It holds the blocks of archives as they came
 * from the store and the decoded pieces of members. Memory that others hold (decoders, directories,
 * trees) is charged to the same budget.
 *
 * An entry is found by its owner and an index. It is pinned while somebody uses it. Unpinned
 * entries are evicted when the budget is exceeded, in this order:
 *
 *   1. those that a reader is done with (CACHE_DONE). They are also evicted when they hold more
 *      than a 32nd of the budget: memory that is still in the processor's caches is better reused;
 *   2. plain entries, least recently used first, unless costly entries hold more than a quarter of
 *      the budget;
 *   3. costly entries (small, but much work to make again), least recently used first.
 *
 * Only pinned entries and charges can exceed the budget. However much is charged, entries keep an
 * eighth of it.
 *
 * Locks: the cache has a lock of its own, which is a leaf. Every function may be called with any
 * other lock held, apart from cache_create, cache_destroy and cache_alloc, which say otherwise.
 * This is safe because none of them frees an entry, copies its bytes or calls malloc_trim: evicted
 * and discarded entries are freed later, by cache_alloc or by a thread of the cache. The cache's
 * lock is held for at most CACHE_BATCH entries at a time, with one exception, cache_discard.
 */
#ifndef TASKFS_CACHE_CACHE_H
#define TASKFS_CACHE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/stats.h"

/* Bytes: memory of these sizes is kept for reuse, within the budget, and of each size at most a
 * 32nd of it. */
#define CACHE_SPARE       (128u * 1024)
#define CACHE_SPARE_SMALL (64u * 1024)

#define CACHE_BATCH       256u /* entries that are evicted or discarded under the lock at once */

struct cache;

/* Whose entries they are: an archive's pieces, an object's blocks. Embedded in its owner. */
struct cache_owner {
    /* Private, guarded by the cache's lock. */
    struct list entries;
    uint64_t count;
};

struct cache_entry {
    const uint8_t *data;
    size_t len;
    /* Private, guarded by the cache's lock. */
    struct cache_owner *owner; /* compared, and followed unless is_discarded */
    uint64_t index;
    struct cache_entry *chain; /* in its hash bucket; later among those to be freed */
    struct list lru;
    unsigned pins;
    uint8_t is_costly;
    uint8_t is_done;      /* unpinned, and in the list of those that a reader is done with */
    uint8_t use;          /* enum cache_use of the last unpin that said one */
    uint8_t is_discarded; /* not found any more; freed after the last pin */
    struct list siblings; /* in owner->entries */
};

/* What a reader says of an entry when it unpins it. */
enum cache_use {
    CACHE_KEEP, /* it may be read again */
    CACHE_DONE, /* the reader goes forward and will not need it again */
    CACHE_SAME, /* what was said last; KEEP at first. For one who is no reader */
};

/* `budget` in bytes. Returns NULL without memory or a thread. */
struct cache *cache_create(size_t budget, struct stats *stats);
/* Frees the cache with its entries, none of which may be pinned, and joins its thread. Every owner
 * that has entries must still exist. Not with a lock held. */
void cache_destroy(struct cache *cache);
size_t cache_budget(const struct cache *cache);

/* Allocates `len` bytes for cache_put; free(3) frees them. Memory of the sizes above is reused
 * where possible, as fresh memory costs a page fault for each 4 KiB. Returns NULL without memory.
 * Not with a lock held: this frees about as much of what was evicted. */
uint8_t *cache_alloc(struct cache *cache, size_t len);

/* Before the owner is used. */
void cache_owner_init(struct cache_owner *owner);

/* Returns the entry, pinned; or NULL. Counts a hit or a miss. */
struct cache_entry *cache_get(struct cache *cache, const struct cache_owner *owner, uint64_t index);
/* Whether there is such an entry now; neither pins it nor counts. */
int cache_has(struct cache *cache, const struct cache_owner *owner, uint64_t index);
/*
 * Takes over `data` (cache_alloc or malloc) and returns an entry of it, pinned. If there is such an
 * entry already, returns that one, pinned, and `data` is freed later. Returns NULL without memory;
 * `data` is freed.
 */
struct cache_entry *cache_put(struct cache *cache, struct cache_owner *owner, uint64_t index,
                              uint8_t *data, size_t len);
/* As cache_put, but the entry is costly, and is not pinned. Returns 0 or -ENOMEM. */
int cache_put_costly(struct cache *cache, struct cache_owner *owner, uint64_t index, uint8_t *data,
                     size_t len);
/* One more pin on an entry that is pinned. */
void cache_pin(struct cache *cache, struct cache_entry *entry);
/* Undoes one cache_get, cache_put or cache_pin. Of several pins, the last one's `use` counts. */
void cache_unpin(struct cache *cache, struct cache_entry *entry, enum cache_use use);

/*
 * Discards the owner's entries with first <= index <= last: none of them is found any more, and a
 * pinned one is freed after its last pin. Looks either at each index of the range or at each of the
 * owner's entries, whichever are fewer; the latter under the lock all the while.
 */
void cache_discard(struct cache *cache, struct cache_owner *owner, uint64_t first, uint64_t last);
/* Discards all entries of the owner. When nobody adds to them any more, the owner may be freed. */
void cache_discard_all(struct cache *cache, struct cache_owner *owner);

/* Adds to or takes from what others hold under the budget, in bytes. Charging can evict entries. */
void cache_charge(struct cache *cache, size_t bytes);
void cache_discharge(struct cache *cache, size_t bytes);
/* Much was freed that will not be needed soon: frees what is kept for the next entries, and has the
 * reaper give the heap's free pages back. Takes milliseconds: not for the net thread. */
void cache_trim(struct cache *cache);
/* Bytes charged now. Whoever holds memory that can be done without gives it up when this is
 * much. */
size_t cache_charged(struct cache *cache);
/* Bytes of costly entries now. */
size_t cache_costly(struct cache *cache);

#endif
