#include "disk/object.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/refcount.h"
#include "disk/internal.h"
#include "disk/object_internal.h"

/* ---- names ---- */

uint64_t disk_version_hash(uint64_t path, const struct disk_version *version)
{
    char size[24];

    snprintf(size, sizeof(size), "%" PRIu64, version->size);
    return disk_hash(disk_hash(path, size), version->etag);
}

/* The folder of the object, and a file in it. */
static void object_path(const char *account, uint64_t hash, const char *file, char *path)
{
    snprintf(path, DISK_PATH_MAX, "%s/objects/%016" PRIx64 "/%s", account, hash, file);
}

void disk_version_path(const struct disk_object *object, const char *file, char *path)
{
    snprintf(path, DISK_PATH_MAX, "%s/objects/%016" PRIx64 "/%016" PRIx64 "/%s", object->account,
             object->path_hash, object->version_hash, file);
}

/* ---- the record ---- */

void disk_object_record_free(struct disk_object_record *record)
{
    free(record->path);
    free(record->task);
    free(record->etag);
}

static int record_decode(const uint8_t *payload, size_t len, struct disk_object_record *record)
{
    struct disk_reader reader = {.at = payload, .end = payload + len};

    *record = (struct disk_object_record){0};
    record->path = disk_get_string(&reader, DISK_PATH_LEN);
    record->task = disk_get_string(&reader, DISK_TASK_LEN);
    record->kind = disk_get_number(&reader);
    record->size = disk_get_number(&reader);
    record->etag = disk_get_string(&reader, DISK_ETAG_MAX - 1);
    record->stamp = disk_get_number(&reader);
    if (!reader.is_bad)
        return 0;
    disk_object_record_free(record);
    return -EINVAL;
}

int disk_object_record_read(struct disk *disk, const char *account, uint64_t hash,
                            struct disk_object_record *record)
{
    char path[DISK_PATH_MAX];
    size_t len;
    uint8_t *payload;
    int rc;

    object_path(account, hash, "object", path);
    payload = disk_read_record(disk, path, DISK_RECORD_OBJECT, hash, &len);
    if (!payload)
        return -ENOENT;
    rc = record_decode(payload, len, record);
    free(payload);
    return rc;
}

/* ---- life ---- */

static struct disk_object *object_new(struct disk *disk, const char *account,
                                      const struct disk_object_name *name,
                                      const struct disk_version *version)
{
    struct disk_object *object = calloc(1, sizeof(*object));

    if (!object)
        return NULL;
    object->path = strdup(name->path);
    object->task = strdup(name->task);
    if (!object->path || !object->task) {
        free(object->path);
        free(object->task);
        free(object);
        return NULL;
    }
    refcount_init(&object->refs, 1);
    object->disk = disk;
    object->account = account;
    object->kind = name->kind;
    object->version = *version;
    object->path_hash = disk_hash(0, name->path);
    object->version_hash = disk_version_hash(object->path_hash, version);
    pthread_mutex_init(&object->lock, NULL);
    pthread_mutex_init(&object->removal, NULL);
    return object;
}

struct disk_object *disk_object_new(struct disk *disk, const struct disk_object_name *name,
                                    const struct disk_version *version)
{
    if (disk->is_for_reading || strlen(name->path) > DISK_PATH_LEN ||
        strlen(name->task) > DISK_TASK_LEN)
        return NULL;
    return object_new(disk, disk->accounts[0], name, version);
}

struct disk_object *disk_object_ref(struct disk_object *object)
{
    refcount_get(&object->refs);
    return object;
}

void disk_object_unref(struct disk_object *object)
{
    if (!refcount_put(&object->refs))
        return;
    segments_free(&object->segments);
    pthread_mutex_destroy(&object->lock);
    pthread_mutex_destroy(&object->removal);
    free(object->path);
    free(object->task);
    free(object);
}

const struct disk_version *disk_object_version(const struct disk_object *object)
{
    return &object->version;
}

