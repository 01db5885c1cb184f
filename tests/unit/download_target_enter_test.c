/* Folders below the root of a download's target, and the moves of files into them: on kernels and
 * file systems with all calls, and on those without. */
#include "download/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/denied_calls.h"
#include "support/scratch.h"
#include "test.h"

static struct target target;

static int begin(void)
{
    int rc;

    scratch_make();
    umask(0);
    rc = target_open(&target, scratch_path("dir"), "abc", "outputs", 022);
    if (!rc)
        rc = target_lock(&target);
    return rc ? rc : target_create(&target);
}

static void end(void)
{
    target_close(&target);
    scratch_remove();
    umask(022);
}

/* Runs the checks here and in a thread without openat2(2). */
static void with_and_without_openat2(void (*run)(void *arg))
{
    static const struct denied_call openat2_call = {SYS_openat2, ENOSYS};

    run(NULL);
    with_denied_calls(&openat2_call, 1, run, NULL);
}

static int enter(const char *path, int create)
{
    int fd = target_enter(&target, path, create), flags;

    if (fd < 0)
        return fd;
    flags = fcntl(fd, F_GETFL);
    if (!(flags & O_PATH) || !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
        abort();
    close(fd);
    return 0;
}

/* ---- folders ---- */

static void enter_what_is_there(void *arg)
{
    int descriptors;

    (void)arg;
    CHECK_EQ(begin(), 0);
    descriptors = open_descriptors();
    scratch_file("dir/abc/outputs/a/b/file", "text");
    CHECK_EQ(enter("a", 0), 0);
    CHECK_EQ(enter("a/b", 0), 0);
    CHECK_EQ(enter("a/b", 1), 0);
    CHECK_EQ(enter("a/c", 0), -ENOENT);
    CHECK_EQ(enter("c/b", 0), -ENOENT);
    CHECK_EQ(enter("a/b/file", 0), -ENOTDIR);
    CHECK_EQ(enter("a/b/file", 1), -ENOTDIR);
    CHECK_EQ(enter("a/b/file/d", 1), -ENOTDIR);
    CHECK_EQ(scratch_count("dir/abc/outputs/a"), 1);
    CHECK_EQ(open_descriptors(), descriptors);
    end();
}

TEST(target_enters_what_is_there)
{
    with_and_without_openat2(enter_what_is_there);
}

static void enter_the_root(void *arg)
{
    struct stat root, entered;
    int fd;

    (void)arg;
    CHECK_EQ(begin(), 0);
    fd = target_enter(&target, "", 1);
    CHECK(fd >= 0 && fd != target.root);
    CHECK(!fstat(fd, &entered) && !fstat(target.root, &root));
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    CHECK_EQ(entered.st_ino, root.st_ino);
    close(fd);
    CHECK_EQ(scratch_count("dir/abc/outputs"), 0);
    end();
}

TEST(target_enters_the_root)
{
    with_and_without_openat2(enter_the_root);
}

static void enter_what_is_missing(void *arg)
{
    (void)arg;
    CHECK_EQ(begin(), 0);
    CHECK_EQ(enter("a/b/c", 1), 0);
    CHECK_STR(scratch_what("dir/abc/outputs/a/b/c"), "(folder)");
    CHECK_EQ(scratch_mode("dir/abc/outputs/a"), 0755);
    CHECK_EQ(scratch_mode("dir/abc/outputs/a/b/c"), 0755);
    CHECK_EQ(enter("a/d", 1), 0);
    CHECK_EQ(scratch_count("dir/abc/outputs/a"), 2);
    end();
}

TEST(target_makes_what_is_missing)
{
    with_and_without_openat2(enter_what_is_missing);
}

/* Plants a link in place of the part number `level` of a/b/c/d; to a folder outside, or inside. */
static void plant(unsigned level, const char *where)
{
    static const char *const paths[] = {"a", "a/b", "a/b/c", "a/b/c/d"};
    char path[100];

    snprintf(path, sizeof(path), "dir/abc/outputs/%s", paths[level]);
    scratch_link(path, where);
}

static void enter_planted_links(void *arg)
{
    (void)arg;
    for (unsigned level = 0; level < 4; level++) {
        CHECK_EQ(begin(), 0);
        scratch_file("outside/file", "text");
        plant(level, scratch_path("outside"));
        CHECK_EQ(enter("a/b/c/d", 0), -ENOTDIR);
        CHECK_EQ(enter("a/b/c/d", 1), -ENOTDIR);
        CHECK_EQ(enter("a/b/c/d/e", 1), -ENOTDIR);
        CHECK_EQ(scratch_count("outside"), 1);
        end();

        CHECK_EQ(begin(), 0); /* nor where they lead to another place inside */
        scratch_folder("dir/abc/outputs/inside");
        plant(level, scratch_path("dir/abc/outputs/inside"));
        CHECK_EQ(enter("a/b/c/d/e", 1), -ENOTDIR);
        CHECK_EQ(scratch_count("dir/abc/outputs/inside"), 0);
        end();

        CHECK_EQ(begin(), 0);
        plant(level, "nowhere");
        CHECK_EQ(enter("a/b/c/d/e", 1), -ENOTDIR);
        end();
    }
}

TEST(target_follows_no_links)
{
    with_and_without_openat2(enter_planted_links);
}

static void enter_elsewhere(void *arg)
{
    static const char *const paths[] = {"..", "../dir2", "a/..",       "a/../..",    "a/../../x",
                                        "/",  "/a",      "../outputs", "../../abc/x"};

    (void)arg;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        CHECK_EQ(begin(), 0);
        for (int create = 0; create < 2; create++)
            if (enter(paths[i], create) >= 0)
                test_fail(__FILE__, __LINE__, "'%s' was entered", paths[i]);
        CHECK_EQ(scratch_count("dir"), 1);
        CHECK_EQ(scratch_count("dir/abc"), 2);
        end();
    }
}

