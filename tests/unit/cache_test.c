#include "cache/cache.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "test.h"

#define KIB 1024u
/* What an entry costs beside its bytes. */
#define OVERHEAD sizeof(struct cache_entry)

static struct cache_owner owners[4];

static struct cache *make(size_t budget, struct stats *stats)
{
    for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++)
        cache_owner_init(&owners[i]);
    return cache_create(budget, stats);
}

static uint8_t *bytes_of(size_t n, uint8_t value)
{
    uint8_t *bytes = malloc(n);

    if (!bytes)
        abort();
    memset(bytes, value, n);
    return bytes;
}

static struct cache_entry *put(struct cache *cache, unsigned owner, uint64_t index, size_t n)
{
    return cache_put(cache, &owners[owner], index, bytes_of(n, (uint8_t)index), n);
}

static void put_and_go(struct cache *cache, unsigned owner, uint64_t index, size_t n)
{
    cache_unpin(cache, put(cache, owner, index, n), CACHE_KEEP);
}

/* Which of the entries 0 .. 63 are there, a bit each. */
static uint64_t there(struct cache *cache, unsigned owner)
{
    uint64_t bits = 0;

    for (uint64_t i = 0; i < 64; i++)
        if (cache_has(cache, &owners[owner], i))
            bits |= UINT64_C(1) << i;
    return bits;
}

TEST(cache_gives_what_was_put)
{
    struct stats stats = {0};
    struct cache *cache = make(1000 * KIB, &stats);
    struct cache_entry *entry, *same;

    CHECK_EQ(cache_budget(cache), 1000 * KIB);
    CHECK(!cache_get(cache, &owners[0], 7));
    entry = put(cache, 0, 7, 100);
    CHECK(entry && entry->len == 100 && entry->data[99] == 7);
    CHECK(!cache_get(cache, &owners[0], 8));
    CHECK(!cache_get(cache, &owners[1], 7));
    same = cache_get(cache, &owners[0], 7);
    CHECK(same == entry);
    CHECK_EQ(stats_get(&stats, STAT_CACHE_HITS), 1);
    CHECK_EQ(stats_get(&stats, STAT_CACHE_MISSES), 3);
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), 100 + OVERHEAD);
    cache_unpin(cache, entry, CACHE_KEEP);
    cache_unpin(cache, same, CACHE_KEEP);
    CHECK(cache_has(cache, &owners[0], 7));
    cache_destroy(cache);
}

TEST(cache_put_of_what_is_there_gives_the_first)
{
    struct stats stats = {0};
    struct cache *cache = make(1000 * KIB, &stats);
    struct cache_entry *first = cache_put(cache, &owners[1], 1, bytes_of(10, 'a'), 10);
    struct cache_entry *second = cache_put(cache, &owners[1], 1, bytes_of(20, 'b'), 20);

    CHECK(first == second && first->len == 10 && first->data[0] == 'a');
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), 10 + OVERHEAD);
    cache_unpin(cache, first, CACHE_KEEP);
    cache_unpin(cache, second, CACHE_KEEP);
    cache_destroy(cache);
}

TEST(cache_evicts_the_least_recently_used)
{
    struct stats stats = {0};
    struct cache *cache = make(4 * (KIB + OVERHEAD), &stats);

    for (uint64_t i = 0; i < 4; i++)
        put_and_go(cache, 1, i, KIB);
    CHECK_EQ(there(cache, 1), 0xf);
    cache_unpin(cache, cache_get(cache, &owners[1], 0), CACHE_KEEP); /* 1 is the oldest now */
    put_and_go(cache, 1, 4, KIB);
    CHECK_EQ(there(cache, 1), 0x1d);
    put_and_go(cache, 1, 5, 2 * KIB); /* two have to go */
    CHECK_EQ(there(cache, 1), 0x31);
    CHECK(stats_get(&stats, STAT_CACHE_BYTES) <= cache_budget(cache));
    CHECK(!cache_has(cache, &owners[1], 3)); /* asking whether is no use */
    cache_destroy(cache);
}