/* Calls `visit` for each file of a folder, but those that begin with a dot. */
static void each_file(struct disk *disk, const char *folder,
                      void (*visit)(struct disk_object *object, const char *name), void *arg)
{
    DIR *dir = disk_open_folder(disk, folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            visit(arg, entry->d_name);
    if (dir)
        closedir(dir);
}

static void look_at_file(struct disk_object *object, const char *name)
{
    uint32_t stream, index;
    char end;

    if (sscanf(name, "%" SCNx32 ".%" SCNx32 "%c", &stream, &index, &end) == 2)
        disk_segment_load(object, stream, index);
}

/* Notes what the record says, or with `is_recorded` 0 that there shall be none. */
static void note_stamp(struct disk_object *object, int is_recorded, uint64_t stamp)
{
    LOCKED(&object->lock);
    object->is_recorded = is_recorded;
    object->stamp = stamp;
}

static struct disk_object *find_in(struct disk *disk, const char *account, const char *path,
                                   uint64_t *stamp)
{
    struct disk_object_record record;
    struct disk_object *object = NULL;
    struct disk_version version;
    char folder[DISK_PATH_MAX];

    if (disk_object_record_read(disk, account, disk_hash(0, path), &record))
        return NULL;
    if (strcmp(record.path, path) == 0) {
        struct disk_object_name name = {path, record.task, (unsigned)record.kind};

        version.size = record.size;
        strcpy(version.etag, record.etag);
        object = object_new(disk, account, &name, &version);
    }
    *stamp = record.stamp;
    disk_object_record_free(&record);
    if (!object)
        return NULL;
    note_stamp(object, 1, *stamp);
    disk_version_path(object, "", folder);
    each_file(disk, folder, look_at_file, object);
    return object;
}

struct disk_object *disk_object_find(struct disk *disk, const char *path, uint64_t *stamp)
{
    struct disk_object *object = NULL;

    if (strlen(path) > DISK_PATH_LEN)
        return NULL;
    for (unsigned i = 0; i < disk->account_count && !object; i++)
        object = find_in(disk, disk->accounts[i], path, stamp);
    return object;
}

/* ---- versions ---- */

static void remove_from_version(struct disk_object *object, const char *name)
{
    char path[DISK_PATH_MAX];

    if (strlen(name) > 64)
        return;
    snprintf(path, sizeof(path), "%s/objects/%016" PRIx64 "/%s/%s", object->account,
             object->path_hash, object->removing, name);
    disk_remove(object->disk, path);
}

/* Removes a folder of another version, with what is in it. */
static void remove_version(struct disk_object *object, const char *name)
{
    char path[DISK_PATH_MAX], own[20];

    snprintf(own, sizeof(own), "%016" PRIx64, object->version_hash);
    if (strlen(name) != 16 || (object->keeps_own && strcmp(name, own) == 0))
        return;
    strcpy(object->removing, name);
    object_path(object->account, object->path_hash, name, path);
    each_file(object->disk, path, remove_from_version, object);
    disk_remove(object->disk, path);
}

/* Removes all versions of the object, its own perhaps not. */
static void remove_versions(struct disk_object *object, int keeps_own)
{
    char folder[DISK_PATH_MAX];

    object_path(object->account, object->path_hash, "", folder);
    LOCKED(&object->removal);
    object->keeps_own = keeps_own;
    each_file(object->disk, folder, remove_version, object);
}

/* Returns 0 or a negative errno, which has been noted. */
static int write_record(struct disk_object *object, uint64_t stamp)
{
    char path[DISK_PATH_MAX];
    BUF_SCOPED payload = BUF_INIT(DISK_RECORD_MAX);

    disk_put_string(&payload, object->path);
    disk_put_string(&payload, object->task);
    disk_put_number(&payload, object->kind);
    disk_put_number(&payload, object->version.size);
    disk_put_string(&payload, object->version.etag);
    disk_put_number(&payload, stamp);
    if (payload.error)
        return payload.error;
    object_path(object->account, object->path_hash, "object", path);
    return disk_write_record(object->disk, path, DISK_RECORD_OBJECT, object->path_hash,
                             payload.data, payload.len);
}

int disk_object_record(struct disk_object *object, uint64_t stamp)
{
    if (object->disk->is_for_reading)
        return -EROFS;
    remove_versions(object, 1);
    note_stamp(object, 1, stamp);
    return write_record(object, stamp);
}

void disk_object_restore_record(struct disk_object *object)
{
    char path[DISK_PATH_MAX];
    int is_recorded;
    uint64_t stamp;

    pthread_mutex_lock(&object->lock);
    is_recorded = object->is_recorded;
    stamp = object->stamp;
    pthread_mutex_unlock(&object->lock);
    object_path(object->account, object->path_hash, "object", path);
    if (is_recorded && faccessat(object->disk->root, path, F_OK, AT_SYMLINK_NOFOLLOW) &&
        errno == ENOENT)
        write_record(object, stamp);
}

void disk_object_forget(struct disk_object *object)
{
    char path[DISK_PATH_MAX];

    note_stamp(object, 0, 0);
    pthread_mutex_lock(&object->lock);
    segments_free(&object->segments);
    pthread_mutex_unlock(&object->lock);
    if (object->disk->is_for_reading)
        return;
    object_path(object->account, object->path_hash, "object", path);
    disk_remove(object->disk, path);
    remove_versions(object, 0);
}

/* ---- the tail ---- */

uint8_t *disk_object_read_tail(struct disk_object *object, size_t *len)
{
    char path[DISK_PATH_MAX];

    disk_version_path(object, "tail", path);
    return disk_read_record(object->disk, path, DISK_RECORD_TAIL, object->version_hash, len);
}

void disk_object_write_tail(struct disk_object *object, const uint8_t *tail, size_t len)
{
    char path[DISK_PATH_MAX];

    disk_version_path(object, "tail", path);
    disk_write_record(object->disk, path, DISK_RECORD_TAIL, object->version_hash, tail, len);
}
