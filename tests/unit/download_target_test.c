#include "download/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "member/inflate.h"
#include "support/scratch.h"
#include "test.h"

static struct target target, other;

/* Each test begins with a folder of its own and a mask as the program has it. */
static int open_target(struct target *to)
{
    umask(0);
    return target_open(to, scratch_path("dir"), "abc", "outputs", 027);
}

static int begin(void)
{
    int rc;

    scratch_make();
    rc = open_target(&target);
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

static uint32_t crc_of(const char *text)
{
    return zip_crc32(0, (const uint8_t *)text, strlen(text));
}

static int is_closed_on_exec(int fd)
{
    return fcntl(fd, F_GETFD) & FD_CLOEXEC;
}

/* ---- opening, locking, creating ---- */

TEST(target_open_creates_nothing)
{
    char shown[5000];
    int descriptors;

    scratch_make();
    descriptors = open_descriptors();
    CHECK_EQ(open_target(&target), 0);
    CHECK(target.id_fd < 0 && target.root < 0 && target.parts < 0 && !target.is_locked);
    CHECK_STR(target.folder, scratch_path("dir/abc"));
    snprintf(shown, sizeof(shown), "%s/outputs", target.folder);
    CHECK_STR(target.shown, shown);
    CHECK_EQ(scratch_count(""), 0);
    CHECK_EQ(target_enter(&target, "", 0), -ENOENT);
    CHECK_EQ(target_enter(&target, "a", 1), -ENOENT);
    target_remove_parts(&target, 1); /* harmless */
    target_close(&target);

    scratch_folder("dir");
    CHECK_EQ(open_target(&target), 0);
    CHECK(target.id_fd < 0);
    target_close(&target);
    CHECK_EQ(scratch_count("dir"), 0);

    scratch_folder("dir/abc/outputs");
    CHECK_EQ(open_target(&target), 0);
    CHECK(target.id_fd >= 0 && target.root >= 0 && target.parts < 0);
    CHECK(is_closed_on_exec(target.id_fd) && is_closed_on_exec(target.root));
    target_close(&target);
    CHECK_EQ(scratch_count("dir/abc"), 1);
    CHECK_EQ(open_descriptors(), descriptors);
    scratch_remove();
}

TEST(target_lock_creates_the_folders_of_the_user)
{
    scratch_make();
    umask(0);
    CHECK_EQ(target_open(&target, scratch_path("x//y/dir"), "abc", "inputs", 027), 0);
    CHECK_EQ(target_lock(&target), 0);
    CHECK(target.is_locked && target.id_fd >= 0);
    CHECK_EQ(scratch_mode("x"), 0750);
    CHECK_EQ(scratch_mode("x/y/dir"), 0750);
    CHECK_EQ(scratch_mode("x/y/dir/abc"), 0750);
    CHECK_EQ(scratch_count("x/y/dir/abc"), 0);
    CHECK_EQ(target_create(&target), 0);
    CHECK_EQ(scratch_mode("x/y/dir/abc/inputs"), 0755);
    CHECK_EQ(scratch_mode("x/y/dir/abc/.inputs.part"), 0700);
    CHECK(is_closed_on_exec(target.root) && is_closed_on_exec(target.parts));
    end();
}

TEST(target_of_a_relative_directory)
{
    char before[4096];

    scratch_make();
    umask(0);
    CHECK(getcwd(before, sizeof(before)) && !chdir(scratch_path("")));
    CHECK_EQ(target_open(&target, "dir", "abc", "outputs", 022), 0);
    CHECK_STR(target.shown, "dir/abc/outputs");
    CHECK_EQ(target_lock(&target), 0);
    CHECK_EQ(target_create(&target), 0);
    CHECK_STR(scratch_what("dir/abc/outputs"), "(folder)");
    CHECK_EQ(chdir(before), 0);
    end();
}

TEST(target_is_locked_by_one)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(target_lock(&target), 0); /* it has it already */
    CHECK_EQ(open_target(&other), 0);
    CHECK_EQ(target_lock(&other), -EWOULDBLOCK);
    CHECK_EQ(other.is_locked, 0);
    CHECK_EQ(target_lock(&other), -EWOULDBLOCK);
    /* The inputs of the same task are below the same folder. */
    target_close(&other);
    CHECK_EQ(target_open(&other, scratch_path("dir"), "abc", "inputs", 0), 0);
    CHECK_EQ(target_lock(&other), -EWOULDBLOCK);
    target_close(&other);
    CHECK_EQ(target_open(&other, scratch_path("dir"), "another", "outputs", 0), 0);
    CHECK_EQ(target_lock(&other), 0);
    target_close(&other);
    target_close(&target);
    CHECK_EQ(open_target(&target), 0);
    CHECK_EQ(target_lock(&target), 0);
    end();
}

