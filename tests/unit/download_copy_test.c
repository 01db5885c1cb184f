#include "download/copy.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "op/sync.h"
#include "support/download_world.h"
#include "support/scratch.h"
#include "test.h"

/* 2025-01-01 12:00:00 UTC, the time of the builder's members. */
#define MEMBER_TIME 1735732800

#define MIB         (1024u * 1024)
#define PATIENCE_MS 20000
#define LARGE       (3 * MIB + 1000) /* bytes of "large" */
#define PART_MODE   0644

static struct {
    struct download_world world;
    struct copy copy;
    struct copy_folder folder;
    _Atomic uint64_t written;
    uint8_t room[ZIP_PIECE];
    int is_forced;
} all;

static char large[LARGE + 1];

static int begin(void)
{
    all.folder.fd = -1;
    all.written = 0;
    all.is_forced = 0;
    return download_world_start(&all.world);
}

static void end(void)
{
    copy_folder_close(&all.folder);
    download_world_stop(&all.world);
}

static void fill_large(void)
{
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (char)('a' + (i * 31 + i / 977) % 26);
}

static int copy_it(struct op *op, void *arg)
{
    (void)arg;
    return copy_step(&all.copy, &all.folder, op);
}

/* Like a download that is interrupted when it has to wait. */
static int copy_until_it_waits(struct op *op, void *arg)
{
    int rc = copy_it(op, arg);

    return rc == OP_PENDING ? -ECANCELED : rc;
}

/* Begins the copy of a file by its name. */
static void set_up(const char *name)
{
    const struct zip_tree *tree = archive_tree(all.world.archive);
    uint32_t node = ZIP_ROOT;

    while (*name && node != ZIP_NONE) {
        size_t len = strcspn(name, "/");

        node = zip_tree_lookup(tree, node, name, len);
        name += len + (name[len] == '/');
    }
    if (node == ZIP_NONE)
        abort();
    copy_init(&all.copy, all.world.archive, &all.world.target, node);
    all.copy.is_forced = all.is_forced;
    all.copy.written = &all.written;
    all.copy.room = all.room;
}

static int copy_file(const char *name)
{
    int rc;

    set_up(name);
    rc = op_run_sync(all.world.engine.executor, PATIENCE_MS, copy_it, NULL);
    copy_end(&all.copy);
    return rc;
}

static int parts(void)
{
    return scratch_count("dir/abc/.outputs.part");
}

#define PLACE "dir/abc/outputs/"

static int64_t time_of(const char *path)
{
    struct stat st;

    return lstat(scratch_path(path), &st) ? -1 : st.st_mtim.tv_sec;
}

/* Whether "large" is in its place as it was. */
static int large_is_right(void)
{
    static char text[LARGE + 10];
    FILE *file = fopen(scratch_path(PLACE "large"), "r");
    size_t n = file ? fread(text, 1, sizeof(text), file) : 0;

    if (file)
        fclose(file);
    return n == LARGE && memcmp(text, large, LARGE) == 0 && parts() == 0;
}

/* ---- whole files ---- */

TEST(copy_of_small_files)
{
    struct zip_member program = {.name = "program",
                                 .data = "#!",
                                 .data_len = 2,
                                 .made_by = 3,
                                 .attributes = 0100755u << 16,
                                 .dos_date = 0x5a21,
                                 .dos_time = 0x6000};

    zip_builder_file(&all.world.builder, "d/e/a.txt", "some text", 9);
    zip_builder_file(&all.world.builder, "empty", "", 0);
    zip_builder_deflated(&all.world.builder, "d/b.txt", "text text text text", 19, 6, 1);
    zip_builder_add(&all.world.builder, &program);
    CHECK_EQ(begin(), 0);
    CHECK_EQ(copy_file("d/e/a.txt"), 0);
    CHECK_EQ(copy_file("empty"), 0);
    CHECK_EQ(copy_file("d/b.txt"), 0);
    CHECK_EQ(copy_file("program"), 0);
    CHECK_STR(scratch_what(PLACE "d/e/a.txt"), "some text");
    CHECK_STR(scratch_what(PLACE "empty"), "");
    CHECK_STR(scratch_what(PLACE "d/b.txt"), "text text text text");
    CHECK_STR(scratch_what(PLACE "program"), "#!");
    CHECK_EQ(scratch_mode(PLACE "empty"), 0644);
    CHECK_EQ(scratch_mode(PLACE "program"), 0755);
    CHECK_EQ(scratch_mode(PLACE "d/e"), 0755);
    CHECK_EQ(time_of(PLACE "d/e/a.txt"), MEMBER_TIME);
    CHECK_EQ(all.written, 9 + 19 + 2);
    CHECK_EQ(parts(), 0);
    end();
}

