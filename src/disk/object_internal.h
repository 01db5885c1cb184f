/* What object.c and slots.c share. */
#ifndef TASKFS_DISK_OBJECT_INTERNAL_H
#define TASKFS_DISK_OBJECT_INTERNAL_H

#include <pthread.h>

#include "base/refcount.h"
#include "disk/object.h"
#include "disk/segments.h"

struct disk_object {
    struct refcount refs;
    /* Fixed: */
    struct disk *disk;
    const char *account; /* its folder; of the disk */
    char *path, *task;
    unsigned kind;
    struct disk_version version;
    uint64_t path_hash, version_hash;
    pthread_mutex_t lock;     /* guards `segments`; no file is touched with it held */
    struct segments segments; /* what is there, as far as is known */
    pthread_mutex_t removal;  /* guards what follows, while versions are being removed */
    char removing[20];
    int keeps_own;
};

/* The path of a file of the version, DISK_PATH_MAX bytes. */
void disk_version_path(const struct disk_object *object, const char *file, char *path);
/* Looks at a segment's file, and notes in memory which of its slots are there. */
void disk_segment_load(struct disk_object *object, uint32_t stream, uint32_t index);

#endif
