/* Opening a cache: the directory, accounts. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/object.h"
#include "support/disk_world.h"
#include "support/scratch.h"
#include "test.h"

static struct disk *disk;

/* Opens the cache and closes it. Returns what disk_open does. */
static int open_once(const char *service, const char *key)
{
    int rc = disk_world_open(&disk, service, key);

    if (!rc)
        disk_close(disk);
    return rc;
}

#define OPEN() open_once(DISK_WORLD_SERVICE, DISK_WORLD_KEY)

static int says(const char *part)
{
    return strstr(disk_world_why, part) != NULL &&
           strstr(disk_world_why, "cache' as a disk cache: ") != NULL;
}

TEST(disk_open_makes_a_private_directory)
{
    int descriptors;

    scratch_make();
    umask(0);
    descriptors = open_descriptors();
    CHECK_EQ(OPEN(), 0);
    CHECK_EQ(scratch_mode("cache"), 0700);
    CHECK_EQ(scratch_mode("cache/v1"), 0700);
    CHECK_EQ(disk_world_count("/account"), 1);
    CHECK_EQ(OPEN(), 0);
    CHECK_EQ(disk_world_count(""), 1);
    CHECK_EQ(open_descriptors(), descriptors);
    scratch_remove();
}

TEST(disk_open_does_not_make_folders_above_it)
{
    scratch_make();
    CHECK_EQ(rmdir(scratch_path("")), 0);
    CHECK_EQ(OPEN(), -ENOENT);
    CHECK(says("No such file"));
}

TEST(disk_open_refuses_what_others_can_write_to)
{
    static const mode_t modes[] = {0770, 0702, 0777, 01777};

    scratch_make();
    scratch_folder("cache");
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(chmod(scratch_path("cache"), modes[i]), 0);
        CHECK_EQ(OPEN(), -EPERM);
        CHECK(says("others can write to it; chmod 700"));
    }
    CHECK_EQ(chmod(scratch_path("cache"), 0755), 0);
    CHECK_EQ(OPEN(), 0);
    CHECK_EQ(chmod(scratch_path("cache/v1"), 0777), 0);
    CHECK_EQ(OPEN(), -EPERM);
    CHECK(says("others can write to it"));
    scratch_remove();
}

TEST(disk_open_refuses_what_belongs_to_somebody_else)
{
    if (geteuid() != 0)
        return;
    scratch_make();
    scratch_folder("cache");
    CHECK_EQ(chown(scratch_path("cache"), 65534, 65534), 0);
    CHECK_EQ(OPEN(), -EPERM);
    CHECK(says("belongs to somebody else"));
    CHECK_EQ(chown(scratch_path("cache"), 0, 0), 0);
    scratch_folder("cache/v1");
    CHECK_EQ(chown(scratch_path("cache/v1"), 65534, 65534), 0);
    CHECK_EQ(OPEN(), -EPERM);
    scratch_remove();
}

TEST(disk_open_of_links_and_files)
{
    scratch_make();
    scratch_file("cache", "text");
    CHECK_EQ(OPEN(), -ENOTDIR);
    CHECK_STR(scratch_what("cache"), "text");
    CHECK_EQ(unlink(scratch_path("cache")), 0);
    /* The user may put DIR elsewhere by a link; what is in it may not lead out. */
    scratch_folder("elsewhere");
    CHECK_EQ(chmod(scratch_path("elsewhere"), 0700), 0);
    scratch_link("cache", "elsewhere");
    CHECK_EQ(OPEN(), 0);
    CHECK_STR(scratch_what("elsewhere/v1"), "(folder)");
    CHECK_EQ(rename(scratch_path("elsewhere/v1"), scratch_path("v1")), 0);
    scratch_link("elsewhere/v1", scratch_path("v1"));
    CHECK_EQ(OPEN(), -ENOTDIR);
    scratch_remove();
}

TEST(disk_open_refuses_file_systems_of_the_network)
{
    /* procfs is none, and nothing can be made in it: that is said as it is. */
    struct disk_config config = {
        .dir = "/proc/cache", .service = DISK_WORLD_SERVICE, .key = DISK_WORLD_KEY};
    int rc = disk_open(&disk, &config, disk_world_why, sizeof(disk_world_why));

    CHECK(rc == -ENOENT || rc == -EACCES || rc == -EPERM);
}

TEST(disk_open_for_reading_makes_nothing)
{
    scratch_make();
    CHECK_EQ(open_once(DISK_WORLD_SERVICE, NULL), -ENOENT);
    CHECK_STR(scratch_what("cache"), "(nothing)");
    scratch_folder("cache");
    CHECK_EQ(open_once(DISK_WORLD_SERVICE, NULL), -ENOENT);
    CHECK(says("there is no cache in it"));
    CHECK_EQ(disk_open_all(&disk, scratch_path("cache"), disk_world_why, sizeof(disk_world_why)),
             -ENOENT);
    CHECK_EQ(scratch_count("cache"), 0);
    scratch_remove();
}

/* ---- accounts ---- */

/* Opens the cache for an account, and writes the path's object, or looks for it. Returns whether it
 * is there then. */
static int with_object(const char *service, const char *key, int writes)
{
    struct disk_object *object;
    uint64_t stamp;

    if (disk_world_open(&disk, service, key))
        return -1;
    object = writes ? disk_world_object(disk, "path", "one", 1)
                    : disk_object_find(disk, "path", &stamp);
    if (object)
        disk_object_unref(object);
    disk_close(disk);
    return object != NULL;
}

TEST(disk_accounts_see_their_own_alone)
{
    scratch_make();
    CHECK_EQ(with_object("http://a", "key", 1), 1);
    CHECK_EQ(with_object("http://a", "key", 0), 1);
    CHECK_EQ(with_object("http://a", "other", 0), 0);
    CHECK_EQ(with_object("http://b", "key", 0), 0);
    CHECK_EQ(disk_world_count("/account"), 3);
    scratch_remove();
}

TEST(disk_accounts_without_a_key_see_those_of_the_service)
{
    scratch_make();
    CHECK_EQ(with_object("http://b", "other", 0), 0);
    CHECK_EQ(with_object("http://a", "first", 0), 0);
    CHECK_EQ(with_object("http://a", "second", 1), 1);
    CHECK_EQ(with_object("http://a", NULL, 0), 1);
    CHECK_EQ(with_object("http://b", NULL, 0), 0);
    CHECK_EQ(with_object("http://c", NULL, 0), 0);
    CHECK_EQ(disk_world_count("/account"), 3);
    scratch_remove();
}

TEST(disk_accounts_keep_no_key)
{
    char line[600];
    int has_key = 0;
    FILE *found;

    scratch_make();
    CHECK_EQ(with_object("http://a", "very-secret-key", 1), 1);
    snprintf(line, sizeof(line), "grep -r very-secret '%s'; ls -R '%s' | grep very-secret",
             scratch_path("cache"), scratch_path("cache"));
    found = popen(line, "r");
    if (found) {
        has_key = fgets(line, sizeof(line), found) != NULL;
        pclose(found);
    }
    CHECK(!has_key);
    scratch_remove();
}

TEST(disk_accounts_whose_record_is_damaged)
{
    scratch_make();
    CHECK_EQ(with_object("http://a", "key", 1), 1);
    disk_world_flip("/account", -1);
    CHECK_EQ(with_object("http://a", NULL, 0), 0);
    CHECK_EQ(disk_world_count("/account"), 1); /* nothing is removed by a reader */
    CHECK_EQ(with_object("http://a", "key", 0), 1);
    CHECK_EQ(with_object("http://a", NULL, 0), 1);
    scratch_remove();
}