TEST(cache_evicts_first_what_is_done)
{
    struct stats stats = {0};
    struct cache *cache = make(4 * (KIB + OVERHEAD), &stats);

    for (uint64_t i = 0; i < 3; i++)
        put_and_go(cache, 1, i, KIB);
    cache_unpin(cache, put(cache, 1, 3, KIB), CACHE_DONE);
    put_and_go(cache, 1, 4, KIB);
    CHECK_EQ(there(cache, 1), 0x17);
    cache_unpin(cache, cache_get(cache, &owners[1], 2), CACHE_DONE);
    put_and_go(cache, 1, 5, KIB);
    CHECK_EQ(there(cache, 1), 0x33);
    cache_destroy(cache);
}

TEST(cache_pinned_entries_stay)
{
    struct stats stats = {0};
    struct cache *cache = make(2 * (KIB + OVERHEAD), &stats);
    struct cache_entry *entries[6];

    for (uint64_t i = 0; i < 6; i++)
        entries[i] = put(cache, 1, i, KIB);
    CHECK_EQ(there(cache, 1), 0x3f);
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), 6 * (KIB + OVERHEAD));
    for (uint64_t i = 0; i < 6; i++) {
        CHECK(entries[i]->data[KIB - 1] == i);
        cache_unpin(cache, entries[i], CACHE_KEEP); /* over the budget: goes at once */
    }
    CHECK_EQ(there(cache, 1), 0x30);
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), 2 * (KIB + OVERHEAD));
    cache_destroy(cache);
}

TEST(cache_entry_with_two_pins)
{
    struct stats stats = {0};
    struct cache *cache = make(KIB + OVERHEAD, &stats);
    struct cache_entry *entry = put(cache, 1, 0, KIB);

    CHECK(cache_get(cache, &owners[1], 0) == entry);
    cache_unpin(cache, entry, CACHE_KEEP);
    put_and_go(cache, 1, 1, KIB); /* finds no room but itself */
    CHECK_EQ(there(cache, 1), 1);
    cache_unpin(cache, entry, CACHE_KEEP);
    CHECK_EQ(there(cache, 1), 1);
    cache_destroy(cache);
}

TEST(cache_entry_larger_than_the_budget)
{
    struct stats stats = {0};
    struct cache *cache = make(KIB, &stats);
    struct cache_entry *entry = put(cache, 1, 0, 10 * KIB);

    CHECK(entry && entry->len == 10 * KIB);
    CHECK(cache_has(cache, &owners[1], 0));
    cache_unpin(cache, entry, CACHE_KEEP);
    CHECK(!cache_has(cache, &owners[1], 0));
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), 0);
    cache_destroy(cache);
}

TEST(cache_discards)
{
    struct stats stats = {0};
    struct cache *cache = make(1000 * KIB, &stats);

    for (uint64_t i = 0; i < 10; i++) {
        put_and_go(cache, 1, i, 10);
        put_and_go(cache, 2, i, 10);
    }
    cache_discard(cache, &owners[1], 3, 5);
    CHECK_EQ(there(cache, 1), 0x3c7);
    CHECK_EQ(there(cache, 2), 0x3ff);
    cache_discard(cache, &owners[1], 9, UINT64_MAX);
    CHECK_EQ(there(cache, 1), 0x1c7);
    cache_discard_all(cache, &owners[1]);
    cache_discard_all(cache, &owners[3]);
    CHECK_EQ(there(cache, 1), 0);
    CHECK_EQ(there(cache, 2), 0x3ff);
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), 10 * (10 + OVERHEAD));
    cache_destroy(cache);
}

