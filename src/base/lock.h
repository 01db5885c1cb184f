/* A mutex held to the end of the scope: `LOCKED(&cache->lock);`. Unlocks on every way out. */
#ifndef TASKFS_BASE_LOCK_H
#define TASKFS_BASE_LOCK_H

#include <pthread.h>

static inline pthread_mutex_t *lock_scoped(pthread_mutex_t *mutex)
{
    pthread_mutex_lock(mutex);
    return mutex;
}

static inline void unlock_scoped(pthread_mutex_t **mutex)
{
    pthread_mutex_unlock(*mutex);
}

#define LOCKED(mutex) \
    __attribute__((cleanup(unlock_scoped), unused)) pthread_mutex_t *scope_lock = lock_scoped(mutex)

#endif
