/*
 * Frees the memory of entries that have left the cache. A thread that evicts an entry may hold any
 * lock; freeing (munmap for large blocks) and malloc_trim, which walks every heap, take too long
 * for that. So entries are pending until somebody frees them who holds no lock: a thread that is
 * about to allocate, which then finds warm memory, or else the reaper's own thread.
 */
#ifndef TASKFS_CACHE_REAPER_H
#define TASKFS_CACHE_REAPER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#define REAPER_BATCH (1024u * 1024) /* bytes: the thread is woken when so many are pending */

struct cache_entry;

/* Entries that are in no list of the cache and not found any more, chained by `chain`. */
struct reap_list {
    struct cache_entry *first, *last;
    size_t bytes; /* of the entries and what they hold */
};

struct reaper {
    pthread_mutex_t *lock; /* the cache's; guards what is not atomic */
    pthread_cond_t work;
    struct reap_list pending;
    int is_woken; /* the thread was signalled, and has not taken what is pending yet */
    int is_stopping;
    atomic_size_t freed; /* bytes, since malloc_trim was last called */
    size_t trim_after;   /* so many bytes are freed between two calls of it; fixed */
    pthread_t thread;
};

/* Starts the thread. Returns 0, or a negative errno of pthread_create(3). */
int reaper_start(struct reaper *reaper, pthread_mutex_t *lock, size_t trim_after);
/* Frees all that is pending and joins the thread. Without the lock. */
void reaper_stop(struct reaper *reaper);

/* With the lock held. Adds an entry, whose `data` may be NULL. */
void reaper_add(struct reaper *reaper, struct cache_entry *entry);
/* With the lock held. Takes what has been pending longest: about `bytes`, and few entries. */
struct reap_list reaper_take(struct reaper *reaper, size_t bytes);
/* Without any lock. Frees what was taken. */
void reaper_free(struct reaper *reaper, const struct reap_list *list);
/* With the lock held: whether reaper_wake must be called after unlocking. */
int reaper_must_wake(struct reaper *reaper);
/* With the lock held. Has the thread call malloc_trim soon. */
void reaper_trim(struct reaper *reaper);
/* With any lock of others held. */
void reaper_wake(struct reaper *reaper);

#endif