TEST(target_of_what_is_no_folder)
{
    scratch_make();
    scratch_file("dir/abc/outputs", "text");
    CHECK_EQ(open_target(&target), -ENOTDIR);
    target_close(&target);

    scratch_file("file", "text");
    umask(0);
    CHECK_EQ(target_open(&target, scratch_path("file"), "abc", "outputs", 0), 0);
    CHECK_EQ(target_lock(&target), -ENOTDIR);
    target_close(&target);
    CHECK_EQ(target_open(&target, scratch_path(""), "file", "outputs", 0), 0);
    CHECK_EQ(target_lock(&target), -ENOTDIR);
    target_close(&target);
    CHECK_STR(scratch_what("file"), "text");

    /* Made by somebody after the target was opened. */
    scratch_folder("late");
    CHECK_EQ(target_open(&target, scratch_path("late"), "abc", "outputs", 0), 0);
    CHECK_EQ(target_lock(&target), 0);
    scratch_file("late/abc/outputs", "text");
    CHECK_EQ(target_create(&target), -ENOTDIR);
    CHECK_EQ(target_create(&target), -ENOTDIR);
    CHECK_STR(scratch_what("late/abc/outputs"), "text");
    end();
}

TEST(target_create_takes_what_is_there)
{
    scratch_make();
    scratch_file("dir/abc/outputs/a.txt", "a");
    scratch_file("dir/abc/.outputs.part/left", "left");
    CHECK_EQ(open_target(&target), 0);
    CHECK_EQ(target_lock(&target), 0);
    CHECK_EQ(target_create(&target), 0);
    CHECK_EQ(target_create(&target), 0);
    CHECK_STR(scratch_what("dir/abc/outputs/a.txt"), "a");
    CHECK_STR(scratch_what("dir/abc/.outputs.part/left"), "left");
    end();
}

/* ---- files ---- */

