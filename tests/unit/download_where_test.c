/* Where names lead that lead into no mount, and the settings of a folder that is none. The mounted
 * tests of taskfs-download have the rest. */
#include "download/where.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/scratch.h"
#include "test.h"

static struct where where;
static char why[600];

static int find(const char *path)
{
    memset(&where, 'x', sizeof(where));
    return where_find(path, &where);
}

/* ---- paths ---- */

TEST(where_paths_lead_into_no_mount)
{
    static const char *const paths[] = {"",    ".",       "..",   "/",        "//",  "a",
                                        "a/b", "no/such", "/tmp", "/tmp/a/b", "/..", "/proc/self"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        int rc = find(paths[i]);

        if (rc != -ENOENT || *where.mount || *where.below)
            test_fail(__FILE__, __LINE__, "'%s': %d, '%s', '%s'", paths[i], rc, where.mount,
                      where.below);
    }
}

TEST(where_links_and_files_are_passed)
{
    scratch_make();
    scratch_link("loop", "loop");
    scratch_link("up", "..");
    scratch_file("file", "text");
    CHECK_EQ(find(scratch_path("loop/a")), -ENOENT);
    CHECK_EQ(find(scratch_path("up/up/a")), -ENOENT);
    CHECK_EQ(find(scratch_path("file/a")), -ENOENT);
    CHECK_EQ(find(scratch_path("file/../a")), -ENOENT);
    scratch_remove();
}

TEST(where_the_working_directory_is_gone)
{
    char before[4096];
    int rc;

    scratch_make();
    scratch_folder("gone");
    CHECK(getcwd(before, sizeof(before)) && !chdir(scratch_path("gone")));
    scratch_remove();
    rc = find("a/b");
    CHECK_EQ(chdir(before), 0);
    CHECK_EQ(rc, -ENOENT);
}

TEST(where_paths_are_too_long)
{
    static char path[2 * NAME_TEXT_MAX];

    memset(path, 'a', sizeof(path) - 1);
    CHECK_EQ(find(path), -ENAMETOOLONG);
    CHECK_STR(where.mount, "");
    CHECK_STR(where.below, "");
    path[256] = '\0'; /* longer than a name can be */
    CHECK_EQ(find(path), -ENAMETOOLONG);
    path[255] = '\0';
    CHECK_EQ(find(path), -ENOENT);
    for (size_t i = 1; i < sizeof(path); i += 2) {
        path[i - 1] = 'a';
        path[i] = '/';
    }
    path[NAME_TEXT_MAX - 2] = '\0'; /* by itself it fits, but not behind the working directory */
    CHECK_EQ(find(path), -ENAMETOOLONG);
}

/* ---- settings ---- */

/* The settings that a mount with this text as its config gives; to be freed by the caller. */
static int take(struct connection *connection, const char *config)
{
    int rc;

    setenv("HOME", "/home/somebody", 1);
    unsetenv("INDUCTIVA_API_URL");
    scratch_make();
    if (config)
        scratch_file("mount/.taskfs/config", config);
    strcpy(why, "nothing");
    rc = connection_from_environment(connection);
    if (!rc)
        rc = where_take_settings(scratch_path("mount"), connection, why, sizeof(why));
    scratch_remove();
    return rc;
}

TEST(where_settings_are_taken)
{
    struct connection connection;

    CHECK_EQ(take(&connection, "mountpoint=/mnt\napi_url=http://host:1\nkey=/etc/key\n"
                               "ca_file=/etc/ca.pem\nttl=1\n"),
             0);
    CHECK_STR(connection.api_url, "http://host:1");
    CHECK_STR(connection.key_file, "/etc/key");
    CHECK_STR(connection.ca_file, "/etc/ca.pem");
    CHECK_STR(connection.ca_source, "ca_file");
    connection_free(&connection);
}

TEST(where_settings_that_are_not_there_leave_what_was)
{
    static const char *const texts[] = {"",
                                        "\n\n",
                                        "api_url=\nca_file=\nkey=\n",
                                        "api_url",
                                        "xapi_url=http://x\napi_url_=http://x\n key=/x\nkey\n",
                                        "key=environment\n"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct connection connection;

        CHECK_EQ(take(&connection, texts[i]), 0);
        CHECK_STR(connection.api_url, CONNECTION_DEFAULT_URL);
        CHECK_STR(connection.key_file, "/home/somebody/.inductiva/api_key");
        CHECK(!connection.ca_file);
        CHECK_STR(connection.ca_source, "");
        connection_free(&connection);
    }
}

TEST(where_settings_without_a_line_end)
{
    struct connection connection;

    CHECK_EQ(take(&connection, "api_url=http://host:2"), 0);
    CHECK_STR(connection.api_url, "http://host:2");
    connection_free(&connection);
}

TEST(where_settings_of_a_url_that_is_none)
{
    struct connection connection;

    /* Not the default's key for a service that was not meant. */
    CHECK_EQ(take(&connection, "api_url=nonsense\nkey=/etc/key\n"), -EINVAL);
    CHECK(strstr(why, "nonsense") != NULL);
    connection_free(&connection);
}

TEST(where_settings_of_a_dead_mount)
{
    struct connection connection;

    CHECK_EQ(take(&connection, NULL), -EINVAL);
    CHECK(strncmp(why, "the mount at '", 14) == 0);
    CHECK(strstr(why, "' is dead (No such file or directory): 'taskfs ") != NULL);
    connection_free(&connection);
}
