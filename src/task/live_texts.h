/*
 * What the texts of files on running machines take, of all tasks together. Beyond a ceiling, those
 * that were looked at longest ago are dropped: who has such a file open is served from a new fetch.
 */
#ifndef TASKFS_TASK_LIVE_TEXTS_H
#define TASKFS_TASK_LIVE_TEXTS_H

#include <pthread.h>
#include <stddef.h>

#include "base/list.h"

struct live_file;
struct tasks;

struct live_texts {
    pthread_mutex_t lock; /* a leaf: nothing is called with it held */
    size_t most;          /* bytes; fixed. One text may be longer than it */
    struct list files;    /* struct live_file with a text, looked at longest ago first */
    size_t bytes;         /* of all of them */
};

/* `most` in bytes. */
void live_texts_init(struct live_texts *texts, size_t most);
void live_texts_destroy(struct live_texts *texts);

/* The file's text, which took `before` bytes, takes `bytes` now. With the lock of its task's live
 * files held. */
void live_texts_note(struct live_texts *texts, struct live_file *file, size_t before, size_t bytes);
/* The file is looked at. With the same lock held. */
void live_texts_touch(struct live_texts *texts, struct live_file *file);
/* Drops texts until the ceiling is kept. Called without a lock. */
void live_texts_trim(struct tasks *tasks);

#endif
