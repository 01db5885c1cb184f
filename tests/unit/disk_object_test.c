/* Objects on disk: their records, their versions and their tails. */
#include "disk/object.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/disk_world.h"
#include "support/scratch.h"
#include "test.h"

static struct disk *disk;
static struct disk_object *object, *again;
static uint64_t stamp;

static int begin(void)
{
    scratch_make();
    disk = NULL;
    object = again = NULL;
    if (disk_world_open(&disk, DISK_WORLD_SERVICE, DISK_WORLD_KEY))
        return -1;
    object = disk_world_object(disk, "a/output.zip", "one", 10 * DISK_BLOCK);
    return object ? 0 : -1;
}

static void end(void)
{
    if (object)
        disk_object_unref(object);
    if (again)
        disk_object_unref(again);
    if (disk)
        disk_close(disk);
    scratch_remove();
}

/* Opens what is kept of the object, as another program does. */
static int find(void)
{
    if (again)
        disk_object_unref(again);
    stamp = 0;
    again = disk_object_find(disk, "a/output.zip", &stamp);
    return again != NULL;
}

TEST(disk_object_is_found_with_what_was_written)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 2, 3), 0);
    CHECK_EQ(disk_world_write(object, 5, 70, 1), 0);
    CHECK(find());
    CHECK_EQ(stamp, 7);
    CHECK_EQ(disk_object_version(again)->size, 10 * DISK_BLOCK);
    CHECK_STR(disk_object_version(again)->etag, "\"tag\"");
    for (uint64_t slot = 0; slot < 10; slot++)
        CHECK_EQ(disk_object_has(again, 0, slot), slot >= 2 && slot < 5);
    CHECK(disk_object_has(again, 5, 70) && !disk_object_has(again, 5, 6));
    CHECK_EQ(disk_world_read(again, 0, 4), 1);
    CHECK_EQ(disk_world_read(again, 0, 5), 0);
    CHECK_EQ(disk_world_read(again, 5, 70), 1);
    end();
}

TEST(disk_object_of_another_path_is_not_found)
{
    CHECK_EQ(begin(), 0);
    CHECK(!disk_object_find(disk, "a/output.zi", &stamp));
    CHECK(!disk_object_find(disk, "", &stamp));
    end();
}

TEST(disk_object_names_that_are_too_long)
{
    static char path[DISK_PATH_LEN + 2], task[DISK_TASK_LEN + 2];
    struct disk_object_name name = {.path = path, .task = "one"};
    struct disk_version version = {.size = 1, .etag = ""};

    CHECK_EQ(begin(), 0);
    memset(path, 'p', DISK_PATH_LEN + 1);
    memset(task, 't', DISK_TASK_LEN + 1);
    CHECK(!disk_object_new(disk, &name, &version));
    CHECK(!disk_object_find(disk, path, &stamp));
    path[DISK_PATH_LEN] = '\0';
    name.task = task;
    CHECK(!disk_object_new(disk, &name, &version));
    task[DISK_TASK_LEN] = '\0';
    again = disk_object_new(disk, &name, &version);
    CHECK(again);
    disk_object_record(again, 1);
    disk_object_unref(again);
    again = disk_object_find(disk, path, &stamp);
    CHECK(again);
    end();
}

TEST(disk_object_with_a_damaged_record_is_not_there)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    disk_world_flip("/object", -1);
    CHECK(!find());
    CHECK_EQ(disk_world_count("/object"), 0);
    disk_object_record(object, 9);
    CHECK(find());
    CHECK_EQ(stamp, 9);
    CHECK_EQ(disk_world_read(again, 0, 0), 1);
    end();
}

TEST(disk_object_records_under_swapped_names_are_not_there)
{
    char from[4096], to[4096];
    struct disk_object *other;

    CHECK_EQ(begin(), 0);
    snprintf(from, sizeof(from), "%s", disk_world_file("/object"));
    CHECK_EQ(rename(from, scratch_path("kept")), 0);
    other = disk_world_object(disk, "b/output.zip", "two", 1);
    if (other)
        disk_object_unref(other);
    snprintf(to, sizeof(to), "%s", disk_world_file("/object"));
    CHECK(*to);
    CHECK_EQ(rename(to, from), 0);
    CHECK_EQ(rename(scratch_path("kept"), to), 0);
    CHECK(!find());
    CHECK(!disk_object_find(disk, "b/output.zip", &stamp));
    end();
}

