#include "cache/reaper.h"

#include <limits.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/thread.h"
#include "cache/cache.h"

#define TAKE_MAX 32u /* entries that reaper_take takes */

static size_t entry_memory(const struct cache_entry *entry)
{
    return sizeof(*entry) + (entry->data ? entry->len : 0);
}

static void reap_list_add(struct reap_list *list, struct cache_entry *entry)
{
    entry->chain = NULL;
    if (list->last)
        list->last->chain = entry;
    else
        list->first = entry;
    list->last = entry;
    list->bytes += entry_memory(entry);
}

static struct reap_list reaper_take_some(struct reaper *reaper, size_t bytes, unsigned count)
{
    struct reap_list *pending = &reaper->pending, taken = {NULL, NULL, 0};

    while (pending->first && taken.bytes < bytes && count--) {
        struct cache_entry *entry = pending->first;

        pending->first = entry->chain;
        pending->bytes -= entry_memory(entry);
        reap_list_add(&taken, entry);
    }
    if (!pending->first)
        pending->last = NULL;
    return taken;
}

struct reap_list reaper_take(struct reaper *reaper, size_t bytes)
{
    return reaper_take_some(reaper, bytes, TAKE_MAX);
}

void reaper_add(struct reaper *reaper, struct cache_entry *entry)
{
    reap_list_add(&reaper->pending, entry);
}

static int reaper_wants_trim(const struct reaper *reaper)
{
    return atomic_load_explicit(&reaper->freed, memory_order_relaxed) >= reaper->trim_after;
}

void reaper_free(struct reaper *reaper, const struct reap_list *list)
{
    struct cache_entry *entry = list->first;
    unsigned count = 0;

    if (!entry)
        return;
    while (entry) {
        struct cache_entry *next = entry->chain;

        count++;
        free((void *)entry->data);
        free(entry);
        entry = next;
    }
    atomic_fetch_add_explicit(&reaper->freed, list->bytes, memory_order_relaxed);
    log_debug(LOG_CACHE, "%u entries evicted or discarded, %zu bytes freed", count, list->bytes);
}

int reaper_must_wake(struct reaper *reaper)
{
    if (reaper->is_woken || (reaper->pending.bytes < REAPER_BATCH && !reaper_wants_trim(reaper)))
        return 0;
    reaper->is_woken = 1;
    return 1;
}

void reaper_wake(struct reaper *reaper)
{
    pthread_cond_signal(&reaper->work);
}

void reaper_trim(struct reaper *reaper)
{
    atomic_store_explicit(&reaper->freed, reaper->trim_after, memory_order_relaxed);
    reaper->is_woken = 1;
    reaper_wake(reaper);
}

static void *reaper_thread(void *arg)
{
    struct reaper *reaper = arg;
    int is_stopping = 0;

    while (!is_stopping) {
        struct reap_list list;

        pthread_mutex_lock(reaper->lock);
        while (!reaper->is_woken && !reaper->is_stopping)
            pthread_cond_wait(&reaper->work, reaper->lock);
        reaper->is_woken = 0;
        is_stopping = reaper->is_stopping;
        list = reaper_take_some(reaper, SIZE_MAX, UINT_MAX);
        pthread_mutex_unlock(reaper->lock);
        reaper_free(reaper, &list);
        if (!reaper_wants_trim(reaper) || is_stopping)
            continue;
        /* By itself malloc gives back only what lies at the end of a heap, and entries lie all over
         * it. */
        atomic_store_explicit(&reaper->freed, 0, memory_order_relaxed);
        malloc_trim(0);
    }
    return NULL;
}

int reaper_start(struct reaper *reaper, pthread_mutex_t *lock, size_t trim_after)
{
    reaper->lock = lock;
    pthread_cond_init(&reaper->work, NULL);
    reaper->pending = (struct reap_list){NULL, NULL, 0};
    reaper->is_woken = reaper->is_stopping = 0;
    atomic_init(&reaper->freed, 0);
    reaper->trim_after = trim_after;
    return thread_start(&reaper->thread, reaper_thread, reaper);
}

void reaper_stop(struct reaper *reaper)
{
    pthread_mutex_lock(reaper->lock);
    reaper->is_stopping = 1;
    pthread_mutex_unlock(reaper->lock);
    reaper_wake(reaper);
    pthread_join(reaper->thread, NULL);
    pthread_cond_destroy(&reaper->work);
}
