#include "download/zip_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "op/sync.h"
#include "support/download_world.h"
#include "support/scratch.h"
#include "test.h"

#define MIB         (1024u * 1024)
#define PATIENCE_MS 20000
#define PLACE       "dir/abc/output.zip"
#define PART        "dir/abc/.output.zip.part"

static struct {
    struct download_world world;
    struct zip_copy copy;
    _Atomic uint64_t written;
    int is_forced;
} all;

static int begin(void)
{
    static char text[5 * MIB];

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 31 + i / 977);
    zip_builder_file(&all.world.builder, "large", text, sizeof(text));
    all.is_forced = 0;
    return download_world_start(&all.world);
}

static void end(void)
{
    download_world_stop(&all.world);
}

static int copy_it(struct op *op, void *arg)
{
    (void)arg;
    return zip_copy_step(&all.copy, op);
}

static int copy_zip(void)
{
    int rc;

    all.written = 0;
    all.copy = (struct zip_copy){.archive = all.world.archive,
                                 .target = &all.world.target,
                                 .name = "output.zip",
                                 .is_forced = all.is_forced,
                                 .written = &all.written,
                                 .fd = -1};
    rc = op_run_sync(all.world.engine.executor, PATIENCE_MS, copy_it, NULL);
    zip_copy_end(&all.copy);
    return rc;
}

/* Writes the first bytes of the archive to a file, with a wrong one. */
static void put(const char *path, size_t size, size_t wrong)
{
    FILE *file = fopen(scratch_path(path), "w");

    if (!file)
        abort();
    for (size_t i = 0; i < size; i++)
        putc(i < all.world.store.n ? all.world.store.bytes[i] ^ (i == wrong) : 'x', file);
    fclose(file);
}

/* Whether the archive is in its place, and nothing beside it but the two folders. */
static int is_there(void)
{
    FILE *file = fopen(scratch_path(PLACE), "r");
    int is_right = file != NULL;

    for (size_t i = 0; is_right && i < all.world.store.n; i++)
        is_right = getc(file) == all.world.store.bytes[i];
    if (is_right)
        is_right = getc(file) == EOF;
    if (file)
        fclose(file);
    return is_right && scratch_count("dir/abc") == 3;
}

TEST(zip_copy_of_the_whole_archive)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(copy_zip(), 0);
    CHECK(is_there());
    CHECK_EQ(all.written, all.world.store.n);
    CHECK_EQ(copy_zip(), 1); /* it is there already */
    CHECK(is_there());
    end();
}

TEST(zip_copy_goes_on_where_another_has_stopped)
{
    CHECK_EQ(begin(), 0);
    for (size_t size = 0; size < all.world.store.n; size += MIB - 7) {
        put(PART, size, SIZE_MAX);
        CHECK_EQ(copy_zip(), 0);
        CHECK(is_there());
        CHECK_EQ(all.written, all.world.store.n);
        CHECK_EQ(unlink(scratch_path(PLACE)), 0);
    }
    put(PART, all.world.store.n + 9, SIZE_MAX);
    CHECK_EQ(copy_zip(), 0);
    CHECK(is_there());
    end();
}

TEST(zip_copy_begins_anew_where_the_part_is_of_something_else)
{
    CHECK_EQ(begin(), 0);
    put(PART, 3 * MIB, 0);
    CHECK_EQ(copy_zip(), 0);
    CHECK(is_there());
    CHECK_EQ(unlink(scratch_path(PLACE)), 0);
    put(PART, 3 * MIB, 3 * MIB - 1);
    CHECK_EQ(copy_zip(), 0);
    CHECK(is_there());
    end();
}

TEST(zip_copy_goes_on_with_nobody_elses_part)
{
    CHECK_EQ(begin(), 0);
    put("outside", 3 * MIB, 3 * MIB / 2);
    scratch_link(PART, scratch_path("outside"));
    CHECK_EQ(copy_zip(), 0);
    CHECK(is_there());
    CHECK_EQ(unlink(scratch_path(PLACE)), 0);
    CHECK_EQ(link(scratch_path("outside"), scratch_path(PART)), 0);
    CHECK_EQ(copy_zip(), 0);
    CHECK(is_there());
    CHECK_EQ(unlink(scratch_path(PLACE)), 0);
    /* One that another user has left, and can write to yet. */
    put(PART, 3 * MIB, 3 * MIB / 2);
    if (!chown(scratch_path(PART), 12345, (gid_t)-1)) {
        CHECK_EQ(copy_zip(), 0);
        CHECK(is_there());
    }
    end();
}

TEST(zip_copy_takes_no_place_that_is_taken)
{
    CHECK_EQ(begin(), 0);
    put(PLACE, 100, SIZE_MAX);
    CHECK_EQ(copy_zip(), -EEXIST);
    put(PLACE, all.world.store.n, MIB);
    CHECK_EQ(copy_zip(), -EEXIST);
    all.is_forced = 1;
    CHECK_EQ(copy_zip(), 0);
    CHECK(is_there());
    put(PLACE, 100, SIZE_MAX);
    CHECK_EQ(copy_zip(), 0);
    CHECK(is_there());
    CHECK_EQ(unlink(scratch_path(PLACE)), 0);
    scratch_folder(PLACE);
    CHECK_EQ(copy_zip(), -EISDIR);
    CHECK_EQ(rmdir(scratch_path(PLACE)), 0);
    scratch_folder(PART);
    CHECK_EQ(copy_zip(), -ENOTEMPTY);
    end();
}