TEST(copy_of_links)
{
    struct zip_member link = {.name = "d/link",
                              .data = "../file",
                              .data_len = 7,
                              .made_by = 3,
                              .attributes = 0120777u << 16,
                              .dos_date = 0x5a21,
                              .dos_time = 0x6000};
    struct zip_member out = link;

    out.name = "link";
    zip_builder_add(&all.world.builder, &link);
    zip_builder_add(&all.world.builder, &out);
    CHECK_EQ(begin(), 0);
    CHECK_EQ(copy_file("d/link"), 0);
    CHECK_EQ(copy_file("link"), 0);
    CHECK_STR(scratch_what(PLACE "d/link"), "-> ../file");
    CHECK_EQ(time_of(PLACE "d/link"), MEMBER_TIME);
    CHECK_STR(scratch_what(PLACE "link"), "../file"); /* it would lead out: a file with its text */
    CHECK_EQ(copy_file("d/link"), -EEXIST);
    all.is_forced = 1;
    CHECK_EQ(copy_file("d/link"), 0);
    end();
}

TEST(copy_takes_no_place_that_is_taken)
{
    zip_builder_file(&all.world.builder, "a", "new", 3);
    zip_builder_file(&all.world.builder, "d/b", "new", 3);
    zip_builder_file(&all.world.builder, "f", "new", 3);
    CHECK_EQ(begin(), 0);
    scratch_file(PLACE "a", "old");
    scratch_file(PLACE "d", "old");
    scratch_folder(PLACE "f");
    CHECK_EQ(copy_file("a"), -EEXIST);
    CHECK_EQ(copy_file("d/b"), -ENOTDIR);
    CHECK_EQ(copy_file("f"), -EEXIST);
    CHECK_STR(scratch_what(PLACE "a"), "old");
    all.is_forced = 1;
    CHECK_EQ(copy_file("a"), 0);
    CHECK_EQ(copy_file("d/b"), -ENOTDIR);
    CHECK_EQ(copy_file("f"), -EISDIR);
    CHECK_STR(scratch_what(PLACE "a"), "new");
    CHECK_STR(scratch_what(PLACE "d"), "old");
    end();
}

TEST(copy_of_damaged_files_leaves_nothing)
{
    struct zip_member damaged = {
        .name = "damaged", .data = "some text", .data_len = 9, .set = ZIP_SET_CRC, .crc32 = 1};
    struct zip_member damaged_large = {
        .name = "large", .data = large, .data_len = LARGE, .set = ZIP_SET_CRC, .crc32 = 1};

    fill_large();
    zip_builder_add(&all.world.builder, &damaged);
    zip_builder_add(&all.world.builder, &damaged_large);
    CHECK_EQ(begin(), 0);
    CHECK_EQ(copy_file("damaged"), -EIO);
    CHECK_EQ(copy_file("large"), -EIO);
    CHECK_EQ(scratch_count("dir/abc/outputs"), 0);
    CHECK_EQ(parts(), 0);
    end();
}

/* ---- what an earlier copy has left ---- */

static char part_name[200];

