/* Evicting from the cache on disk. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "disk/internal.h"
#include "disk/object.h"
#include "disk/task.h"
#include "support/disk_world.h"
#include "support/scratch.h"
#include "test.h"

static struct disk *disk;
static struct disk_object *first, *second;

/* Two objects of four segments, each of which has one slot. */
static int begin(uint64_t limit)
{
    scratch_make();
    disk = NULL;
    first = second = NULL;
    if (disk_world_open_limited(&disk, limit))
        return -1;
    first = disk_world_object(disk, "first", "one", 256 * DISK_BLOCK);
    second = disk_world_object(disk, "second", "two", 256 * DISK_BLOCK);
    for (unsigned i = 0; i < 4 && first && second; i++)
        if (disk_world_write(first, 0, 64 * i, 1) || disk_world_write(second, 0, 64 * i, 1))
            return -1;
    return first && second ? 0 : -1;
}

static void end(void)
{
    if (first)
        disk_object_unref(first);
    if (second)
        disk_object_unref(second);
    if (disk)
        disk_close(disk);
    scratch_remove();
}

/* The end of the path of a segment. */
static const char *segment(const char *path, unsigned index)
{
    static char ends[4][80];
    static unsigned next;
    char *end = ends[next++ % 4];
    struct disk_version version = {.size = 256 * DISK_BLOCK, .etag = "\"tag\""};
    char size[24];

    snprintf(size, sizeof(size), "%" PRIu64, version.size);
    snprintf(end, sizeof(ends[0]), "%016" PRIx64 "/0.%08x",
             disk_hash(disk_hash(disk_hash(0, path), size), version.etag), index);
    return end;
}

static const char *record(const char *path)
{
    static char end[80];

    snprintf(end, sizeof(end), "/objects/%016" PRIx64 "/object", disk_hash(0, path));
    return end;
}

TEST(disk_sweep_leaves_what_is_below_the_limit)
{
    CHECK_EQ(begin(DISK_LIMIT_MIN), 0);
    CHECK(disk_needs_sweep(disk)); /* a first one is due at once */
    disk_sweep(disk);
    CHECK_EQ(disk_world_count(""), 11); /* with the account */
    CHECK(!disk_needs_sweep(disk));
    for (unsigned i = 0; i < DISK_LIMIT_MIN / 64 / DISK_BLOCK; i++)
        disk_world_write(first, 1, i, 1);
    CHECK(disk_needs_sweep(disk)); /* after a 64th of the limit */
    end();
}

TEST(disk_sweep_evicts_what_was_used_least_recently)
{
    /* Eight slots and some records are there, and three quarters of the limit may stay. */
    uint64_t evicted;

    CHECK_EQ(begin(9 * DISK_BLOCK), 0);
    evicted = stats_get(&disk_world_stats, STAT_DISK_EVICTED);
    for (unsigned i = 0; i < 4; i++) {
        disk_world_age(segment("first", i), 1000 - (long)i);
        disk_world_age(segment("second", i), 100);
    }
    disk_world_age(segment("first", 0), 50); /* read again */
    disk_world_age(segment("second", 2), 2000);
    disk_sweep(disk);
    CHECK_EQ(disk_world_count(segment("second", 2)), 0);
    CHECK_EQ(disk_world_count(segment("first", 1)), 0);
    CHECK_EQ(disk_world_count(segment("first", 0)), 1);
    CHECK_EQ(disk_world_count(segment("second", 0)), 1);
    CHECK_EQ(disk_world_count(record("first")), 1);
    CHECK(stats_get(&disk_world_stats, STAT_DISK_EVICTED) - evicted >= 2 * DISK_BLOCK);
    CHECK_EQ(disk_world_read(first, 0, 64), 0);
    CHECK_EQ(disk_world_read(first, 0, 0), 1);
    end();
}

/* Bytes on disk of the file whose path ends so. */
static uint64_t taken(const char *end)
{
    struct stat st = {.st_blocks = 0};

    stat(disk_world_file(end), &st);
    return (uint64_t)st.st_blocks * 512;
}

