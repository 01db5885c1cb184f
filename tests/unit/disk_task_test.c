/* Tasks on disk. */
#include "disk/task.h"

#include <errno.h>
#include <stdlib.h>

#include "disk/object.h"
#include "disk/walk.h"
#include "support/disk_world.h"
#include "support/scratch.h"
#include "test.h"

static struct disk *disk;
static char seen[1000];

static int begin(void)
{
    scratch_make();
    disk = NULL;
    return disk_world_open(&disk, DISK_WORLD_SERVICE, DISK_WORLD_KEY);
}

static void end(void)
{
    if (disk)
        disk_close(disk);
    scratch_remove();
}

static void write_task(const char *id, enum disk_task_depth depth, const char *json)
{
    struct disk_task task = {.id = (char *)id, .depth = depth, .stamp = 5, .json = (char *)json};

    disk_task_write(disk, &task);
}

/* What is kept of a task, as text; "nothing". */
static const char *read_task(const char *id)
{
    struct disk_task task;

    strcpy(seen, "nothing");
    if (disk_task_read(disk, id, &task))
        return seen;
    snprintf(seen, sizeof(seen), "%s %d %d %s %zu", task.id, (int)task.depth, (int)task.stamp,
             task.json, task.len);
    disk_task_free(&task);
    return seen;
}

TEST(disk_tasks_are_read_as_they_were_written)
{
    CHECK_EQ(begin(), 0);
    CHECK_STR(read_task("one"), "nothing");
    write_task("one", DISK_TASK_SUMMARY, "{}");
    CHECK_STR(read_task("one"), "one 1 5 {} 2");
    CHECK_STR(read_task("two"), "nothing");
    write_task("one", DISK_TASK_DETAIL, "{\"a\":1}");
    CHECK_STR(read_task("one"), "one 2 5 {\"a\":1} 7");
    end();
}

TEST(disk_tasks_that_are_damaged_are_not_there)
{
    CHECK_EQ(begin(), 0);
    write_task("one", DISK_TASK_DETAIL, "{}");
    CHECK_EQ(disk_world_count(""), 2);
    for (long at = 0; at < 20; at++) {
        char name[40];

        write_task("one", DISK_TASK_DETAIL, "{}");
        snprintf(name, sizeof(name), "/tasks/%016" PRIx64, disk_hash(0, "one"));
        disk_world_flip(name, 3 * at);
        CHECK_STR(read_task("one"), "nothing");
        CHECK_EQ(disk_world_count(name), 0);
    }
    end();
}

TEST(disk_tasks_of_depths_that_are_none)
{
    CHECK_EQ(begin(), 0);
    write_task("one", (enum disk_task_depth)3, "{}");
    CHECK_STR(read_task("one"), "nothing");
    write_task("one", (enum disk_task_depth)0, "{}");
    CHECK_STR(read_task("one"), "nothing");
    end();
}

TEST(disk_tasks_whose_id_is_too_long)
{
    static char id[DISK_TASK_LEN + 2];

    CHECK_EQ(begin(), 0);
    memset(id, 'x', DISK_TASK_LEN + 1);
    write_task(id, DISK_TASK_DETAIL, "{}");
    CHECK_STR(read_task(id), "nothing");
    id[DISK_TASK_LEN] = '\0';
    write_task(id, DISK_TASK_DETAIL, "{}");
    CHECK_EQ(strncmp(read_task(id), id, DISK_TASK_LEN), 0);
    end();
}

static int add_seen(void *arg, const struct disk_task *task)
{
    strcat(seen, task->id);
    return strcmp(task->id, arg) == 0 ? 77 : 0;
}

TEST(disk_tasks_each)
{
    CHECK_EQ(begin(), 0);
    seen[0] = '\0';
    CHECK_EQ(disk_task_each(disk, add_seen, (char *)""), 0);
    CHECK_STR(seen, "");
    write_task("a", DISK_TASK_SUMMARY, "{}");
    write_task("b", DISK_TASK_DETAIL, "{}");
    scratch_file("cache/v1/junk", "junk");
    CHECK_EQ(disk_task_each(disk, add_seen, (char *)""), 0);
    CHECK_EQ(strlen(seen), 2);
    CHECK(strchr(seen, 'a') && strchr(seen, 'b'));
    CHECK_EQ(disk_task_each(disk, add_seen, (char *)"a"), 77);
    end();
}

static int add_path(void *arg, const struct disk_file *file)
{
    *(unsigned *)arg += file->kind == DISK_FILE_TASK ? 1 : 100;
    return 0;
}

TEST(disk_tasks_are_found_without_a_look_at_anything_else)
{
    unsigned count = 0;
    struct disk_object *object;

    CHECK_EQ(begin(), 0);
    write_task("a", DISK_TASK_SUMMARY, "{}");
    object = disk_world_object(disk, "path", "a", 1);
    if (object)
        disk_object_unref(object);
    CHECK_EQ(disk_walk_tasks(disk, add_path, &count), 0);
    CHECK_EQ(count, 1);
    end();
}

TEST(disk_tasks_of_other_accounts_are_not_seen)
{
    CHECK_EQ(begin(), 0);
    write_task("a", DISK_TASK_DETAIL, "{}");
    disk_close(disk);
    disk = NULL;
    CHECK_EQ(disk_world_open(&disk, DISK_WORLD_SERVICE, "another"), 0);
    CHECK_STR(read_task("a"), "nothing");
    seen[0] = '\0';
    CHECK_EQ(disk_task_each(disk, add_seen, (char *)""), 0);
    CHECK_STR(seen, "");
    disk_close(disk);
    disk = NULL;
    /* Without a key, those of all accounts of the service are. */
    CHECK_EQ(disk_world_open(&disk, DISK_WORLD_SERVICE, NULL), 0);
    CHECK_STR(read_task("a"), "a 2 5 {} 2");
    seen[0] = '\0';
    CHECK_EQ(disk_task_each(disk, add_seen, (char *)""), 0);
    CHECK_STR(seen, "a");
    end();
}
