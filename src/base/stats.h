/*
 * Counters of what the program did, for `.taskfs/stats`. Any thread may add and read; values of
 * several counters are not of the same instant.
 */
#ifndef TASKFS_BASE_STATS_H
#define TASKFS_BASE_STATS_H

#include <stdatomic.h>
#include <stdint.h>

enum counter {
    STAT_API_OK, /* requests to the API that succeeded; each retry counts */
    STAT_API_ERROR,
    STAT_STORE_OK, /* range requests to the object store */
    STAT_STORE_ERROR,
    STAT_RETRIES,
    STAT_BYTES_FETCHED, /* body bytes from the store */
    STAT_BYTES_SERVED,  /* bytes that readers of files got */
    STAT_CACHE_HITS,
    STAT_CACHE_MISSES,
    STAT_PUSHED_FILES, /* whose content was pushed into the kernel's page cache */
    STAT_KEPT_MEMBERS, /* kept open now */
    STAT_TASKS,        /* known now */
    STAT_CACHE_BYTES,  /* held now under the budget */
    STAT_URL_RENEWALS,
    STAT_CHECK_FAILURES,  /* members whose length or CRC-32 was wrong */
    STAT_DISK_BYTES_READ, /* of the cache on disk */
    STAT_DISK_BYTES_WRITTEN,
    STAT_DISK_EVICTED,     /* bytes removed for want of room */
    STAT_DISK_DAMAGED,     /* bytes discarded as damaged */
    STAT_LIVE_CONNECTIONS, /* to machines of running tasks, open now */
    STAT_LIVE_CONNECTS,    /* that were made */
    STAT_LIVE_FAILURES,    /* that could not be made */
    STAT_LIVE_REQUESTS,    /* that were sent over them */
    STAT_LIVE_BYTES,       /* of the answers */
    STAT_COUNT,
};

struct stats {
    _Atomic uint64_t value[STAT_COUNT];
};

static inline void stats_add(struct stats *stats, enum counter which, uint64_t n)
{
    atomic_fetch_add_explicit(&stats->value[which], n, memory_order_relaxed);
}

static inline void stats_sub(struct stats *stats, enum counter which, uint64_t n)
{
    atomic_fetch_sub_explicit(&stats->value[which], n, memory_order_relaxed);
}

static inline uint64_t stats_get(const struct stats *stats, enum counter which)
{
    return atomic_load_explicit(&stats->value[which], memory_order_relaxed);
}

#endif
