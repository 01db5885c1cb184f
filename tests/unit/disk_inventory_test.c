/* Taking stock of a cache, checking it, dropping tasks. */
#include "disk/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/object.h"
#include "disk/task.h"
#include "support/disk_world.h"
#include "support/scratch.h"
#include "test.h"

static struct disk *disk, *all;
static struct disk_object *object;
static struct inventory inventory;

/* Of the task `one`: its details, and four slots and a tail of a slot and a half of its outputs,
 * which have ten slots. Of the task `two`, a summary. */
static int begin(void)
{
    struct disk_task one = {.id = (char *)"one", .depth = DISK_TASK_DETAIL, .json = (char *)"{}"};
    struct disk_task two = {.id = (char *)"two", .depth = DISK_TASK_SUMMARY, .json = (char *)"{}"};
    static uint8_t tail[3 * DISK_BLOCK / 2];

    scratch_make();
    disk = all = NULL;
    object = NULL;
    inventory = (struct inventory){.tasks = NULL};
    if (disk_world_open(&disk, DISK_WORLD_SERVICE, DISK_WORLD_KEY))
        return -1;
    disk_task_write(disk, &one);
    disk_task_write(disk, &two);
    object = disk_world_object(disk, "one/output.zip", "one", 10 * DISK_BLOCK);
    if (!object || disk_world_write(object, 0, 0, 3) || disk_world_write(object, 0, 9, 1) ||
        disk_world_write(object, 4, 0, 2))
        return -1;
    disk_object_write_tail(object, tail, sizeof(tail));
    return disk_open_all(&all, scratch_path("cache"), disk_world_why, sizeof(disk_world_why));
}

static void end(void)
{
    inventory_free(&inventory);
    if (object)
        disk_object_unref(object);
    if (all)
        disk_close(all);
    if (disk)
        disk_close(disk);
    scratch_remove();
}

static int take(int verifies)
{
    inventory_free(&inventory);
    return inventory_take(&inventory, all, verifies);
}

/* What there is of a task; of none with NULL. */
static const struct inventory_task *of(const char *id)
{
    static const struct inventory_task none;

    for (size_t i = 0; i < inventory.task_count; i++) {
        const char *found = inventory.tasks[i].id;

        if (id && found ? strcmp(found, id) == 0 : !id && !found)
            return &inventory.tasks[i];
    }
    return &none;
}

TEST(disk_inventory_of_two_tasks)
{
    const struct inventory_task *one;

    CHECK_EQ(begin(), 0);
    disk_world_age("/tail", 100);
    disk_world_age("/object", 100);
    disk_world_age("/0.00000000", 50);
    disk_world_age("/4.00000000", 60);
    CHECK_EQ(take(0), 0);
    CHECK_EQ(inventory.account_count, 1);
    CHECK_STR(inventory.accounts[0].service, DISK_WORLD_SERVICE);
    CHECK_EQ(inventory.task_count, 2);
    one = of("one");
    CHECK(one->has_summary && one->has_details);
    CHECK(one->archives[INVENTORY_OUTPUTS].is_there && !one->archives[INVENTORY_INPUTS].is_there);
    CHECK_EQ(one->archives[INVENTORY_OUTPUTS].size, 10 * DISK_BLOCK);
    /* Three slots, and the tail, of which the last slot is a part. */
    CHECK_EQ(one->archives[INVENTORY_OUTPUTS].kept, 4 * DISK_BLOCK + DISK_BLOCK / 2);
    CHECK(one->disk > 6 * DISK_BLOCK && one->disk < 20 * DISK_BLOCK);
    CHECK(of("two")->has_summary && !of("two")->has_details);
    CHECK(!of("two")->archives[INVENTORY_OUTPUTS].is_there);
    CHECK_EQ(inventory.disk, one->disk + of("two")->disk);
    CHECK_EQ(disk_world_age_of("/0.00000000") >= 50, 1); /* nothing was used */
    CHECK_EQ(disk_world_age_of("/object") >= 100, 1);
    end();
}

TEST(disk_inventory_orders_by_use)
{
    char name[40];

    CHECK_EQ(begin(), 0);
    snprintf(name, sizeof(name), "/tasks/%016" PRIx64, disk_hash(0, "two"));
    disk_world_age(name, 1000);
    CHECK_EQ(take(0), 0);
    CHECK(inventory.task_count == 2 && inventory.tasks[0].id);
    CHECK_STR(inventory.tasks[0].id, "one");
    disk_world_age(name, -1000);
    CHECK_EQ(take(0), 0);
    CHECK(inventory.task_count == 2 && inventory.tasks[0].id);
    CHECK_STR(inventory.tasks[0].id, "two");
    end();
}