static int begin_large(void)
{
    int rc;

    fill_large();
    zip_builder_file(&all.world.builder, "large", large, LARGE);
    rc = begin();
    if (rc)
        return rc;
    set_up("large");
    snprintf(part_name, sizeof(part_name), "dir/abc/.outputs.part/%08x-%u-%u",
             archive_tree(all.world.archive)->dir->entries[0].crc32, LARGE,
             (unsigned)all.copy.node);
    return 0;
}

/* Leaves a part with the first bytes of the file, of which the one at `wrong` is not right. */
static void leave(size_t size, size_t wrong)
{
    FILE *file = fopen(scratch_path(part_name), "w");

    if (!file)
        abort();
    for (size_t i = 0; i < size; i++)
        putc(i == wrong ? '!' : i < LARGE ? large[i] : 'x', file);
    fclose(file);
    if (chmod(scratch_path(part_name), PART_MODE))
        abort();
}

TEST(copy_goes_on_where_another_has_stopped)
{
    static const size_t sizes[] = {0, 1, MIB, 2 * MIB + 77, LARGE - 1, LARGE, LARGE + 9};

    CHECK_EQ(begin_large(), 0);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        leave(sizes[i], SIZE_MAX);
        all.written = 0;
        CHECK_EQ(copy_file("large"), 0);
        CHECK(large_is_right());
        CHECK_EQ(all.written, LARGE);
        CHECK_EQ(time_of(PLACE "large"), MEMBER_TIME);
        CHECK_EQ(unlink(scratch_path(PLACE "large")), 0);
    }
    end();
}

TEST(copy_begins_anew_where_another_has_left_something_wrong)
{
    static const size_t cases[][2] = {{2 * MIB, 0}, {2 * MIB, MIB + 5}, {LARGE, LARGE - 1}};

    CHECK_EQ(begin_large(), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        leave(cases[i][0], cases[i][1]);
        all.written = 0;
        CHECK_EQ(copy_file("large"), 0);
        CHECK(large_is_right());
        CHECK_EQ(all.written, LARGE);
        CHECK_EQ(unlink(scratch_path(PLACE "large")), 0);
    }
    end();
}

TEST(copy_leaves_what_another_can_go_on_with)
{
    int rc;

    CHECK_EQ(begin_large(), 0);
    leave(2 * MIB, SIZE_MAX);
    all.world.store.is_shut = 1; /* it takes over what is there, and then waits */
    set_up("large");
    rc = op_run_sync(all.world.engine.executor, PATIENCE_MS, copy_until_it_waits, NULL);
    copy_end(&all.copy);
    CHECK_EQ(rc, -ECANCELED);
    CHECK_EQ(scratch_mode(part_name), PART_MODE);
    all.world.store.is_shut = 0;
    CHECK_EQ(copy_file("large"), 0);
    CHECK(large_is_right());
    end();
}

TEST(copy_that_ends_before_it_has_looked_leaves_what_there_is)
{
    CHECK_EQ(begin_large(), 0);
    leave(2 * MIB, SIZE_MAX);
    all.world.store.is_shut = 1;
    set_up("large");
    op_run_sync(all.world.engine.executor, PATIENCE_MS, copy_until_it_waits, NULL);
    /* As if memory had been short before the first byte was read. */
    all.copy.phase = COPY_TAKES_OVER;
    all.copy.offset = 0;
    copy_end(&all.copy);
    all.world.store.is_shut = 0;
    CHECK_EQ(scratch_mode(part_name), PART_MODE);
    end();
}

TEST(copy_ends_without_a_trace_before_much_was_done)
{
    int rc;

    CHECK_EQ(begin_large(), 0);
    all.world.store.is_shut = 1;
    set_up("large");
    rc = op_run_sync(all.world.engine.executor, PATIENCE_MS, copy_until_it_waits, NULL);
    copy_end(&all.copy);
    copy_end(&all.copy); /* harmless */
    all.world.store.is_shut = 0;
    CHECK_EQ(rc, -ECANCELED);
    CHECK_EQ(parts(), 0);
    end();
}
