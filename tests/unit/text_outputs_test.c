/* outputs_info, on directories made by hand. */
#include <stdlib.h>

#include "test.h"
#include "text/text.h"

#define ENTRIES_MAX 200000
#define NAMES_MAX   (8 << 20)

struct archive {
    struct zip_directory dir;
    struct zip_tree tree;
};

static void archive_begin(struct archive *archive)
{
    *archive = (struct archive){0};
    archive->dir.entries = calloc(ENTRIES_MAX, sizeof(*archive->dir.entries));
    archive->dir.names = malloc(NAMES_MAX);
    archive->dir.ascending = 1;
}

static void add(struct archive *archive, const char *name, uint64_t size, uint64_t compressed)
{
    struct zip_directory *dir = &archive->dir;
    size_t len = strlen(name);
    int is_directory = len && name[len - 1] == '/';

    memcpy(dir->names + dir->names_len, name, len);
    dir->entries[dir->count++] = (struct zip_entry){
        .size = size,
        .compressed_size = compressed,
        .name = dir->names_len,
        .name_len = (uint16_t)len,
        .flags = is_directory ? ZIP_ENTRY_DIRECTORY : 0,
    };
    dir->names_len += (uint32_t)len;
}

static void add_hidden(struct archive *archive, const char *name, enum zip_problem problem)
{
    add(archive, name, 1, 1);
    archive->dir.entries[archive->dir.count - 1].problem = (uint8_t)problem;
}

static int render(struct archive *archive, uint64_t size, struct buf *out)
{
    if (zip_tree_build(&archive->tree, &archive->dir, "artifacts"))
        return -1;
    text_outputs_info(&archive->tree, size, out);
    return out->error;
}

static void archive_end(struct archive *archive)
{
    zip_tree_free(&archive->tree);
    free(archive->dir.entries);
    free(archive->dir.names);
}

TEST(outputs_info_of_an_empty_archive)
{
    struct archive archive;
    BUF_SCOPED out = BUF_INIT(10000);

    archive_begin(&archive);
    CHECK_EQ(render(&archive, 22, &out), 0);
    CHECK_STR(out.data, "Archive size: 22 B\n"
                        "Files: 0 (0 B, 0 B compressed)\n"
                        "\n"
                        "Contents:\n"
                        "      Size  Compressed  Name\n");
    archive_end(&archive);
}

TEST(outputs_info_lists_the_tree)
{
    struct archive archive;
    BUF_SCOPED out = BUF_INIT(10000);

    archive_begin(&archive);
    add(&archive, "output.json", 10, 10);
    add(&archive, "artifacts/", 0, 0);
    add(&archive, "artifacts/stdout.txt", 1234, 567);
    add(&archive, "artifacts/a/", 0, 0);
    add(&archive, "artifacts/a/b/c/deep", 1000000, 250000);
    add(&archive, "artifacts/a/b/empty/", 0, 0);
    add(&archive, "artifacts/a/x\ny\\z\xff", 3, 5);
    add(&archive, "artifacts/last", 0, 0);
    CHECK_EQ(render(&archive, 262000, &out), 0);
    CHECK_STR(out.data, "Archive size: 262.00 KB\n"
                        "Files: 4 (1.00 MB, 250.57 KB compressed)\n"
                        "\n"
                        "Contents:\n"
                        "      Size  Compressed  Name\n"
                        "   1.23 KB       567 B  stdout.txt\n"
                        "   1.00 MB   250.00 KB  a/b/c/deep\n"
                        "       0 B         0 B  a/b/empty/\n"
                        "       3 B         5 B  a/x\\ny\\\\z\\xFF\n"
                        "       0 B         0 B  last\n");
    archive_end(&archive);
}

TEST(outputs_info_tells_what_is_not_shown)
{
    struct archive archive;
    BUF_SCOPED out = BUF_INIT(10000), expected = BUF_INIT(10000);

    archive_begin(&archive);
    add(&archive, "ok", 1, 1);
    add_hidden(&archive, "../etc/passwd", ZIP_NAME_DOTS);
    add_hidden(&archive, "/abs\n", ZIP_NAME_ABSOLUTE);
    add_hidden(&archive, "", ZIP_NAME_EMPTY);
    add_hidden(&archive, "unreadable", ZIP_BAD_OFFSET);
    CHECK_EQ(render(&archive, 1000, &out), 0);
    buf_printf(&expected,
               "Archive size: 1.00 KB\n"
               "Files: 2 (2 B, 2 B compressed)\n"
               "\n"
               "Contents:\n"
               "      Size  Compressed  Name\n"
               "       1 B         1 B  ok\n"
               "       1 B         1 B  unreadable\n"
               "\n"
               "Not shown:\n"
               "  ../etc/passwd: %s\n"
               "  /abs\\n: %s\n"
               "  \"\": %s\n"
               "\n"
               "Cannot be read:\n"
               "  unreadable: %s\n",
               zip_problem_text(ZIP_NAME_DOTS), zip_problem_text(ZIP_NAME_ABSOLUTE),
               zip_problem_text(ZIP_NAME_EMPTY), zip_problem_text(ZIP_BAD_OFFSET));
    CHECK_EQ(expected.error, 0);
    CHECK_STR(out.data, expected.data);
    archive_end(&archive);
}

/* The deepest path a name allows, and every byte of it escaped to four. */
TEST(outputs_info_of_a_deep_tree)
{
    struct archive archive;
    BUF_SCOPED out = BUF_INIT(100000);
    char name[4096];

    archive_begin(&archive);
    for (size_t i = 0; i + 1 < sizeof(name); i++)
        name[i] = i % 2 ? '/' : '\x01';
    name[sizeof(name) - 1] = '\0';
    name[sizeof(name) - 2] = 'x';
    add(&archive, name, 1, 1);
    add(&archive, "after", 2, 2);
    CHECK_EQ(render(&archive, 1000, &out), 0);
    CHECK(strstr(out.data, "  \\x01/\\x01/"));
    CHECK(strstr(out.data, "\n       2 B         2 B  after\n"));
    archive_end(&archive);
}

TEST(outputs_info_of_many_entries)
{
    struct archive archive;
    BUF_SCOPED out = BUF_INIT(64 << 20);
    char name[64];
    size_t lines = 0;

    archive_begin(&archive);
    for (int i = 0; i < ENTRIES_MAX; i++) {
        snprintf(name, sizeof(name), "d%03d/e%02d/file%06d", i / 1000, i / 100 % 10, i);
        add(&archive, name, (uint64_t)i * 1000, (uint64_t)i);
    }
    CHECK_EQ(render(&archive, 1000, &out), 0);
    for (const char *at = out.data; (at = strchr(at, '\n')); at++)
        lines++;
    CHECK_EQ(lines, ENTRIES_MAX + 5);
    CHECK(strstr(out.data, "\n 199.00 MB   199.00 KB  d199/e00/file199000\n"));
    archive_end(&archive);
}