TEST(target_enters_nothing_but_what_is_below)
{
    with_and_without_openat2(enter_elsewhere);
}

static void enter_long_names(void *arg)
{
    static char path[100 * 256 + 1];
    size_t used = 0;

    (void)arg;
    CHECK_EQ(begin(), 0);
    for (int i = 0; i < 30; i++) { /* more than PATH_MAX in all */
        memset(path + used, 'a' + i % 26, 255);
        used += 255;
        path[used++] = '/';
    }
    path[used - 1] = '\0';
    CHECK_EQ(enter(path, 0), -ENOENT);
    CHECK_EQ(enter(path, 1), 0);
    CHECK_EQ(enter(path, 0), 0);
    memset(path, 'x', 256);
    path[256] = '\0';
    CHECK_EQ(enter(path, 0), -ENAMETOOLONG);
    CHECK_EQ(enter(path, 1), -ENAMETOOLONG);
    end();
}

TEST(target_enters_long_paths)
{
    with_and_without_openat2(enter_long_names);
}

/* ---- links in place of the target's own folders ---- */

TEST(target_itself_is_behind_no_link)
{
    scratch_make();
    umask(0);
    scratch_folder("outside/outputs");
    scratch_folder("dir");
    scratch_link("dir/abc", scratch_path("outside"));
    CHECK_EQ(target_open(&target, scratch_path("dir"), "abc", "outputs", 022), 0);
    CHECK(target.id_fd < 0 && target.root < 0);
    CHECK(target_lock(&target) < 0);
    end();

    scratch_make();
    umask(0);
    scratch_folder("outside");
    scratch_link("dir/abc/outputs", scratch_path("outside"));
    CHECK_EQ(target_open(&target, scratch_path("dir"), "abc", "outputs", 022), -ENOTDIR);
    CHECK_EQ(target_lock(&target), 0);
    CHECK_EQ(target_create(&target), -ENOTDIR);
    CHECK_EQ(scratch_count("outside"), 0);
    end();
}

TEST(target_directory_may_be_behind_a_link)
{
    scratch_make();
    scratch_folder("elsewhere");
    scratch_link("dir", scratch_path("elsewhere"));
    umask(0);
    CHECK_EQ(target_open(&target, scratch_path("dir"), "abc", "outputs", 022), 0);
    CHECK_EQ(target_lock(&target), 0);
    CHECK_EQ(target_create(&target), 0);
    CHECK_STR(scratch_what("elsewhere/abc/outputs"), "(folder)");
    end();
}

