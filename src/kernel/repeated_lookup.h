/*
 * A lookup that fails is asked for twice where the kernel had the name: it takes any error of a
 * revalidation, but ENOMEM and EINTR, to mean that the name is no more, and looks it up anew at once
 * (fuse_dentry_revalidate in Linux). The second would wait for the service as long as the first did, and
 * ask it as often. It gets the first one's error.
 */
#ifndef TASKFS_KERNEL_REPEATED_LOOKUP_H
#define TASKFS_KERNEL_REPEATED_LOOKUP_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#define REPEATS   16
#define REPEAT_MS 20 /* after the first was answered; the kernel takes microseconds */

struct repeat {
    uint64_t parent;
    pid_t caller;
    char name[256];
    int error; /* 0: not to be expected, or taken */
    int64_t at;
};

struct repeats {
    pthread_mutex_t lock; /* a leaf */
    struct repeat entries[REPEATS];
    unsigned next;
};

void repeats_init(struct repeats *repeats);
void repeats_free(struct repeats *repeats);
/* A lookup of the thread `caller` is about to be answered with `error`, an errno, at `now` (ms of
 * clock_ms). Any thread. */
void repeats_expect(struct repeats *repeats, uint64_t parent, const char *name, pid_t caller,
                    int error, int64_t now);
/* The error that this lookup is to be answered with, as it repeats another; 0 it does not. Any thread. */
int repeats_take(struct repeats *repeats, uint64_t parent, const char *name, pid_t caller,
                 int64_t now);

#endif
