/* What readers have used up: found while it is there, evicted first, and few of it kept. */
#include <stdlib.h>

#include "cache/cache.h"
#include "test.h"

#define KIB   1024u
#define COST  (KIB + sizeof(struct cache_entry)) /* of an entry of 1 KiB */
#define SHARE 32                                 /* of the budget goes to what was used up */

static struct stats stats;
static struct cache_owner owner;

static struct cache *make(size_t entries)
{
    memset(&stats, 0, sizeof(stats));
    cache_owner_init(&owner);
    return cache_create(entries * COST, &stats);
}

static struct cache_entry *put(struct cache *cache, uint64_t index)
{
    uint8_t *bytes = malloc(KIB);

    if (!bytes)
        abort();
    memset(bytes, (int)index, KIB);
    return cache_put(cache, &owner, index, bytes, KIB);
}

static void put_as(struct cache *cache, uint64_t index, enum cache_use use)
{
    cache_unpin(cache, put(cache, index), use);
}

/* How many of the entries first .. last are there. */
static unsigned count(struct cache *cache, uint64_t first, uint64_t last)
{
    unsigned n = 0;

    for (uint64_t i = first; i <= last; i++)
        n += cache_has(cache, &owner, i) != 0;
    return n;
}

#define BYTES stats_get(&stats, STAT_CACHE_BYTES)

TEST(cache_done_is_found_while_it_is_there)
{
    struct cache *cache = make(2 * SHARE);
    struct cache_entry *entry;

    put_as(cache, 0, CACHE_DONE);
    CHECK(cache_has(cache, &owner, 0));
    entry = cache_get(cache, &owner, 0);
    CHECK(entry && entry->data[KIB - 1] == 0 && entry->len == KIB);
    cache_unpin(cache, entry, CACHE_DONE);
    CHECK_EQ(BYTES, COST);
    CHECK(put(cache, 0) == entry); /* nor is it made a second time */
    cache_unpin(cache, entry, CACHE_DONE);
    CHECK_EQ(BYTES, COST);
    cache_destroy(cache);
}

/* Though there is room. */
TEST(cache_done_only_a_share_is_kept)
{
    struct cache *cache = make(4 * SHARE);

    for (uint64_t i = 0; i < 20; i++) {
        put_as(cache, i, CACHE_DONE);
        CHECK_EQ(count(cache, 0, i), i < 4 ? i + 1 : 4);
        CHECK(cache_has(cache, &owner, i));
    }
    CHECK_EQ(count(cache, 16, 19), 4); /* the oldest went */
    CHECK_EQ(BYTES, 4 * COST);
    for (uint64_t i = 100; i < 180; i++)
        put_as(cache, i, CACHE_KEEP);
    CHECK_EQ(count(cache, 16, 19), 4); /* others have their own room */
    CHECK_EQ(count(cache, 100, 179), 80);
    cache_destroy(cache);
}

TEST(cache_done_without_a_share_goes_at_once)
{
    struct cache *cache = make(SHARE - 1);

    put_as(cache, 0, CACHE_DONE);
    CHECK(!cache_has(cache, &owner, 0));
    CHECK_EQ(BYTES, 0);
    put_as(cache, 0, CACHE_KEEP);
    CHECK(cache_has(cache, &owner, 0));
    cache_destroy(cache);
}

TEST(cache_done_goes_before_what_is_older)
{
    struct cache *cache = make(2 * SHARE);

    for (uint64_t i = 0; i < 2 * SHARE - 2; i++)
        put_as(cache, i, CACHE_KEEP);
    put_as(cache, 100, CACHE_DONE);
    put_as(cache, 101, CACHE_DONE);
    CHECK_EQ(BYTES, cache_budget(cache));
    put_as(cache, 200, CACHE_KEEP);
    CHECK(!cache_has(cache, &owner, 100) && cache_has(cache, &owner, 101));
    put_as(cache, 201, CACHE_KEEP);
    CHECK(!cache_has(cache, &owner, 101));
    CHECK_EQ(count(cache, 0, 2 * SHARE - 3), 2 * SHARE - 2);
    put_as(cache, 202, CACHE_KEEP); /* none of them is left: now the oldest */
    CHECK(!cache_has(cache, &owner, 0));
    cache_destroy(cache);
}