TEST(target_hidden_folder_replaces_a_link_or_a_file)
{
    scratch_make();
    umask(0);
    scratch_file("outside/file", "text");
    scratch_link("dir/abc/.outputs.part", scratch_path("outside"));
    CHECK_EQ(target_open(&target, scratch_path("dir"), "abc", "outputs", 022), 0);
    CHECK_EQ(target_lock(&target), 0);
    CHECK_EQ(target_create(&target), 0);
    CHECK_STR(scratch_what("dir/abc/.outputs.part"), "(folder)");
    target_remove_parts(&target, 1);
    CHECK_STR(scratch_what("outside/file"), "text");
    scratch_file("dir/abc/.outputs.part", "text");
    CHECK_EQ(target_create(&target), 0);
    CHECK_STR(scratch_what("dir/abc/.outputs.part"), "(folder)");
    end();
}

/* ---- moves into place ---- */

/* Makes the part "p", a link or a file, and moves it to `name`. */
static int publish(const char *name, int is_link, int replace)
{
    if (is_link)
        scratch_link("dir/abc/.outputs.part/p", "new");
    else
        scratch_file("dir/abc/.outputs.part/p", "new");
    return target_publish(target.parts, "p", target.root, name, replace);
}

/* Also run where calls are missing. */
static void publish_all(void *arg)
{
    int is_link = *(int *)arg;
    const char *new = is_link ? "-> new" : "new";

    CHECK_EQ(begin(), 0);
    scratch_file("outside", "outside");
    scratch_file("dir/abc/outputs/file", "old");
    scratch_link("dir/abc/outputs/link", scratch_path("outside"));
    scratch_file("dir/abc/outputs/folder/file", "old");
    CHECK_EQ(publish("free", is_link, 0), 0);
    CHECK_STR(scratch_what("dir/abc/outputs/free"), new);
    CHECK_STR(scratch_what("dir/abc/.outputs.part/p"), "(nothing)");

    CHECK_EQ(publish("file", is_link, 0), -EEXIST);
    CHECK_STR(scratch_what("dir/abc/outputs/file"), "old");
    CHECK_STR(scratch_what("dir/abc/.outputs.part/p"), new);
    target_drop_part(&target, "p");
    CHECK_EQ(publish("link", is_link, 0), -EEXIST);
    target_drop_part(&target, "p");
    CHECK_EQ(publish("folder", is_link, 0), -EEXIST);
    target_drop_part(&target, "p");

    CHECK_EQ(publish("file", is_link, 1), 0);
    CHECK_STR(scratch_what("dir/abc/outputs/file"), new);
    CHECK_EQ(publish("link", is_link, 1), 0);
    CHECK_STR(scratch_what("dir/abc/outputs/link"), new);
    CHECK_STR(scratch_what("outside"), "outside");
    CHECK_EQ(publish("free2", is_link, 1), 0);
    CHECK_STR(scratch_what("dir/abc/outputs/free2"), new);
    CHECK_EQ(publish("folder", is_link, 1), -EISDIR);
    CHECK_STR(scratch_what("dir/abc/outputs/folder/file"), "old");
    CHECK_EQ(target_publish(target.parts, "nothing", target.root, "x", 0), -ENOENT);
    CHECK_EQ(target_publish(target.parts, "nothing", target.root, "x", 1), -ENOENT);
    end();
}

TEST(target_publishes_parts)
{
    publish_all(&(int){0});
    publish_all(&(int){1});
}

TEST(target_publishes_where_renames_may_replace)
{
    static const struct denied_call denied[] = {{SYS_renameat2, EINVAL}};

    with_denied_calls(denied, 1, publish_all, &(int){0});
    with_denied_calls(denied, 1, publish_all, &(int){1});
}

TEST(target_publishes_where_there_are_no_second_names)
{
    static const struct denied_call denied[] = {{SYS_renameat2, EINVAL}, {SYS_linkat, EPERM}};

    with_denied_calls(denied, 2, publish_all, &(int){0});
    with_denied_calls(denied, 2, publish_all, &(int){1});
}
