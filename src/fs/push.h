/* Pushes the content of small files into the kernel's page cache ahead of their readers
 * (archive/push_ahead.h), on the notifier's threads. */
#ifndef TASKFS_FS_PUSH_H
#define TASKFS_FS_PUSH_H

#include <pthread.h>

#include "archive/archive.h"

struct notify;
struct stats;

struct pusher {
    struct archive_pusher archives; /* what archives are given */
    struct stats *stats;
    pthread_mutex_t lock;  /* a leaf but for the notifier's */
    struct notify *notify; /* guarded by it; NULL: nothing is pushed */
};

void pusher_init(struct pusher *pusher, struct stats *stats);
/* From now on content is pushed through `notify`; with NULL no longer, and no call of ours is in
 * `notify` when this returns but by its own threads. */
void pusher_use(struct pusher *pusher, struct notify *notify);
void pusher_free(struct pusher *pusher);

#endif