TEST(cache_discards_what_is_pinned)
{
    struct stats stats = {0};
    struct cache *cache = make(1000 * KIB, &stats);
    struct cache_entry *old = cache_put(cache, &owners[1], 0, bytes_of(10, 'o'), 10), *fresh;

    cache_discard(cache, &owners[1], 0, 0);
    CHECK(!cache_has(cache, &owners[1], 0));
    CHECK(!cache_get(cache, &owners[1], 0));
    CHECK_EQ(old->data[9], 'o'); /* lives on */
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), 10 + OVERHEAD);
    fresh = cache_put(cache, &owners[1], 0, bytes_of(10, 'n'), 10);
    CHECK(fresh != old && fresh->data[0] == 'n');
    cache_unpin(cache, old, CACHE_KEEP);
    CHECK(cache_has(cache, &owners[1], 0)); /* the new one is not touched by the old one's end */
    cache_unpin(cache, fresh, CACHE_KEEP);
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), 10 + OVERHEAD);
    cache_destroy(cache);
}

/* Both ways of looking: at the indices of a short range, and at the entries of a long one. */
TEST(cache_discards_ranges)
{
    static const struct {
        uint64_t first, last, left;
    } cases[] = {
        {0, 0, 0xffffffffe},
        {10, 14, 0xfffff83ff},
        {35, 35, 0x7ffffffff},
        {35, UINT64_MAX, 0x7ffffffff},
        {1, UINT64_MAX, 1},
        {0, UINT64_MAX, 0},
        {36, 70, 0xfffffffff},
        {36, UINT64_MAX, 0xfffffffff},
        {UINT64_MAX, UINT64_MAX, 0xfffffffff},
        {UINT64_MAX - 3, UINT64_MAX, 0xfffffffff},
        {5, 50, 0x1f},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stats stats = {0};
        struct cache *cache = make(1000 * KIB, &stats);

        for (uint64_t index = 0; index < 36; index++) {
            put_and_go(cache, 1, index, 10);
            put_and_go(cache, 2, index, 10);
        }
        cache_discard(cache, &owners[1], cases[i].first, cases[i].last);
        CHECK_EQ(there(cache, 1), cases[i].left);
        CHECK_EQ(there(cache, 2), 0xfffffffff);
        cache_destroy(cache);
    }
}

/* More than are discarded or evicted under the lock at once. */
TEST(cache_discards_and_evicts_in_batches)
{
    struct stats stats = {0};
    const unsigned count = 3 * CACHE_BATCH + 1;
    struct cache *cache = make(2 * count * (8 + OVERHEAD), &stats);

    for (uint64_t i = 0; i < count; i++) {
        put_and_go(cache, 1, i, 8);
        put_and_go(cache, 2, i, 8);
    }
    cache_discard(cache, &owners[1], 1, count - 1);
    CHECK_EQ(there(cache, 1), 1);
    cache_discard_all(cache, &owners[2]);
    CHECK_EQ(there(cache, 2), 0);
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), 8 + OVERHEAD);
    for (uint64_t i = 0; i < count; i++)
        put_and_go(cache, 2, i, 8);
    cache_charge(cache, cache_budget(cache)); /* all but an eighth of the budget has to go */
    CHECK(stats_get(&stats, STAT_CACHE_BYTES) <= cache_budget(cache) / 8 * 9);
    CHECK(cache_has(cache, &owners[2], count - 1));
    cache_discharge(cache, cache_budget(cache));
    cache_destroy(cache);
}

/* Discarding costs an owner's own entries, whatever else is cached. */
TEST(cache_discard_costs_its_own_entries)
{
    struct stats stats = {0};
    struct cache *cache = make(100000 * KIB, &stats);
    int64_t began;

    for (uint64_t i = 0; i < 100000; i++)
        put_and_go(cache, 2, i, 8);
    began = clock_ms();
    for (uint64_t i = 0; i < 20000; i++) {
        put_and_go(cache, 1, i, 8);
        cache_discard_all(cache, &owners[1]);
        cache_discard(cache, &owners[2], 200000, 200003);
        cache_discard(cache, &owners[3], 0, UINT64_MAX);
    }
    CHECK(clock_ms() - began < 10000); /* some ms; a walk over the cache each time takes minutes */
    cache_destroy(cache);
}

