/* Starting threads. Signals are left to the main thread, which serves the mount. */
#ifndef TASKFS_BASE_THREAD_H
#define TASKFS_BASE_THREAD_H

#include <pthread.h>

/* Starts a thread that blocks all signals. Returns 0, or a negative errno of pthread_create(3). Any
 * lock may be held. */
int thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

#endif
