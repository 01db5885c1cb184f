/*
 * Evicting what was used least recently. A segment goes by its own time of use; the records of an
 * object go with the last of its segments, as nothing can be read without them; records of tasks,
 * which are small, go last of all. Each program sweeps after each 64th of the limit that it has
 * written, and begins to evict an eighth below the limit, or 16 MiB where that is more: what
 * several programs write at the same time, between their sweeps, stays below it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "disk/internal.h"
#include "disk/walk.h"

#define VICTIMS_MAX (1u << 20)
#define STEPS       64u
#define MARGIN_MIN  (UINT64_C(16) << 20)         /* bytes */
#define PART_NS     (INT64_C(3600) * 1000000000) /* an older one was left behind */

struct victim {
    char *path;
    uint64_t bytes;
    int64_t used;
    uint64_t hash; /* of the object */
    enum disk_file_kind kind;
};

struct sweep {
    struct disk *disk;
    struct victim *victims;
    size_t count, capacity;
    uint64_t total; /* bytes */
    int64_t now;    /* ns since 1970 */
};

static struct victim *add_victim(struct sweep *sweep)
{
    if (sweep->count == sweep->capacity) {
        size_t capacity = sweep->capacity ? sweep->capacity * 2 : 1024;
        struct victim *victims = capacity <= VICTIMS_MAX
                                     ? realloc(sweep->victims, capacity * sizeof(*victims))
                                     : NULL;

        if (!victims)
            return NULL;
        sweep->victims = victims;
        sweep->capacity = capacity;
    }
    return &sweep->victims[sweep->count];
}

static int visit_file(void *arg, const struct disk_file *file)
{
    struct sweep *sweep = arg;
    struct victim *victim;

    if (file->kind == DISK_FILE_PART && sweep->now - file->used > PART_NS) {
        disk_remove(sweep->disk, file->path);
        return 0;
    }
    sweep->total += file->bytes;
    if (file->kind == DISK_FILE_PART || file->kind == DISK_FILE_ACCOUNT)
        return 0;
    victim = add_victim(sweep);
    if (!victim)
        return 0; /* evict among those that are known */
    *victim = (struct victim){.path = strdup(file->path),
                              .bytes = file->bytes,
                              .used = file->used,
                              .hash = file->hash,
                              .kind = file->kind};
    if (victim->path)
        sweep->count++;
    return 0;
}

/* Gives the records of each object the time of what was used last of it. The files of an object
 * stand together. */
static void age_records(struct sweep *sweep)
{
    for (size_t first = 0, end; first < sweep->count; first = end) {
        int64_t used = 0;

        for (end = first;
             end < sweep->count && sweep->victims[end].hash == sweep->victims[first].hash; end++)
            if (sweep->victims[end].used > used)
                used = sweep->victims[end].used;
        for (size_t i = first; i < end; i++) {
            if (sweep->victims[i].kind == DISK_FILE_TASK)
                sweep->victims[i].used = INT64_MAX;
            else if (sweep->victims[i].kind != DISK_FILE_SEGMENT)
                sweep->victims[i].used = used;
        }
    }
}

/* Least recently used first; of the same age, segments first. */
static int compare_victims(const void *a, const void *b)
{
    const struct victim *left = a, *right = b;

    if (left->used != right->used)
        return left->used > right->used ? 1 : -1;
    return (right->kind == DISK_FILE_SEGMENT) - (left->kind == DISK_FILE_SEGMENT);
}

static void evict(struct sweep *sweep, struct victim *victim)
{
    disk_remove_up(sweep->disk, victim->path);
    disk_count(sweep->disk, STAT_DISK_EVICTED, victim->bytes);
    sweep->total -= victim->bytes < sweep->total ? victim->bytes : sweep->total;
}

/* The limit, but no more than half of what would be free if the cache kept nothing. */
static uint64_t limit_now(const struct sweep *sweep)
{
    struct statvfs fs;
    uint64_t room;

    if (fstatvfs(sweep->disk->root, &fs))
        return sweep->disk->limit;
    room = ((uint64_t)fs.f_bavail * fs.f_frsize + sweep->total) / 2;
    return room < sweep->disk->limit ? room : sweep->disk->limit;
}

/* The bytes from which on something is evicted. */
static uint64_t evict_from(uint64_t limit)
{
    uint64_t margin = limit / 8;

    if (margin < MARGIN_MIN && limit >= DISK_LIMIT_MIN)
        margin = MARGIN_MIN;
    return limit - margin;
}

uint64_t disk_room(uint64_t limit)
{
    return evict_from(limit) / 7 * 6;
}

/* Returns a descriptor that holds the lock; -1 when another program has it. */
static int take_lock(struct disk *disk)
{
    int fd = openat(disk->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    if (!flock(fd, LOCK_EX | LOCK_NB))
        return fd;
    close(fd);
    return -1;
}

int disk_needs_sweep(struct disk *disk)
{
    return atomic_load(&disk->written) >= atomic_load(&disk->sweep_after);
}

void disk_sweep(struct disk *disk)
{
    struct sweep sweep = {.disk = disk, .now = clock_wall_ns()};
    int fd = take_lock(disk);
    uint64_t limit, at = 0;

    if (fd < 0)
        return; /* it remains due */
    atomic_store(&disk->written, 0);
    disk_walk(disk, visit_file, &sweep);
    limit = limit_now(&sweep);
    atomic_store(&disk->sweep_after, limit / STEPS);
    if (sweep.total > evict_from(limit)) {
        uint64_t before = sweep.total;

        age_records(&sweep);
        qsort(sweep.victims, sweep.count, sizeof(*sweep.victims), compare_victims);
        while (sweep.total > disk_room(limit) && at < sweep.count)
            evict(&sweep, &sweep.victims[at++]);
        log_debug(LOG_CACHE, "evicted %llu of %llu bytes from the disk cache",
                  (unsigned long long)(before - sweep.total), (unsigned long long)before);
    }
    for (size_t i = 0; i < sweep.count; i++)
        free(sweep.victims[i].path);
    free(sweep.victims);
    close(fd);
}