TEST(target_look_and_read)
{
    struct stat st;
    char text[100];

    CHECK_EQ(begin(), 0);
    scratch_file("dir/abc/outputs/file", "some text");
    scratch_link("dir/abc/outputs/link", "file");
    scratch_folder("dir/abc/outputs/folder");
    CHECK_EQ(target_look(target.root, "file", &st), 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK_EQ(st.st_size, 9);
    CHECK_EQ(target_look(target.root, "link", &st), 0);
    CHECK(S_ISLNK(st.st_mode));
    CHECK_EQ(target_look(target.root, "nothing", &st), -ENOENT);

    CHECK_EQ(target_read(target.root, "file", text, sizeof(text)), 9);
    CHECK_EQ(memcmp(text, "some text", 9), 0);
    CHECK_EQ(target_read(target.root, "file", text, 4), 4);
    CHECK_EQ(target_read(target.root, "nothing", text, 4), -ENOENT);
    CHECK_EQ(target_read(target.root, "folder", text, 4), -EISDIR);
    CHECK_EQ(target_read(target.root, "link", text, 4), -ELOOP);
    end();
}

TEST(target_crc_of_files_and_links)
{
    uint32_t crc = 1;

    CHECK_EQ(begin(), 0);
    scratch_file("dir/abc/outputs/file", "some text");
    scratch_file("dir/abc/outputs/empty", "");
    scratch_link("dir/abc/outputs/link", "file");
    scratch_link("dir/abc/outputs/lost", "nowhere");
    scratch_folder("dir/abc/outputs/folder");
    scratch_fifo("dir/abc/outputs/fifo");
    CHECK_EQ(target_crc(target.root, "file", 0, &crc), 0);
    CHECK_EQ(crc, crc_of("some text"));
    CHECK_EQ(target_crc(target.root, "empty", 0, &crc), 0);
    CHECK_EQ(crc, 0);
    CHECK_EQ(target_crc(target.root, "link", 0, &crc), 0);
    CHECK_EQ(crc, crc_of("file"));
    CHECK_EQ(target_crc(target.root, "link", 1, &crc), 0);
    CHECK_EQ(crc, crc_of("some text"));
    CHECK_EQ(target_crc(target.root, "lost", 0, &crc), 0);
    CHECK_EQ(crc, crc_of("nowhere"));
    CHECK_EQ(target_crc(target.root, "lost", 1, &crc), -ENOENT);
    CHECK_EQ(target_crc(target.root, "nothing", 0, &crc), -ENOENT);
    CHECK_EQ(target_crc(target.root, "folder", 0, &crc), -EISDIR);
    CHECK_EQ(target_crc(target.root, "fifo", 0, &crc), 0); /* it does not wait for a writer */
    end();
}

TEST(target_crc_of_a_file_of_many_pieces)
{
    static char text[700000];
    uint32_t crc = 1;

    CHECK_EQ(begin(), 0);
    memset(text, 'x', sizeof(text) - 1);
    scratch_file("dir/abc/outputs/file", text);
    CHECK_EQ(target_crc(target.root, "file", 0, &crc), 0);
    CHECK_EQ(crc, crc_of(text));
    end();
}

/* ---- parts ---- */

/* Makes a part with this text. */
static int make_part(const char *name, const char *text, mode_t mode)
{
    int fd = target_new_part(&target, name, mode);

    if (fd < 0)
        return fd;
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text) || !is_closed_on_exec(fd))
        abort();
    close(fd);
    return 0;
}

TEST(target_new_parts_are_new)
{
    CHECK_EQ(begin(), 0);
    scratch_file("outside", "outside");
    CHECK_EQ(make_part("a", "text", 0755), 0);
    CHECK_STR(scratch_what("dir/abc/.outputs.part/a"), "text");
    CHECK_EQ(scratch_mode("dir/abc/.outputs.part/a"), 0755);
    CHECK_EQ(make_part("a", "b", 0644), 0); /* what was there is gone */
    CHECK_STR(scratch_what("dir/abc/.outputs.part/a"), "b");
    CHECK_EQ(scratch_mode("dir/abc/.outputs.part/a"), 0644);
    scratch_link("dir/abc/.outputs.part/link", scratch_path("outside"));
    CHECK_EQ(make_part("link", "text", 0644), 0);
    CHECK_STR(scratch_what("dir/abc/.outputs.part/link"), "text");
    CHECK_EQ(link(scratch_path("outside"), scratch_path("dir/abc/.outputs.part/hard")), 0);
    CHECK_EQ(make_part("hard", "text", 0644), 0);
    CHECK_STR(scratch_what("outside"), "outside");
    scratch_file("dir/abc/.outputs.part/folder/in/it", "text");
    CHECK_EQ(make_part("folder", "text", 0644), 0);
    CHECK_STR(scratch_what("dir/abc/.outputs.part/folder"), "text");
    end();
}

TEST(target_old_parts_are_taken_over)
{
    uint64_t size = 7;
    int fd;
    char text[10];

    CHECK_EQ(begin(), 0);
    CHECK_EQ(target_old_part(&target, "a", 0644, &size), -ENOENT);
    CHECK_EQ(make_part("a", "text", 0644), 0);
    fd = target_old_part(&target, "a", 0644, &size);
    CHECK(fd >= 0);
    CHECK_EQ(size, 4);
    CHECK_EQ(pread(fd, text, sizeof(text), 0), 4);
    CHECK_EQ(pwrite(fd, "more", 4, 4), 4);
    close(fd);
    CHECK_STR(scratch_what("dir/abc/.outputs.part/a"), "textmore");
    end();
}