TEST(disk_inventory_of_a_cache_without_damage)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(take(1), 0);
    CHECK_EQ(of("one")->check.pieces, 1 + 1 + 1 + 2 + 6); /* records, tail, heads, slots */
    CHECK_EQ(of("one")->check.damaged, 0);
    CHECK_EQ(of("two")->check.pieces, 1);
    CHECK_EQ(disk_world_read(object, 0, 9), 1);
    end();
}

TEST(disk_inventory_removes_single_slots_that_are_damaged)
{
    CHECK_EQ(begin(), 0);
    disk_world_flip("/0.00000000", 4096 + 65536 + 5);
    disk_world_flip("/4.00000000", 64 + 9); /* a checksum of the table */
    disk_world_age("/0.00000000", 500);
    CHECK_EQ(take(0), 0);
    CHECK_EQ(of("one")->check.damaged, 0); /* nobody has looked */
    CHECK_EQ(take(1), 0);
    CHECK_EQ(of("one")->check.damaged, 2);
    CHECK_EQ(of("one")->check.damaged_bytes, 2 * DISK_BLOCK);
    CHECK_EQ(of("one")->archives[0].kept, 3 * DISK_BLOCK + DISK_BLOCK / 2);
    CHECK(disk_world_age_of("/0.00000000") >= 500);
    CHECK_EQ(take(1), 0);
    CHECK_EQ(of("one")->check.damaged, 0);
    CHECK_EQ(disk_world_read(object, 0, 0), 1);
    CHECK_EQ(disk_world_read(object, 0, 1), 0);
    CHECK_EQ(disk_world_read(object, 4, 0), 0);
    CHECK_EQ(disk_world_read(object, 4, 1), 1);
    end();
}

TEST(disk_inventory_removes_segments_and_tails_that_are_damaged)
{
    CHECK_EQ(begin(), 0);
    disk_world_flip("/0.00000000", 20);
    disk_world_cut("/4.00000000", 100);
    disk_world_flip("/tail", 1000);
    CHECK_EQ(take(1), 0);
    CHECK_EQ(of("one")->check.damaged, 3);
    CHECK_EQ(of("one")->archives[0].kept, 0);
    CHECK_EQ(disk_world_count("/tail") + disk_world_count("00000000"), 0);
    CHECK_EQ(disk_world_count("/object"), 1);
    end();
}

TEST(disk_inventory_removes_an_object_whose_record_is_damaged)
{
    CHECK_EQ(begin(), 0);
    disk_world_flip("/object", 40);
    CHECK_EQ(take(0), 0);
    CHECK(of(NULL)->disk > 6 * DISK_BLOCK);
    CHECK(!of("one")->archives[0].is_there);
    CHECK_EQ(take(1), 0);
    CHECK_EQ(of(NULL)->check.damaged, 1);
    CHECK_EQ(of(NULL)->disk, 0);
    CHECK_EQ(disk_world_count("/tail") + disk_world_count("00000000"), 0);
    CHECK_EQ(scratch_count("cache/v1"), 1); /* the account's folder */
    CHECK_EQ(take(1), 0);
    CHECK_EQ(inventory.disk, of("one")->disk + of("two")->disk);
    end();
}

TEST(disk_inventory_removes_records_of_tasks_and_accounts_that_are_damaged)
{
    char name[40];

    CHECK_EQ(begin(), 0);
    snprintf(name, sizeof(name), "/tasks/%016" PRIx64, disk_hash(0, "two"));
    disk_world_flip(name, -1);
    disk_world_cut("/account", 3);
    CHECK_EQ(take(1), 0);
    CHECK_EQ(of(NULL)->check.damaged, 2);
    CHECK_EQ(disk_world_count(name) + disk_world_count("/account"), 0);
    CHECK(!inventory.accounts[0].service);
    CHECK(!of("two")->id && of("one")->id);
    end();
}