TEST(disk_object_of_another_version_replaces_the_first)
{
    struct disk_object_name name = {.path = "a/output.zip", .task = "one"};
    struct disk_version version = {.size = 10 * DISK_BLOCK, .etag = "\"other\""};

    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 2), 0);
    disk_object_write_tail(object, (const uint8_t *)"tail", 4);
    again = disk_object_new(disk, &name, &version);
    CHECK(again);
    disk_object_record(again, 8);
    CHECK_EQ(disk_world_count("0.00000000") + disk_world_count("/tail"), 0);
    CHECK_EQ(disk_world_write(again, 0, 1, 1), 0);
    CHECK_EQ(disk_world_read(object, 0, 1),
             0); /* the first finds nothing, and nothing of the other */
    CHECK_EQ(disk_object_has(object, 0, 1), 0);
    CHECK(find());
    CHECK_EQ(stamp, 8);
    CHECK_STR(disk_object_version(again)->etag, "\"other\"");
    CHECK(disk_object_has(again, 0, 1) && !disk_object_has(again, 0, 0));
    /* The same version again removes nothing. */
    disk_object_record(again, 9);
    CHECK_EQ(disk_world_read(again, 0, 1), 1);
    end();
}

TEST(disk_object_versions_that_differ_in_size_alone)
{
    struct disk_object_name name = {.path = "a/output.zip", .task = "one"};
    struct disk_version version = {.size = 11 * DISK_BLOCK, .etag = "\"tag\""};

    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    again = disk_object_new(disk, &name, &version);
    CHECK(again);
    CHECK_EQ(disk_world_read(again, 0, 0), 0);
    end();
}

TEST(disk_object_that_is_forgotten)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 2), 0);
    disk_object_forget(object);
    CHECK(!disk_object_has(object, 0, 0));
    CHECK_EQ(disk_world_read(object, 0, 0), 0);
    CHECK(!find());
    CHECK_EQ(disk_world_count(""), 1); /* the account */
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    CHECK_EQ(disk_world_read(object, 0, 0), 1);
    end();
}

TEST(disk_object_tail)
{
    uint8_t *tail;
    size_t len = 0;
    int is_right;

    CHECK_EQ(begin(), 0);
    CHECK(!disk_object_read_tail(object, &len));
    disk_object_write_tail(object, (const uint8_t *)"the last bytes", 14);
    CHECK(find());
    tail = disk_object_read_tail(again, &len);
    is_right = tail && len == 14 && memcmp(tail, "the last bytes", 14) == 0;
    free(tail);
    CHECK(is_right);
    disk_world_cut("/tail", 20);
    CHECK(!disk_object_read_tail(again, &len));
    CHECK_EQ(disk_world_count("/tail"), 0);
    end();
}

TEST(disk_object_for_reading_only)
{
    struct disk *readers = NULL;
    struct disk_object_name name = {.path = "b", .task = "two"};
    struct disk_version version = {.size = 1, .etag = ""};
    int is_none, is_kept, rc = -1;

    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 2), 0);
    disk_world_age("0.00000000", 500);
    CHECK_EQ(disk_world_open(&readers, DISK_WORLD_SERVICE, NULL), 0);
    again = disk_object_find(readers, "a/output.zip", &stamp);
    is_none = !disk_object_new(readers, &name, &version);
    if (again) {
        rc = disk_world_write(again, 0, 5, 1);
        is_kept = disk_world_read(again, 0, 1) == 1;
        disk_object_discard(again, 0, 1, 1);
        disk_object_record(again, 1);
        disk_object_write_tail(again, (const uint8_t *)"x", 1);
        disk_world_flip("0.00000000", 4096);
        is_kept = is_kept && disk_world_read(again, 0, 0) == 0 && !disk_object_has(again, 0, 1);
        disk_object_forget(again);
        is_kept = is_kept && disk_world_count("/object") == 1 && disk_world_count("/tail") == 0;
        disk_object_unref(again);
        again = NULL;
    }
    disk_close(readers);
    CHECK_EQ(rc, -EROFS);
    CHECK(is_none && is_kept);
    CHECK_EQ(disk_world_read(object, 0, 1), 1);
    end();
}

TEST(disk_object_whose_files_another_program_has_removed)
{
    struct disk_object *other;

    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    other = disk_object_find(disk, "a/output.zip", &stamp);
    CHECK(other);
    disk_object_forget(other);
    CHECK_EQ(disk_world_write(other, 0, 0, 1), 0);
    disk_object_unref(other);
    CHECK(!find()); /* it is not wanted any more */
    CHECK_EQ(unlink(disk_world_file("00000000")), 0);
    CHECK_EQ(disk_world_write(object, 0, 2, 1), 0);
    CHECK(find()); /* it is to be kept, and can be found */
    CHECK_EQ(stamp, 7);
    CHECK_EQ(disk_world_read(again, 0, 2), 1);
    CHECK_EQ(disk_world_read(again, 0, 0), 0);
    end();
}

TEST(disk_object_does_not_take_the_record_of_another_version)
{
    struct disk_object_name name = {.path = "a/output.zip", .task = "one"};
    struct disk_version version = {.size = 10 * DISK_BLOCK, .etag = "\"other\""};

    CHECK_EQ(begin(), 0);
    again = disk_object_new(disk, &name, &version);
    CHECK(again);
    disk_object_record(again, 8);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    CHECK(find());
    CHECK_STR(disk_object_version(again)->etag, "\"other\"");
    CHECK(!disk_object_has(again, 0, 0));
    end();
}