TEST(disk_sweep_evicts_records_with_the_last_of_their_object)
{
    uint64_t stays;

    CHECK_EQ(begin(UINT64_MAX), 0);
    disk_object_write_tail(first, (const uint8_t *)"tail", 4);
    for (unsigned i = 0; i < 4; i++) {
        disk_world_age(segment("first", i), 1000);
        disk_world_age(segment("second", i), 100);
    }
    disk_world_age("/tail", 9000);
    disk_world_age(record("first"), 1000);
    disk_world_age(record("second"),
                   5000); /* a record is as old as what was used last of its object */
    stays = taken("/account") + taken(record("second"));
    for (unsigned i = 0; i < 4; i++)
        stays += taken(segment("second", i));
    disk->limit = (stays / 3 + 1) * 4;
    disk_sweep(disk);
    CHECK_EQ(disk_world_count(record("first")), 0);
    CHECK_EQ(disk_world_count("/tail"), 0);
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(disk_world_count(segment("second", i)), 1);
    CHECK_EQ(disk_world_count(record("second")), 1);
    /* Its folders are gone, too. */
    CHECK_EQ(disk_world_write(first, 0, 0, 1), 0);
    CHECK_EQ(disk_world_read(first, 0, 0), 1);
    end();
}

TEST(disk_sweep_evicts_tasks_last_of_all)
{
    struct disk_task task = {.id = (char *)"one", .depth = DISK_TASK_DETAIL, .json = (char *)"{}"};
    char name[40];

    CHECK_EQ(begin(4 * DISK_BLOCK), 0);
    disk_task_write(disk, &task);
    snprintf(name, sizeof(name), "/tasks/%016" PRIx64, disk_hash(0, "one"));
    disk_world_age(name, 100000);
    disk_sweep(disk);
    CHECK_EQ(disk_world_count(name), 1);
    disk_close(disk);
    disk = NULL;
    disk_object_unref(first);
    disk_object_unref(second);
    first = second = NULL;
    CHECK_EQ(disk_world_open_limited(&disk, 4), 0);
    disk_sweep(disk);
    CHECK_EQ(disk_world_count(""), 1); /* the account */
    end();
}

TEST(disk_sweep_removes_records_that_were_left_half_written)
{
    char path[4096];

    CHECK_EQ(begin(DISK_LIMIT_MIN), 0);
    snprintf(path, sizeof(path), "%s.0123.part", disk_world_file(record("first")));
    CHECK_EQ(link(disk_world_file(record("first")), path), 0);
    CHECK_EQ(unlink(disk_world_file(record("first"))), 0);
    disk_sweep(disk);
    CHECK_EQ(disk_world_count(".part"), 1); /* it may be under way */
    disk_world_age(".part", 3700);
    disk_sweep(disk);
    CHECK_EQ(disk_world_count(".part"), 0);
    /* That of an account, too. */
    snprintf(path, sizeof(path), "%s.0123.part", disk_world_file("/account"));
    CHECK_EQ(link(disk_world_file("/account"), path), 0);
    disk_world_age(".part", 3700);
    disk_sweep(disk);
    CHECK_EQ(disk_world_count(".part"), 0);
    end();
}

TEST(disk_sweep_is_left_to_another_program)
{
    int fd;

    CHECK_EQ(begin(DISK_BLOCK), 0);
    fd = openat(disk->root, ".", O_RDONLY | O_DIRECTORY);
    CHECK(fd >= 0 && !flock(fd, LOCK_EX));
    disk_sweep(disk);
    close(fd);
    CHECK_EQ(disk_world_count(segment("first", 0)), 1);
    disk_sweep(disk);
    CHECK_EQ(disk_world_count(segment("first", 0)), 0);
    end();
}

TEST(disk_sweep_keeps_to_half_of_what_is_free)
{
    struct statvfs fs;
    uint64_t room;

    CHECK_EQ(begin(UINT64_MAX), 0);
    CHECK_EQ(statvfs(scratch_path(""), &fs), 0);
    room = (uint64_t)fs.f_bavail * fs.f_frsize / 2;
    disk_sweep(disk);
    /* The next one is due after a 64th of that; others may use the disk meanwhile. */
    CHECK(atomic_load(&disk->sweep_after) < room / 64 * 2);
    CHECK(atomic_load(&disk->sweep_after) > room / 64 / 2);
    end();
}

TEST(disk_sweep_follows_no_link)
{
    char account[4096];

    CHECK_EQ(begin(DISK_BLOCK), 0);
    snprintf(account, sizeof(account), "%s", disk_world_file("/account"));
    *strrchr(account, '/') = '\0';
    CHECK_EQ(rename(account, scratch_path("outside")), 0);
    CHECK_EQ(symlink(scratch_path("outside"), account), 0);
    disk_sweep(disk);
    CHECK_STR(scratch_what("outside/objects"), "(folder)");
    CHECK_EQ(scratch_count("outside/objects"), 2);
    end();
}