TEST(target_old_parts_of_others_are_not)
{
    uint64_t size;
    int descriptors;

    CHECK_EQ(begin(), 0);
    descriptors = open_descriptors();
    CHECK_EQ(make_part("mode", "text", 0755), 0);
    CHECK_EQ(target_old_part(&target, "mode", 0644, &size), -ENOENT);
    scratch_file("outside", "outside");
    CHECK_EQ(link(scratch_path("outside"), scratch_path("dir/abc/.outputs.part/hard")), 0);
    CHECK_EQ(target_old_part(&target, "hard", 0644, &size), -ENOENT);
    scratch_link("dir/abc/.outputs.part/link", scratch_path("outside"));
    CHECK(target_old_part(&target, "link", 0644, &size) < 0);
    scratch_folder("dir/abc/.outputs.part/folder");
    CHECK(target_old_part(&target, "folder", 0644, &size) < 0);
    scratch_fifo("dir/abc/.outputs.part/fifo");
    CHECK_EQ(target_old_part(&target, "fifo", 0644, &size), -ENOENT);
    CHECK_EQ(open_descriptors(), descriptors);
    end();
}

TEST(target_parts_are_dropped)
{
    CHECK_EQ(begin(), 0);
    target_drop_part(&target, "nothing");
    CHECK_EQ(make_part("a", "text", 0644), 0);
    target_drop_part(&target, "a");
    scratch_file("outside/file", "text");
    scratch_link("dir/abc/.outputs.part/link", scratch_path("outside"));
    target_drop_part(&target, "link");
    scratch_file("dir/abc/.outputs.part/folder/in/it", "text");
    scratch_link("dir/abc/.outputs.part/folder/link", scratch_path("outside"));
    target_drop_part(&target, "folder");
    CHECK_EQ(scratch_count("dir/abc/.outputs.part"), 0);
    CHECK_STR(scratch_what("outside/file"), "text");
    end();
}

/* ---- the hidden folder's end ---- */

TEST(target_removes_the_hidden_folder)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(make_part("a", "text", 0644), 0);
    target_remove_parts(&target, 0);
    CHECK_STR(scratch_what("dir/abc/.outputs.part/a"), "text");
    CHECK(target.parts >= 0);
    target_drop_part(&target, "a");
    target_remove_parts(&target, 0);
    CHECK_STR(scratch_what("dir/abc/.outputs.part"), "(nothing)");
    CHECK(target.parts < 0);
    target_remove_parts(&target, 0); /* harmless */

    CHECK_EQ(target_create(&target), 0);
    scratch_file("dir/abc/.outputs.part/folder/in/it", "text");
    scratch_file("dir/abc/.outputs.part/b", "text");
    scratch_file("outside/file", "text");
    scratch_link("dir/abc/.outputs.part/link", scratch_path("outside"));
    target_remove_parts(&target, 1);
    CHECK_STR(scratch_what("dir/abc/.outputs.part"), "(nothing)");
    CHECK(target.parts < 0);
    CHECK_STR(scratch_what("outside/file"), "text");
    CHECK_STR(scratch_what("dir/abc/outputs"), "(folder)");
    end();
}

TEST(target_removes_what_is_very_deep_as_far_as_it_likes)
{
    char path[2000] = "dir/abc/.outputs.part";
    int descriptors;

    CHECK_EQ(begin(), 0);
    descriptors = open_descriptors();
    for (int i = 0; i < 100; i++)
        strcat(path, "/d");
    scratch_folder(path);
    target_remove_parts(&target, 1);
    CHECK(target.parts >= 0);
    CHECK_EQ(open_descriptors(), descriptors);
    /* It looks anew each time. */
    CHECK_EQ(rename(scratch_path("dir/abc/.outputs.part/d"), scratch_path("d")), 0);
    CHECK_EQ(make_part("a", "text", 0644), 0);
    target_remove_parts(&target, 1);
    CHECK_STR(scratch_what("dir/abc/.outputs.part"), "(nothing)");
    end();
}