TEST(disk_inventory_passes_over_what_is_not_of_the_format)
{
    char path[4200], account[4096];

    CHECK_EQ(begin(), 0);
    snprintf(account, sizeof(account), "%s", disk_world_file("/account"));
    *strrchr(account, '/') = '\0';
    scratch_file("outside/file", "text");
    snprintf(path, sizeof(path), "%s/objects/0123456789abcdef", account);
    CHECK_EQ(symlink(scratch_path("outside"), path), 0);
    snprintf(path, sizeof(path), "%s/tasks/0123456789abcdef", account);
    CHECK_EQ(symlink(scratch_path("outside/file"), path), 0);
    snprintf(path, sizeof(path), "%s/tasks/0123456789abcdee", account);
    CHECK_EQ(mkfifo(path, 0600), 0);
    snprintf(path, sizeof(path), "%s/objects/0123456789abcdee", account);
    CHECK_EQ(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/objects/0123456789abcdee/object", account);
    CHECK_EQ(mkdir(path, 0700), 0);
    scratch_link("cache/v1/0123456789abcdef", account);
    scratch_file("cache/v1/fedcba9876543210", "text");
    CHECK_EQ(take(1), 0);
    CHECK_EQ(inventory.account_count, 1);
    CHECK_EQ(inventory.task_count, 2);
    CHECK_EQ(of("one")->check.damaged, 0);
    CHECK_EQ(inventory.disk, of("one")->disk + of("two")->disk);
    CHECK_STR(scratch_what("outside/file"), "text");
    end();
}

TEST(disk_inventory_does_not_believe_sizes)
{
    struct disk_object_name name = {.path = "huge", .task = "huge", .kind = INVENTORY_INPUTS};
    struct disk_version version = {.size = UINT64_MAX, .etag = ""};
    struct disk_object *other;

    CHECK_EQ(begin(), 0);
    other = disk_object_new(disk, &name, &version);
    CHECK(other);
    disk_object_record(other, 1);
    disk_world_write(other, 0, 64 * UINT64_C(0xffffffff) + 63, 1);
    disk_object_unref(other);
    name = (struct disk_object_name){.path = "tiny", .task = "tiny", .kind = 77};
    version.size = 1;
    other = disk_object_new(disk, &name, &version);
    CHECK(other);
    disk_object_record(other, 1);
    disk_world_write(other, 0, 0, 3);
    disk_object_unref(other);
    CHECK_EQ(take(1), 0);
    CHECK_EQ(of("huge")->archives[INVENTORY_INPUTS].kept, DISK_BLOCK);
    CHECK(of("huge")->archives[INVENTORY_INPUTS].size == UINT64_MAX);
    CHECK(!of("huge")->has_summary);
    CHECK(of("tiny")->disk > 3 * DISK_BLOCK);
    CHECK(!of("tiny")->archives[0].is_there && !of("tiny")->archives[1].is_there);
    end();
}

/* ---- dropping ---- */

TEST(disk_inventory_drops_a_task)
{
    struct disk_object *other;
    uint64_t bytes = 0, stamp;

    CHECK_EQ(begin(), 0);
    other = disk_world_object(disk, "two/output.zip", "two", DISK_BLOCK);
    CHECK(other);
    disk_world_write(other, 0, 0, 1);
    CHECK_EQ(inventory_drop(all, "three", &bytes), -ENOENT);
    CHECK_EQ(bytes, 0);
    CHECK_EQ(inventory_drop(all, "one", &bytes), 0);
    CHECK(bytes > 6 * DISK_BLOCK);
    CHECK_EQ(inventory_drop(all, "one", &bytes), -ENOENT);
    CHECK_EQ(take(0), 0);
    CHECK_EQ(inventory.task_count, 1);
    CHECK_STR(inventory.tasks[0].id, "two");
    CHECK_EQ(disk_world_read(other, 0, 0), 1);
    disk_object_unref(other);
    /* Whoever has it open finds nothing, and can go on. */
    CHECK(!disk_object_find(disk, "one/output.zip", &stamp));
    CHECK_EQ(disk_world_read(object, 0, 0), 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    CHECK_EQ(disk_world_read(object, 0, 0), 1);
    end();
}

TEST(disk_inventory_drops_a_task_of_all_accounts)
{
    struct disk_task one = {.id = (char *)"one", .depth = DISK_TASK_DETAIL, .json = (char *)"{}"};
    struct disk *other;
    uint64_t bytes = 0;

    CHECK_EQ(begin(), 0);
    CHECK_EQ(disk_world_open(&other, "http://other", DISK_WORLD_KEY), 0);
    disk_task_write(other, &one);
    disk_close(other);
    CHECK_EQ(take(0), 0);
    CHECK_EQ(inventory.task_count, 3);
    CHECK_EQ(inventory.account_count, 2);
    CHECK_EQ(inventory_drop(all, "one", &bytes), 0);
    CHECK_EQ(take(0), 0);
    CHECK_EQ(inventory.task_count, 1);
    end();
}

TEST(disk_inventory_drops_all)
{
    char path[4096];
    uint64_t bytes = 0;

    CHECK_EQ(begin(), 0);
    /* Nothing says whose these are. */
    snprintf(path, sizeof(path), "%s", disk_world_file("/object"));
    strcat(path, ".77.part");
    CHECK_EQ(rename(disk_world_file("/object"), path), 0);
    CHECK_EQ(inventory_drop_all(all, &bytes), 0);
    CHECK(bytes > 6 * DISK_BLOCK);
    CHECK_EQ(disk_world_count(""), 1); /* the account */
    CHECK_EQ(take(0), 0);
    CHECK_EQ(inventory.task_count, 0);
    CHECK_EQ(inventory.disk, 0);
    CHECK_EQ(disk_world_write(object, 0, 0, 1), 0);
    CHECK_EQ(disk_world_read(object, 0, 0), 1);
    end();
}