/* The last word counts. */
TEST(cache_done_and_wanted_again)
{
    struct cache *cache = make(2 * SHARE);

    put_as(cache, 0, CACHE_DONE);
    cache_unpin(cache, cache_get(cache, &owner, 0), CACHE_KEEP);
    put_as(cache, 1, CACHE_KEEP);
    cache_unpin(cache, cache_get(cache, &owner, 1), CACHE_DONE);
    for (uint64_t i = 10; i < 13; i++)
        put_as(cache, i, CACHE_DONE); /* push out what was done, two are kept */
    CHECK(cache_has(cache, &owner, 0) && !cache_has(cache, &owner, 1));
    CHECK_EQ(BYTES, 3 * COST);
    cache_destroy(cache);
}

/* Of two pins the last one's word. */
TEST(cache_done_with_two_pins)
{
    struct cache *cache = make(2 * SHARE);
    struct cache_entry *entry = put(cache, 0);

    CHECK(cache_get(cache, &owner, 0) == entry);
    cache_unpin(cache, entry, CACHE_DONE);
    for (uint64_t i = 10; i < 30; i++)
        put_as(cache, i, CACHE_DONE);
    CHECK(cache_has(cache, &owner, 0)); /* is pinned still */
    cache_unpin(cache, entry, CACHE_KEEP);
    for (uint64_t i = 10; i < 30; i++)
        put_as(cache, i, CACHE_DONE);
    CHECK(cache_has(cache, &owner, 0));
    cache_destroy(cache);
}

/* What is pinned takes none of the share. */
TEST(cache_done_and_pinned)
{
    struct cache *cache = make(2 * SHARE);
    struct cache_entry *entries[10];

    for (uint64_t i = 0; i < 10; i++)
        entries[i] = put(cache, i);
    put_as(cache, 20, CACHE_DONE);
    put_as(cache, 21, CACHE_DONE);
    for (uint64_t i = 0; i < 10; i++) {
        cache_unpin(cache, entries[i], CACHE_DONE);
        CHECK_EQ(count(cache, 20, 21), i < 2 ? 1 - i : 0);
    }
    CHECK_EQ(count(cache, 0, 9), 2);
    CHECK_EQ(BYTES, 2 * COST);
    cache_destroy(cache);
}

/* The share is counted right after whatever became of what was done. */
TEST(cache_done_is_accounted)
{
    struct cache *cache = make(4 * SHARE);
    struct cache_entry *entry;

    for (int run = 0; run < 5; run++) {
        for (uint64_t i = 0; i < 4; i++)
            put_as(cache, i, CACHE_DONE);
        CHECK_EQ(count(cache, 0, 3), 4);
        switch (run) {
        case 0: /* discarded */
            cache_discard_all(cache, &owner);
            break;
        case 1: /* discarded with a pin */
            entry = cache_get(cache, &owner, 2);
            cache_discard_all(cache, &owner);
            CHECK(!cache_has(cache, &owner, 2));
            CHECK_EQ(BYTES, COST);
            cache_unpin(cache, entry, CACHE_DONE);
            break;
        case 2: /* evicted for others */
            for (uint64_t i = 100; i < 100 + 4 * SHARE; i++)
                put_as(cache, i, CACHE_KEEP);
            CHECK_EQ(count(cache, 0, 3), 0);
            CHECK_EQ(BYTES, cache_budget(cache));
            cache_discard_all(cache, &owner);
            break;
        case 3: /* kept after all, then discarded */
            for (uint64_t i = 0; i < 4; i++)
                cache_unpin(cache, cache_get(cache, &owner, i), CACHE_KEEP);
            cache_discard_all(cache, &owner);
            break;
        default: /* pushed out by more of them */
            for (uint64_t i = 10; i < 14; i++)
                put_as(cache, i, CACHE_DONE);
            CHECK_EQ(count(cache, 0, 3), 0);
            cache_discard_all(cache, &owner);
        }
        CHECK_EQ(count(cache, 0, 63), 0);
        CHECK_EQ(BYTES, 0);
    }
    cache_destroy(cache);
}

/* A checkpoint is costly, whoever has used it. */
TEST(cache_done_is_not_for_costly_ones)
{
    struct cache *cache = make(2 * SHARE);

    for (uint64_t i = 0; i < 5; i++) {
        uint8_t *bytes = calloc(1, KIB);

        CHECK(bytes && !cache_put_costly(cache, &owner, i, bytes, KIB));
        cache_unpin(cache, cache_get(cache, &owner, i), CACHE_DONE);
    }
    for (uint64_t i = 10; i < 30; i++)
        put_as(cache, i, CACHE_DONE);
    CHECK_EQ(count(cache, 0, 4), 5);
    CHECK_EQ(count(cache, 10, 29), 2);
    cache_destroy(cache);
}
