/* Slots of segments: writing, reading, hiding, discarding, and what is damaged. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "disk/object.h"
#include "support/disk_world.h"
#include "support/scratch.h"
#include "test.h"

#define FIRST "/0.00000000" /* the first segment of the object's blocks */

static struct disk *disk;
static struct disk_object *object;
static uint8_t room[DISK_WRITE_MAX][DISK_BLOCK];

static int begin(void)
{
    scratch_make();
    disk = NULL;
    object = NULL;
    if (disk_world_open(&disk, DISK_WORLD_SERVICE, DISK_WORLD_KEY))
        return -1;
    object = disk_world_object(disk, "a/output.zip", "one", UINT64_C(1) << 50);
    return object ? 0 : -1;
}

static void end(void)
{
    if (object)
        disk_object_unref(object);
    if (disk)
        disk_close(disk);
    scratch_remove();
}

/* Reads `count` slots from `slot` on, of any length. Returns how many are right. */
static unsigned read_many(uint64_t slot, unsigned count)
{
    struct iovec parts[DISK_WRITE_MAX];

    for (unsigned i = 0; i < count; i++)
        parts[i] = (struct iovec){room[i], DISK_BLOCK};
    return disk_object_read(object, 0, slot, parts, count);
}

TEST(disk_slots_many_at_once)
{
    static uint8_t bytes[3 * DISK_BLOCK];
    struct iovec parts[3];

    for (unsigned i = 0; i < 3; i++) {
        memcpy(bytes + i * DISK_BLOCK, disk_world_bytes(20 + i), DISK_BLOCK);
        parts[i] = (struct iovec){bytes + i * DISK_BLOCK, DISK_BLOCK};
    }
    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_object_write(object, 0, 20, parts, 3), 0);
    CHECK_EQ(read_many(20, 3), 3);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(memcmp(room[i], bytes + i * DISK_BLOCK, DISK_BLOCK), 0);
    CHECK_EQ(read_many(20, 4), 3);
    CHECK_EQ(read_many(22, 2), 1);
    CHECK_EQ(read_many(19, 4), 0);
    end();
}

TEST(disk_slots_that_are_short)
{
    struct iovec parts[2] = {{(void *)disk_world_bytes(1), DISK_BLOCK}, {(void *)"short", 5}};

    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_object_write(object, 0, 8, parts, 2), 0);
    CHECK_EQ(disk_world_write(object, 0, 10, 1), 0);
    /* Of any length. */
    parts[0] = (struct iovec){room[0], 0};
    parts[1] = (struct iovec){room[1], 0};
    CHECK_EQ(disk_object_read(object, 0, 8, parts, 2), 2);
    CHECK_EQ(parts[1].iov_len, 5);
    CHECK_EQ(memcmp(room[1], "short", 5), 0);
    /* What follows a short one takes a call of its own. */
    parts[0] = (struct iovec){room[0], 0};
    parts[1] = (struct iovec){room[1], 0};
    CHECK_EQ(disk_object_read(object, 0, 9, parts, 2), 1);
    CHECK_EQ(disk_world_read(object, 0, 10), 1);
    /* Of a length that it has not. */
    parts[0] = (struct iovec){room[0], 6};
    CHECK_EQ(disk_object_read(object, 0, 9, parts, 1), 0);
    end();
}

TEST(disk_slots_at_the_ends_of_segments)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 63, 2), 0);
    CHECK_EQ(disk_world_write(object, 0, 64 * UINT64_C(0xffffffff) + 63, 1), 0);
    CHECK_EQ(disk_world_count(FIRST) + disk_world_count("/0.00000001") +
                 disk_world_count("/0.ffffffff"),
             3);
    CHECK_EQ(disk_world_read(object, 0, 63), 1);
    CHECK_EQ(disk_world_read(object, 0, 64), 1);
    CHECK_EQ(disk_world_read(object, 0, 64 * UINT64_C(0xffffffff) + 63), 1);
    CHECK_EQ(disk_world_write(object, 0, 64 * (UINT64_C(0xffffffff) + 1), 1), -EFBIG);
    CHECK_EQ(disk_object_has(object, 0, 64 * (UINT64_C(0xffffffff) + 1)), 0);
    CHECK(disk_object_before(object, 0, 64 * (UINT64_C(0xffffffff) + 1)) == UINT64_MAX);
    end();
}

TEST(disk_slots_before)
{
    CHECK_EQ(begin(), 0);
    CHECK(disk_object_before(object, 3, 1000) == UINT64_MAX);
    CHECK_EQ(disk_world_write(object, 3, 5, 1), 0);
    CHECK_EQ(disk_world_write(object, 3, 200, 1), 0);
    CHECK(disk_object_before(object, 3, 4) == UINT64_MAX);
    CHECK_EQ(disk_object_before(object, 3, 5), 5);
    CHECK_EQ(disk_object_before(object, 3, 63), 5);
    CHECK_EQ(disk_object_before(object, 3, 64), 5);
    CHECK_EQ(disk_object_before(object, 3, 199), 5);
    CHECK_EQ(disk_object_before(object, 3, 200), 200);
    CHECK_EQ(disk_object_before(object, 3, 1000), 200);
    CHECK(disk_object_before(object, 2, 1000) == UINT64_MAX);
    end();
}

