#include "cache/reaper.h"

#include <sched.h>
#include <stdlib.h>

#include "base/lock.h"
#include "cache/cache.h"
#include "test.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct cache_entry *entry_of(size_t len)
{
    struct cache_entry *entry = calloc(1, sizeof(*entry));

    if (!entry)
        abort();
    entry->data = len ? calloc(1, len) : NULL;
    entry->len = len;
    return entry;
}

static size_t pending_bytes(const struct reaper *reaper)
{
    LOCKED(&lock);
    return reaper->pending.bytes;
}

/* Adds an entry as the cache does; returns whether the thread had to be woken. */
static int add(struct reaper *reaper, struct cache_entry *entry)
{
    int must_wake;

    pthread_mutex_lock(&lock);
    reaper_add(reaper, entry);
    must_wake = reaper_must_wake(reaper);
    pthread_mutex_unlock(&lock);
    if (must_wake)
        reaper_wake(reaper);
    return must_wake;
}

TEST(reaper_frees_when_much_is_pending)
{
    struct reaper reaper;
    const size_t cost = REAPER_BATCH / 4 + sizeof(struct cache_entry);

    CHECK_EQ(reaper_start(&reaper, &lock, SIZE_MAX), 0);
    for (int i = 0; i < 3; i++)
        CHECK(!add(&reaper, entry_of(REAPER_BATCH / 4)));
    CHECK_EQ(pending_bytes(&reaper), 3 * cost);
    CHECK(add(&reaper, entry_of(REAPER_BATCH / 4)));
    while (atomic_load(&reaper.freed) < 4 * cost)
        sched_yield();
    CHECK_EQ(pending_bytes(&reaper), 0);
    CHECK(!add(&reaper, entry_of(0))); /* is freed at the end */
    CHECK_EQ(pending_bytes(&reaper), sizeof(struct cache_entry));
    reaper_stop(&reaper);
    CHECK_EQ(atomic_load(&reaper.freed), 4 * cost + sizeof(struct cache_entry));
}

/* Whoever is about to allocate takes the oldest, about as much as it needs. */
TEST(reaper_gives_the_oldest)
{
    struct reaper reaper;
    struct cache_entry *entries[3];
    struct reap_list taken;

    CHECK_EQ(reaper_start(&reaper, &lock, SIZE_MAX), 0);
    for (int i = 0; i < 3; i++)
        add(&reaper, entries[i] = entry_of(1000));
    pthread_mutex_lock(&lock);
    taken = reaper_take(&reaper, 1001 + sizeof(struct cache_entry));
    pthread_mutex_unlock(&lock);
    CHECK(taken.first == entries[0] && taken.last == entries[1] && !entries[1]->chain);
    CHECK_EQ(taken.bytes, 2 * (1000 + sizeof(struct cache_entry)));
    reaper_free(&reaper, &taken);
    CHECK_EQ(pending_bytes(&reaper), 1000 + sizeof(struct cache_entry));
    CHECK_EQ(atomic_load(&reaper.freed), taken.bytes);
    reaper_stop(&reaper);
}

TEST(reaper_trims_after_so_much_was_freed)
{
    struct reaper reaper;

    CHECK_EQ(reaper_start(&reaper, &lock, 2 * REAPER_BATCH), 0);
    add(&reaper, entry_of(REAPER_BATCH));
    while (!atomic_load(&reaper.freed))
        sched_yield();
    add(&reaper, entry_of(REAPER_BATCH));
    while (atomic_load(&reaper.freed)) /* is counted from the trim on */
        sched_yield();
    reaper_stop(&reaper);
}