/* Memory that is kept for reuse and given back must not be reused: ASan would tell. */
TEST(cache_trim_gives_back_what_is_kept)
{
    struct stats stats = {0};
    struct cache *cache = make(64 * 1024 * KIB, &stats);

    for (int turn = 0; turn < 2; turn++) {
        for (uint64_t i = 0; i < 8; i++) {
            size_t n = i % 2 ? CACHE_SPARE : CACHE_SPARE_SMALL;
            uint8_t *bytes = cache_alloc(cache, n);

            memset(bytes, (int)i, n);
            cache_unpin(cache, cache_put(cache, &owners[0], i, bytes, n), CACHE_KEEP);
        }
        CHECK_EQ(there(cache, 0), 0xff);
        cache_discard_all(cache, &owners[0]);
        cache_trim(cache);
        CHECK_EQ(there(cache, 0), 0);
    }
    cache_destroy(cache);
}

TEST(cache_charges_of_others)
{
    struct stats stats = {0};
    struct cache *cache = make(10 * (KIB + OVERHEAD), &stats);

    for (uint64_t i = 0; i < 10; i++)
        put_and_go(cache, 1, i, KIB);
    cache_charge(cache, 3 * (KIB + OVERHEAD));
    CHECK_EQ(there(cache, 1), 0x3f8);
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), cache_budget(cache));
    cache_charge(cache, 20 * (KIB + OVERHEAD)); /* more than there is: an eighth stays */
    CHECK_EQ(there(cache, 1), 0x200);
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), 24 * (KIB + OVERHEAD));
    put_and_go(cache, 1, 0, KIB);
    CHECK_EQ(there(cache, 1), 1); /* what came last */
    cache_discharge(cache, 23 * (KIB + OVERHEAD));
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), KIB + OVERHEAD);
    put_and_go(cache, 1, 1, KIB);
    CHECK_EQ(there(cache, 1), 3);
    cache_destroy(cache);
}

/* Entries whose numbers are alike do not hide each other. */
TEST(cache_many_entries)
{
    struct stats stats = {0};
    struct cache *cache = make(100000 * KIB, &stats);
    const uint64_t count = 100000;

    for (uint64_t i = 0; i < count; i++)
        put_and_go(cache, 1 + (unsigned)(i % 3), i << (i % 2 ? 32 : 0), 8);
    for (uint64_t i = 0; i < count; i++) {
        struct cache_entry *entry = cache_get(cache, &owners[1 + i % 3], i << (i % 2 ? 32 : 0));

        CHECK(entry);
        CHECK_EQ(entry->data[0], (uint8_t)(i << (i % 2 ? 32 : 0)));
        cache_unpin(cache, entry, CACHE_KEEP);
    }
    CHECK_EQ(stats_get(&stats, STAT_CACHE_BYTES), count * (8 + OVERHEAD));
    cache_destroy(cache);
}

static void *use_cache(void *arg)
{
    struct cache *cache = arg;
    uint32_t random = (uint32_t)(uintptr_t)&random | 1;

    for (int i = 0; i < 4000; i++) {
        struct cache_entry *entry;
        uint64_t index;

        random = (uint32_t)((uint64_t)random * 48271 % 2147483647);
        index = random % 40;
        entry = cache_get(cache, &owners[1], index);
        if (!entry)
            entry = put(cache, 1, index, KIB);
        if (entry->len != KIB || entry->data[0] != index || entry->data[KIB - 1] != index)
            return arg;
        cache_unpin(cache, entry, i % 5 ? CACHE_KEEP : CACHE_DONE);
        if (i % 500 == 0)
            cache_discard(cache, &owners[1], 10, 20);
    }
    return NULL;
}

TEST(cache_from_threads)
{
    struct stats stats = {0};
    struct cache *cache = make(20 * (KIB + OVERHEAD), &stats);
    pthread_t threads[3];
    void *wrong = NULL;

    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, use_cache, cache);
    for (int i = 0; i < 3; i++) {
        void *result;

        pthread_join(threads[i], &result);
        if (result)
            wrong = result;
    }
    CHECK(!wrong);
    CHECK(stats_get(&stats, STAT_CACHE_BYTES) <= cache_budget(cache));
    cache_destroy(cache);
}
