#include "disk_world.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"

struct stats disk_world_stats;
char disk_world_why[500];

static struct {
    const char *end;
    char path[4096];
    unsigned count;
} search;

static void require(int condition)
{
    if (!condition)
        abort();
}

/* ---- opening and objects ---- */

int disk_world_open(struct disk **disk, const char *service, const char *key)
{
    struct disk_config config = {.dir = scratch_path("cache"),
                                 .limit = DISK_LIMIT_DEFAULT,
                                 .service = service,
                                 .key = key,
                                 .stats = &disk_world_stats};

    strcpy(disk_world_why, "nothing");
    return disk_open(disk, &config, disk_world_why, sizeof(disk_world_why));
}

int disk_world_open_limited(struct disk **disk, uint64_t limit)
{
    struct disk_config config = {.dir = scratch_path("cache"),
                                 .limit = limit,
                                 .service = DISK_WORLD_SERVICE,
                                 .key = DISK_WORLD_KEY,
                                 .stats = &disk_world_stats};

    return disk_open(disk, &config, disk_world_why, sizeof(disk_world_why));
}

struct disk_object *disk_world_object(struct disk *disk, const char *path, const char *task,
                                      uint64_t size)
{
    struct disk_object_name name = {.path = path, .task = task};
    struct disk_version version = {.size = size, .etag = "\"tag\""};
    struct disk_object *object = disk_object_new(disk, &name, &version);

    if (object)
        disk_object_record(object, 7);
    return object;
}

/* ---- slots ---- */

const uint8_t *disk_world_bytes(unsigned seed)
{
    static uint8_t bytes[DISK_BLOCK];
    uint32_t state = seed * 2654435761u + 1;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(state >> 24);
    }
    return bytes;
}

int disk_world_write(struct disk_object *object, uint32_t stream, uint64_t slot, unsigned count)
{
    int rc = 0;

    for (unsigned i = 0; i < count; i++) {
        struct iovec part = {(void *)disk_world_bytes((unsigned)slot + i), DISK_BLOCK};

        rc = disk_object_write(object, stream, slot + i, &part, 1);
    }
    return rc;
}

int disk_world_read(struct disk_object *object, uint32_t stream, uint64_t slot)
{
    static uint8_t bytes[DISK_BLOCK];
    struct iovec part = {bytes, 0};

    if (!disk_object_read(object, stream, slot, &part, 1))
        return 0;
    if (part.iov_len != DISK_BLOCK ||
        memcmp(bytes, disk_world_bytes((unsigned)slot), DISK_BLOCK) != 0)
        return -1;
    return 1;
}

/* ---- files ---- */

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    size_t len = strlen(path), end = strlen(search.end);

    (void)st;
    (void)ftw;
    if (type == FTW_D || len < end || strcmp(path + len - end, search.end) != 0)
        return 0;
    if (!search.count++)
        snprintf(search.path, sizeof(search.path), "%s", path);
    return 0;
}

const char *disk_world_file(const char *end)
{
    search.end = end;
    search.count = 0;
    search.path[0] = '\0';
    nftw(scratch_path("cache"), visit, 16, FTW_PHYS);
    return search.path;
}

unsigned disk_world_count(const char *end)
{
    disk_world_file(end);
    return search.count;
}

void disk_world_flip(const char *end, long offset)
{
    int fd = open(disk_world_file(end), O_RDWR | O_CLOEXEC);
    uint8_t byte;
    off_t at;

    require(fd >= 0);
    at = lseek(fd, offset, offset < 0 ? SEEK_END : SEEK_SET);
    require(pread(fd, &byte, 1, at) == 1);
    byte ^= 0x10;
    require(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

void disk_world_cut(const char *end, long size)
{
    require(truncate(disk_world_file(end), size) == 0);
}

void disk_world_age(const char *end, long seconds)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = time(NULL) - seconds}};

    require(utimensat(AT_FDCWD, disk_world_file(end), times, 0) == 0);
}

long disk_world_age_of(const char *end)
{
    struct stat st;

    require(stat(disk_world_file(end), &st) == 0);
    return (long)(time(NULL) - st.st_mtime);
}