TEST(disk_slots_that_are_hidden)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 60, 8), 0);
    disk_object_hide(object, 0, 62, 65);
    for (uint64_t slot = 60; slot < 68; slot++)
        CHECK_EQ(disk_object_has(object, 0, slot), slot < 62 || slot > 65);
    CHECK_EQ(disk_world_read(object, 0, 63), 1); /* for others it is there */
    CHECK_EQ(disk_world_write(object, 0, 63, 1), 0);
    CHECK(disk_object_has(object, 0, 63));
    end();
}

TEST(disk_slots_that_are_discarded)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 60, 8), 0);
    disk_object_discard(object, 0, 62, 65);
    for (uint64_t slot = 60; slot < 68; slot++) {
        CHECK_EQ(disk_object_has(object, 0, slot), slot < 62 || slot > 65);
        CHECK_EQ(disk_world_read(object, 0, slot), slot < 62 || slot > 65);
    }
    disk_object_discard(object, 0, 0, 0);
    disk_object_discard(object, 9, 0, 1000);
    CHECK_EQ(disk_world_read(object, 0, 60), 1);
    end();
}

/* ---- damage ---- */

TEST(disk_slots_with_a_flipped_bit)
{
    uint64_t damaged;

    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 4), 0);
    damaged = stats_get(&disk_world_stats, STAT_DISK_DAMAGED);
    disk_world_flip(FIRST, 4096 + 2 * 65536 + 777);
    CHECK_EQ(read_many(0, 4), 2);
    CHECK(!disk_object_has(object, 0, 2) && disk_object_has(object, 0, 3));
    CHECK_EQ(stats_get(&disk_world_stats, STAT_DISK_DAMAGED) - damaged, DISK_BLOCK);
    CHECK_EQ(disk_world_write(object, 0, 2, 1), 0);
    CHECK_EQ(read_many(0, 4), 4);
    /* Of the table: its length, its checksum. */
    disk_world_flip(FIRST, 64 + 16 + 1);
    CHECK_EQ(read_many(0, 4), 1);
    CHECK_EQ(disk_world_write(object, 0, 1, 1), 0);
    disk_world_flip(FIRST, 64 + 16 + 12);
    CHECK_EQ(read_many(0, 4), 1);
    end();
}

TEST(disk_slots_of_a_segment_without_its_head)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 4), 0);
    CHECK_EQ(disk_world_write(object, 0, 64, 1), 0);
    disk_world_flip(FIRST, 9);
    CHECK_EQ(read_many(1, 1), 0);
    for (uint64_t slot = 0; slot < 4; slot++)
        CHECK(!disk_object_has(object, 0, slot));
    CHECK_EQ(disk_world_count(FIRST), 0);
    CHECK_EQ(disk_world_read(object, 0, 64), 1);
    CHECK_EQ(disk_world_write(object, 0, 1, 1), 0);
    CHECK_EQ(disk_world_read(object, 0, 1), 1);
    end();
}

TEST(disk_slots_of_a_file_that_is_cut)
{
    static const long sizes[] = {4096 + 65536 + 100, 4096, 1088, 1087, 64, 1};

    CHECK_EQ(begin(), 0);
    for (unsigned i = 0; i < 6; i++) {
        CHECK_EQ(disk_world_write(object, 0, 0, 4), 0);
        disk_world_cut(FIRST, sizes[i]);
        for (uint64_t slot = 0; slot < 4; slot++)
            CHECK_EQ(disk_world_read(object, 0, slot), i == 0 && slot == 0);
        CHECK(!disk_object_has(object, 0, 3));
    }
    /* An empty file may be one that another program is just making: it stays, and is used. */
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    disk_world_cut(FIRST, 0);
    CHECK_EQ(disk_world_read(object, 0, 0), 0);
    CHECK_EQ(disk_world_count(FIRST), 1);
    CHECK_EQ(disk_world_write(object, 0, 0, 2), 0);
    CHECK_EQ(read_many(0, 2), 2);
    end();
}

TEST(disk_slots_of_swapped_segments)
{
    char first[4096], second[4096];

    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    CHECK_EQ(disk_world_write(object, 0, 64, 1), 0);
    snprintf(first, sizeof(first), "%s", disk_world_file(FIRST));
    snprintf(second, sizeof(second), "%s", disk_world_file("/0.00000001"));
    CHECK_EQ(rename(first, scratch_path("kept")), 0);
    CHECK_EQ(rename(second, first), 0);
    CHECK_EQ(rename(scratch_path("kept"), second), 0);
    CHECK_EQ(disk_world_read(object, 0, 0), 0);
    CHECK_EQ(disk_world_read(object, 0, 64), 0);
    CHECK_EQ(disk_world_count(FIRST) + disk_world_count("/0.00000001"), 0);
    end();
}

