/*
 * What the kernel has open. A handle is closed when the kernel releases it; those that it never
 * releases are closed when the mount ends.
 */
#ifndef TASKFS_KERNEL_HANDLES_H
#define TASKFS_KERNEL_HANDLES_H

#include <pthread.h>
#include <stdint.h>

#include "base/list.h"

struct handle {
    struct list link;
    void (*close)(struct handle *handle); /* frees it */
};

struct handles {
    pthread_mutex_t lock; /* a leaf */
    struct list open;
};

void handles_init(struct handles *handles);
void handle_open(struct handles *handles, struct handle *handle);
/* Unregisters the handle and closes it. */
void handle_close(struct handles *handles, struct handle *handle);
/* Closes all that are still registered, after the unmount. */
void handles_close_all(struct handles *handles);

#endif
