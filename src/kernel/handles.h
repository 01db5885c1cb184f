/*
 * What the kernel has open. A handle is closed by the kernel's release, or, for those that it never
 * releases, when the mount ends.
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
/* Takes it out and closes it. */
void handle_close(struct handles *handles, struct handle *handle);
/* Closes all that are left, once the kernel has gone. */
void handles_close_all(struct handles *handles);

#endif