TEST(disk_slots_of_a_file_that_is_gone)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 2), 0);
    CHECK_EQ(unlink(disk_world_file(FIRST)), 0);
    CHECK(disk_object_has(object, 0, 1)); /* nobody has looked yet */
    CHECK_EQ(disk_world_read(object, 0, 0), 0);
    CHECK(!disk_object_has(object, 0, 1));
    CHECK_EQ(disk_world_write(object, 0, 1, 1), 0);
    CHECK_EQ(disk_world_read(object, 0, 1), 1);
    end();
}

TEST(disk_slots_where_something_else_is_in_the_place_of_the_file)
{
    char path[4096];

    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    snprintf(path, sizeof(path), "%s", disk_world_file(FIRST));
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(unlink(path), 0);
        scratch_file("outside", "outside");
        if (i == 0)
            CHECK_EQ(symlink(scratch_path("outside"), path), 0);
        else if (i == 1)
            CHECK_EQ(symlink("nowhere", path), 0);
        else if (i == 2)
            CHECK_EQ(mkdir(path, 0700), 0);
        else
            CHECK_EQ(mkfifo(path, 0600), 0);
        if (i % 2)
            CHECK_EQ(disk_world_read(object, 0, 0), 0);
        CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
        CHECK_EQ(disk_world_read(object, 0, 0), 1);
        CHECK_STR(scratch_what("outside"), "outside");
    }
    end();
}

/* ---- use, and failures ---- */

TEST(disk_slots_that_are_read_have_been_used)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    disk_world_age(FIRST, 1000);
    CHECK_EQ(disk_world_read(object, 0, 0), 1);
    CHECK(disk_world_age_of(FIRST) < 100);
    /* Once a minute is enough. */
    disk_world_age(FIRST, 1000);
    CHECK_EQ(disk_world_read(object, 0, 0), 1);
    CHECK(disk_world_age_of(FIRST) >= 1000);
    end();
}

TEST(disk_slots_whose_folder_is_a_link)
{
    char folder[4096];

    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    snprintf(folder, sizeof(folder), "%s", disk_world_file(FIRST));
    CHECK_EQ(unlink(folder), 0);
    *strrchr(folder, '/') = '\0';
    CHECK_EQ(rmdir(folder), 0);
    scratch_folder("outside");
    CHECK_EQ(symlink(scratch_path("outside"), folder), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0); /* the link goes */
    CHECK_EQ(disk_world_read(object, 0, 0), 1);
    CHECK_EQ(scratch_count("outside"), 0);
    end();
}

TEST(disk_slots_cannot_be_written_for_a_while_after_a_failure)
{
    struct rlimit before, small;

    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 100, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    log_setup((enum log_level) - 1);
    CHECK_EQ(disk_world_write(object, 0, 1, 1), -EFBIG);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    CHECK_EQ(disk_world_write(object, 0, 1, 1), -EROFS);
    CHECK_EQ(disk_world_read(object, 0, 0), 1);
    end();
}

/* The folder of an object, which is removed while it is empty, as another program may. */
struct removal {
    char folder[4096];
    atomic_int has_ended;
    pthread_t thread;
};

static void *remove_folder(void *arg)
{
    struct removal *removal = arg;

    while (!atomic_load(&removal->has_ended))
        rmdir(removal->folder);
    return NULL;
}

TEST(disk_slots_whose_folder_is_removed_time_and_again)
{
    static struct removal removal;
    int rc = 0, has_thread;

    CHECK_EQ(begin(), 0);
    log_setup((enum log_level) - 1);
    snprintf(removal.folder, sizeof(removal.folder), "%s", disk_world_file("/object"));
    CHECK(*removal.folder);
    *strrchr(removal.folder, '/') = '\0';
    atomic_store(&removal.has_ended, 0);
    has_thread = !pthread_create(&removal.thread, NULL, remove_folder, &removal);
    for (unsigned i = 0; i < 1000 && (!rc || rc == -ENOENT); i++) {
        disk_object_forget(object);
        rc = disk_world_write(object, 0, i, 1);
    }
    atomic_store(&removal.has_ended, 1);
    if (has_thread)
        pthread_join(removal.thread, NULL);
    CHECK(has_thread);
    /* That is no failure of the disk, after which nothing would be written for a while. */
    CHECK(!rc || rc == -ENOENT);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    CHECK_EQ(disk_world_read(object, 0, 0), 1);
    end();
}

TEST(disk_slots_of_a_cache_that_was_removed)
{
    char command[4200];

    CHECK_EQ(begin(), 0);
    log_setup((enum log_level) - 1);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    snprintf(command, sizeof(command), "rm -r '%s'", scratch_path("cache"));
    CHECK_EQ(system(command), 0);
    CHECK_EQ(disk_world_read(object, 0, 0), 0);
    CHECK_EQ(disk_world_write(object, 0, 1, 1), -ENOENT);
    CHECK_EQ(disk_world_write(object, 0, 1, 1), -EROFS); /* for a while */
    end();
}
