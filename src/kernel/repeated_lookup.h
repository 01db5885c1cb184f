/*
 * When the kernel revalidates a name and gets an error other than ENOMEM and EINTR, it takes the
 * name for gone and looks it up again at once (fuse_dentry_revalidate in Linux). The second lookup
 * would wait for the service as long as the first, and repeat its requests; it is answered with the
 * first one's error instead.
 */
#ifndef TASKFS_KERNEL_REPEATED_LOOKUP_H
#define TASKFS_KERNEL_REPEATED_LOOKUP_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#define REPEATED_LOOKUPS   16
#define REPEATED_LOOKUP_MS 20 /* after the first answer; the kernel takes microseconds */

struct repeated_lookup {
    uint64_t parent;
    pid_t caller;
    char name[256];
    int error; /* 0: no repetition is expected */
    int64_t at;
};

struct repeated_lookups {
    pthread_mutex_t lock; /* a leaf */
    struct repeated_lookup entries[REPEATED_LOOKUPS];
    unsigned next;
};

void repeated_lookups_init(struct repeated_lookups *lookups);
void repeated_lookups_free(struct repeated_lookups *lookups);
/* A lookup by the thread `caller` is about to be answered with `error`, an errno, at `now`
 * (clock_ms). Any thread. */
void repeated_lookups_expect(struct repeated_lookups *lookups, uint64_t parent, const char *name,
                             pid_t caller, int error, int64_t now);
/* The error to answer this lookup with because it repeats another; 0 when it does not. Any
 * thread. */
int repeated_lookups_take(struct repeated_lookups *lookups, uint64_t parent, const char *name,
                          pid_t caller, int64_t now);

#endif
