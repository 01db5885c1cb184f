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
    pthread_mutex_t lock;     /* guards what follows; no file is touched with it held */
    struct segments segments; /* what is there, as far as is known */
    int is_recorded;          /* it has, or had, a record with this stamp */
    uint64_t stamp;
    pthread_mutex_t removal; /* guards the rest, while versions are being removed */
    char removing[20];
    int keeps_own;
};

/* What an object's record says. */
struct disk_object_record {
    char *path, *task, *etag;
    uint64_t kind, size, stamp;
};

/* Reads the record of the object whose path has this hash. Returns 0 with *record, to be given to
 * disk_object_record_free; or -ENOENT when there is none that is right, -EINVAL when it does not
 * say what it must, or there is no memory. */
int disk_object_record_read(struct disk *disk, const char *account, uint64_t hash,
                            struct disk_object_record *record);
void disk_object_record_free(struct disk_object_record *record);
/* The hash of a version, by that of the object's path. */
uint64_t disk_version_hash(uint64_t path, const struct disk_version *version);

/* The path of a file of the version, DISK_PATH_MAX bytes. */
void disk_version_path(const struct disk_object *object, const char *file, char *path);
/* Writes the object's record anew if another program has removed it, as nothing could be found
 * without it. */
void disk_object_restore_record(struct disk_object *object);
/* Looks at a segment's file, and notes in memory which of its slots are there. */
void disk_segment_load(struct disk_object *object, uint32_t stream, uint32_t index);

#endif
