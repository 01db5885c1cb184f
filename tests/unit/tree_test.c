#include <errno.h>
#include <stdlib.h>

#include "support/zip_builder.h"
#include "test.h"
#include "tree/tree.h"

/* An archive, its directory and its tree, to be freed together. */
struct grove {
    struct zip_builder builder;
    struct zip_directory dir;
    struct zip_tree tree;
};

/* Closes the archive and builds the tree; returns what the first step that failed did. */
static int grow(struct grove *grove, const char *strip)
{
    int rc;

    zip_builder_end(&grove->builder, NULL);
    rc = zip_open_bytes(grove->builder.out.bytes, grove->builder.out.n, 0, &grove->dir);
    return rc < 0 ? rc : zip_tree_build(&grove->tree, &grove->dir, strip);
}

static void fell(struct grove *grove)
{
    if (grove->tree.dir)
        zip_tree_free(&grove->tree);
    zip_directory_free(&grove->dir);
    zip_builder_free(&grove->builder);
}

static void print_node(const struct zip_tree *tree, uint32_t at, char *out, size_t size)
{
    const struct zip_node *node = &tree->nodes[at];
    size_t used = strlen(out);
    char path[5000];

    zip_node_path(tree, at, path, sizeof(path));
    used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " | " : "", path);
    if (node->flags & ZIP_NODE_DIRECTORY)
        used += (size_t)snprintf(out + used, size - used, "/");
    if (node->entry != ZIP_NONE)
        snprintf(out + used, size - used, "=%u", node->entry);
}

/* The tree in the order of its children, depth first: "dir/=0 | dir/file=1 | other=2", each with
 * its entry. */
static const char *walk(const struct zip_tree *tree)
{
    static char out[100000];
    uint32_t at = tree->nodes[ZIP_ROOT].first;

    out[0] = '\0';
    while (at != ZIP_NONE && at != ZIP_ROOT) {
        print_node(tree, at, out, sizeof(out));
        if (tree->nodes[at].first != ZIP_NONE) {
            at = tree->nodes[at].first;
            continue;
        }
        while (at != ZIP_ROOT && tree->nodes[at].next == ZIP_NONE)
            at = tree->nodes[at].parent;
        if (at != ZIP_ROOT)
            at = tree->nodes[at].next;
    }
    return out;
}

/* Numbers of nodes ascend among siblings, as inode numbers are made of them, and every name is
 * found. */
static int is_numbered_in_order(const struct zip_tree *tree)
{
    for (uint32_t i = 1; i < tree->count; i++) {
        const struct zip_node *node = &tree->nodes[i];
        const char *name = zip_node_name(tree, node);

        if (node->next < i || tree->nodes[node->parent].first > i)
            return 0;
        if (zip_tree_lookup(tree, node->parent, name, node->name_len) != i)
            return 0;
    }
    return 1;
}

/* The walk of a tree of empty files and directories of these names. */
static const char *walk_of(const char *const *names, const char *strip)
{
    struct grove grove = {0};
    const char *result = "(failed)";

    for (; *names; names++)
        zip_builder_file(&grove.builder, *names, "", 0);
    if (grow(&grove, strip) == 0 && is_numbered_in_order(&grove.tree))
        result = walk(&grove.tree);
    fell(&grove);
    return result;
}
#define WALK(strip, ...) walk_of((const char *const[]){__VA_ARGS__, NULL}, strip)

static uint32_t find(const struct zip_tree *tree, const char *path)
{
    uint32_t node = ZIP_ROOT;

    while (*path && node != ZIP_NONE) {
        size_t n = strcspn(path, "/");

        node = zip_tree_lookup(tree, node, path, n);
        path += n + (path[n] == '/');
    }
    return node;
}

TEST(parents_are_made_up)
{
    CHECK_STR(WALK(NULL, "a/b/c"), "a/ | a/b/ | a/b/c=0");
    CHECK_STR(WALK(NULL, "a/b/c", "a/"), "a/=1 | a/b/ | a/b/c=0");
    CHECK_STR(WALK(NULL, "a/", "a/b"), "a/=0 | a/b=1");
}

TEST(children_in_archive_order)
{
    CHECK_STR(WALK(NULL, "z", "m/2", "a", "m/1", "z2/", "b/", "m/0"),
              "z=0 | m/ | m/2=1 | m/1=3 | m/0=6 | a=2 | z2/=4 | b/=5");
}

/* A directory is where the first data below it is, and not where its own entry is. */
TEST(directories_are_where_their_data_is)
{
    CHECK_STR(WALK(NULL, "a/", "b/", "c/", "c/1", "a/1", "b/1"),
              "c/=2 | c/1=3 | a/=0 | a/1=4 | b/=1 | b/1=5");
    CHECK_STR(WALK(NULL, "a/", "a/x/", "a/y/", "b/1", "a/y/1", "a/x/1"),
              "b/ | b/1=3 | a/=0 | a/y/=2 | a/y/1=4 | a/x/=1 | a/x/1=5");
    /* Those without data are where their first entry is. */
    CHECK_STR(WALK(NULL, "b/", "b/c/", "a/d/", "1", "a/"), "b/=0 | b/c/=1 | a/=4 | a/d/=2 | 1=3");
    CHECK_STR(WALK(NULL, "p/e/", "1", "p/2", "q/"), "1=1 | p/ | p/e/=0 | p/2=2 | q/=3");
    CHECK_STR(WALK(NULL, "a", "a/", "a", "b"), "a (3)=0 | a/=1 | a (2)=2 | b=3");
}

/* Empty files whose data is in the reverse order of their records. */
static const char *walk_reversed(const char *const *names, uint32_t count)
{
    struct grove grove = {0};
    const char *result = "(failed)";

    zip_bytes_fill(&grove.builder.out, '#', 1000);
    for (uint32_t i = 0; i < count; i++) {
        struct zip_member member = {
            .name = names[i], .set = ZIP_SET_OFFSET, .offset = 900 - 10 * (uint64_t)i};

        zip_builder_add(&grove.builder, &member);
    }
    if (grow(&grove, NULL) == 0 && is_numbered_in_order(&grove.tree))
        result = walk(&grove.tree);
    fell(&grove);
    return result;
}

/* The order of the records decides who is the last of one name; the order of the data is that of
 * readdir. */
TEST(children_of_an_archive_in_reverse)
{
    static const char *const names[] = {"d/1", "d/2", "e/1", "d/3", "a", "a"};
    static const char *const nested[] = {"x/", "x/y/", "x/y/1", "x/2", "3"};
    static const char *const empty[] = {"x/", "y/", "y/z/"};

    CHECK_STR(walk_reversed(names, 6), "a=0 | a (2)=1 | d/ | d/3=2 | d/2=4 | d/1=5 | e/ | e/1=3");
    CHECK_STR(walk_reversed(nested, 5), "3=0 | x/=4 | x/2=1 | x/y/=3 | x/y/1=2");
    CHECK_STR(walk_reversed(empty, 3), "y/=1 | y/z/=0 | x/=2");
}

TEST(names_with_a_problem_are_not_in_the_tree)
{
    struct grove grove = {0};

    zip_builder_file(&grove.builder, "../x", "", 0);
    zip_builder_file(&grove.builder, "good", "", 0);
    zip_builder_file(&grove.builder, "/abs", "", 0);
    zip_builder_file(&grove.builder, "", "", 0);
    CHECK_EQ(grow(&grove, NULL), 0);
    CHECK_STR(walk(&grove.tree), "good=1");
    CHECK_EQ(zip_tree_shows(&grove.tree, 0), 0);
    CHECK_EQ(zip_tree_shows(&grove.tree, 1), 1);
    CHECK_EQ(zip_tree_shows(&grove.tree, 2), 0);
    CHECK_EQ(zip_tree_shows(&grove.tree, 3), 0);
    CHECK_EQ(zip_tree_shows(&grove.tree, 4), 0);
    fell(&grove);
}

TEST(bad_members_are_in_the_tree)
{
    struct grove grove = {0};
    struct zip_member bad = {.name = "bad", .set = ZIP_SET_OFFSET, .offset = 1000000};

    zip_builder_add(&grove.builder, &bad);
    zip_builder_file(&grove.builder, "good", "", 0);
    CHECK_EQ(grow(&grove, NULL), 0);
    CHECK_STR(walk(&grove.tree), "good=0 | bad=1"); /* its offset is behind all others */
    fell(&grove);
}

TEST(last_of_two_keeps_the_name)
{
    CHECK_STR(WALK(NULL, "a", "a"), "a (2)=0 | a=1");
    CHECK_STR(WALK(NULL, "a", "b", "a", "a"), "a (3)=0 | b=1 | a (2)=2 | a=3");
    CHECK_STR(WALK(NULL, "d/a", "a", "d/a"), "d/ | d/a (2)=0 | d/a=2 | a=1");
    CHECK_STR(WALK(NULL, "a.txt", "a.txt"), "a.txt (2)=0 | a.txt=1");
}

TEST(taken_names_are_skipped)
{
    CHECK_STR(WALK(NULL, "a", "a (2)", "a"), "a (3)=0 | a (2)=1 | a=2");
    CHECK_STR(WALK(NULL, "a", "a", "a", "a (3)"), "a (4)=0 | a (2)=1 | a=2 | a (3)=3");
    CHECK_STR(WALK(NULL, "a", "a", "a (2)/x"), "a (3)=0 | a=1 | a (2)/ | a (2)/x=2");
    CHECK_STR(WALK(NULL, "a", "a", "a (2)", "a (2)"), "a (3)=0 | a=1 | a (2) (2)=2 | a (2)=3");
}

TEST(directory_keeps_its_name_from_a_file)
{
    CHECK_STR(WALK(NULL, "a", "a/b"), "a (2)=0 | a/ | a/b=1");
    CHECK_STR(WALK(NULL, "a/b", "a"), "a/ | a/b=0 | a (2)=1");
    CHECK_STR(WALK(NULL, "a/", "a"), "a/=0 | a (2)=1");
    CHECK_STR(WALK(NULL, "a", "a", "a/b", "a"), "a (4)=0 | a (3)=1 | a/ | a/b=2 | a (2)=3");
    CHECK_STR(WALK(NULL, "a", "a (2)/x", "a/"), "a (3)=0 | a (2)/ | a (2)/x=1 | a/=2");
}

TEST(two_directory_entries_are_one)
{
    struct grove grove = {0};

    zip_builder_file(&grove.builder, "a/", "", 0);
    zip_builder_file(&grove.builder, "a/x", "", 0);
    zip_builder_file(&grove.builder, "a/", "", 0);
    CHECK_EQ(grow(&grove, NULL), 0);
    CHECK_STR(walk(&grove.tree), "a/=2 | a/x=1");
    CHECK_EQ(zip_tree_shows(&grove.tree, 0), 1);
    CHECK_EQ(zip_tree_shows(&grove.tree, 2), 1);
    CHECK_EQ(grove.tree.directories, 2);
    fell(&grove);
}

TEST(directory_by_its_attributes)
{
    struct grove grove = {0};
    struct zip_member member = {.name = "d", .made_by = 3, .attributes = 040755u << 16};

    zip_builder_add(&grove.builder, &member);
    zip_builder_file(&grove.builder, "d/x", "", 0);
    CHECK_EQ(grow(&grove, NULL), 0);
    CHECK_STR(walk(&grove.tree), "d/=0 | d/x=1");
    fell(&grove);
}

TEST(strip_one_level)
{
    CHECK_STR(WALK("artifacts", "output.json", "artifacts/a", "artifacts/d/b"), "a=1 | d/ | d/b=2");
    CHECK_STR(WALK("artifacts", "artifacts/", "x"), "");
    CHECK_STR(WALK("artifacts", "a", "d/b"), "a=0 | d/ | d/b=1");
    CHECK_STR(WALK("artifacts", "artifacts", "x"), "artifacts=0 | x=1");
    CHECK_STR(WALK("artifacts", "artifacts", "artifacts/x"), "x=1");
    CHECK_STR(WALK("artifacts", "artifacts2/x", "artifact/y"),
              "artifacts2/ | artifacts2/x=0 | artifact/ | artifact/y=1");
    CHECK_STR(WALK("artifacts", "d/artifacts/x"), "d/ | d/artifacts/ | d/artifacts/x=0");
    CHECK_STR(WALK("artifacts", "artifacts/artifacts/x"), "artifacts/ | artifacts/x=0");
    CHECK_STR(WALK("artifacts", "x", "artifacts/../y"), "");
    CHECK_STR(WALK("sim_dir", "input.json", "sim_dir/in"), "in=1");
    CHECK_STR(WALK("", "a"), "a=0");
}

TEST(what_stands_beside_the_stripped_directory_is_not_shown)
{
    struct grove grove = {0};

    zip_builder_file(&grove.builder, "output.json", "", 0);
    zip_builder_file(&grove.builder, "artifacts/", "", 0);
    zip_builder_file(&grove.builder, "artifacts/x", "", 0);
    zip_builder_file(&grove.builder, "artifacts", "", 0);
    zip_builder_file(&grove.builder, "artifacts/..", "", 0);
    zip_builder_file(&grove.builder, "artifacts.txt", "", 0);
    CHECK_EQ(grow(&grove, "artifacts"), 0);
    CHECK_STR(walk(&grove.tree), "x=2");
    CHECK_EQ(grove.tree.nodes[ZIP_ROOT].entry, 1);
    CHECK_EQ(zip_tree_shows(&grove.tree, 0), 0);
    CHECK_EQ(zip_tree_shows(&grove.tree, 1), 1);
    CHECK_EQ(zip_tree_shows(&grove.tree, 2), 1);
    CHECK_EQ(zip_tree_shows(&grove.tree, 3), 0);
    CHECK_EQ(zip_tree_shows(&grove.tree, 4), 0);
    CHECK_EQ(zip_tree_shows(&grove.tree, 5), 0);
    fell(&grove);
}

TEST(totals_of_the_files)
{
    struct grove grove = {0};
    static const char data[2000];
    struct zip_member huge = {.name = "artifacts/huge",
                              .data = data,
                              .data_len = sizeof(data),
                              .method = 93,
                              .zip64 = 1,
                              .set = ZIP_SET_SIZE,
                              .size = UINT64_C(1) << 32};
    struct zip_member impossible = huge;

    zip_builder_file(&grove.builder, "beside", "12345", 5);
    zip_builder_file(&grove.builder, "artifacts/a", "123", 3);
    zip_builder_file(&grove.builder, "artifacts/b", "1234", 4);
    zip_builder_add(&grove.builder, &huge);
    impossible.name = "artifacts/impossible";
    impossible.size = UINT64_C(1) << 62;
    zip_builder_add(&grove.builder, &impossible);
    CHECK_EQ(grow(&grove, "artifacts"), 0);
    CHECK_EQ(grove.tree.total_size, (UINT64_C(1) << 32) + 7);
    CHECK_EQ(grove.tree.total_compressed, 7 + 2 * sizeof(data));
    CHECK_EQ(grove.tree.directories, 1);
    CHECK_EQ(grove.tree.count, 5);
    fell(&grove);
}

TEST(totals_saturate)
{
    struct grove grove = {0};
    static const char *const names[] = {"a", "b", "c"};

    for (int i = 0; i < 3; i++)
        zip_builder_file(&grove.builder, names[i], "", 0);
    CHECK_EQ(grow(&grove, NULL), 0);
    zip_tree_free(&grove.tree);
    for (int i = 0; i < 3; i++)
        grove.dir.entries[i].size = INT64_MAX;
    CHECK_EQ(zip_tree_build(&grove.tree, &grove.dir, NULL), 0);
    CHECK(grove.tree.total_size == UINT64_MAX);
    fell(&grove);
}

TEST(lookup)
{
    struct grove grove = {0};
    char longest[257];

    memset(longest, 'x', sizeof(longest));
    longest[255] = '\0';
    zip_builder_file(&grove.builder, "d/a", "", 0);
    zip_builder_file(&grove.builder, "a", "", 0);
    zip_builder_file(&grove.builder, longest, "", 0);
    CHECK_EQ(grow(&grove, NULL), 0);
    CHECK_EQ(grove.tree.nodes[find(&grove.tree, "d/a")].entry, 0);
    CHECK_EQ(grove.tree.nodes[find(&grove.tree, "a")].entry, 1);
    CHECK_EQ(grove.tree.nodes[find(&grove.tree, longest)].entry, 2);
    CHECK_EQ(find(&grove.tree, "d/b"), ZIP_NONE);
    CHECK_EQ(find(&grove.tree, "a/a"), ZIP_NONE);
    CHECK_EQ(zip_tree_lookup(&grove.tree, ZIP_ROOT, "", 0), ZIP_NONE);
    longest[255] = 'x';
    CHECK_EQ(zip_tree_lookup(&grove.tree, ZIP_ROOT, longest, 256), ZIP_NONE);
    CHECK_EQ(zip_tree_lookup(&grove.tree, ZIP_ROOT, longest, 257), ZIP_NONE);
    fell(&grove);
}

TEST(empty_tree)
{
    struct grove grove = {0};
    char path[2] = "x";

    CHECK_EQ(grow(&grove, "artifacts"), 0);
    CHECK_EQ(grove.tree.count, 1);
    CHECK_EQ(grove.tree.nodes[ZIP_ROOT].first, ZIP_NONE);
    CHECK_EQ(zip_tree_lookup(&grove.tree, ZIP_ROOT, "a", 1), ZIP_NONE);
    CHECK_EQ(zip_node_path(&grove.tree, ZIP_ROOT, path, 0), -ENAMETOOLONG);
    CHECK_EQ(zip_node_path(&grove.tree, ZIP_ROOT, path, 1), 0);
    CHECK_STR(path, "");
    fell(&grove);
}

TEST(path_of_a_node)
{
    struct grove grove = {0};
    char path[6];

    zip_builder_file(&grove.builder, "ab/cd", "", 0);
    CHECK_EQ(grow(&grove, NULL), 0);
    CHECK_EQ(zip_node_path(&grove.tree, find(&grove.tree, "ab/cd"), path, 6), 5);
    CHECK_STR(path, "ab/cd");
    CHECK_EQ(zip_node_path(&grove.tree, find(&grove.tree, "ab/cd"), path, 5), -ENAMETOOLONG);
    fell(&grove);
}

TEST(decorated_name_is_cut_at_a_character)
{
    struct grove grove = {0};
    char name[256], expected[256];
    const struct zip_node *node;

    /* 249 bytes and two characters of three: a cut at 251 would fall into the first. */
    memset(name, 'x', 249);
    memcpy(name + 249, "€€", 7);
    for (int i = 0; i < 3; i++)
        zip_builder_file(&grove.builder, name, "", 0);
    memset(expected, 'x', 249);
    CHECK_EQ(grow(&grove, NULL), 0);
    node = &grove.tree.nodes[2];
    memcpy(expected + 249, " (2)", 4);
    CHECK_EQ(node->name_len, 253);
    CHECK(memcmp(zip_node_name(&grove.tree, node), expected, 253) == 0);
    CHECK_EQ(zip_tree_lookup(&grove.tree, ZIP_ROOT, expected, 253), 2);
    memcpy(expected + 249, " (3)", 4);
    CHECK_EQ(zip_tree_lookup(&grove.tree, ZIP_ROOT, expected, 253), 1);
    fell(&grove);
}

/* Every node is found under its name: so names are unique. */
static int all_are_found(const struct zip_tree *tree)
{
    for (uint32_t i = 1; i < tree->count; i++) {
        const struct zip_node *node = &tree->nodes[i];

        if (zip_tree_lookup(tree, node->parent, zip_node_name(tree, node), node->name_len) != i)
            return 0;
    }
    return 1;
}

TEST(hundred_thousand_of_one_name)
{
    struct grove grove = {0};

    for (int i = 0; i < 100000; i++)
        zip_builder_file(&grove.builder, "same", "", 0);
    CHECK_EQ(grow(&grove, NULL), 0);
    CHECK_EQ(grove.tree.count, 100001);
    CHECK(all_are_found(&grove.tree));
    CHECK_EQ(grove.tree.nodes[find(&grove.tree, "same")].entry, 99999);
    CHECK_EQ(grove.tree.nodes[find(&grove.tree, "same (2)")].entry, 99998);
    CHECK_EQ(grove.tree.nodes[find(&grove.tree, "same (100000)")].entry, 0);
    fell(&grove);
}

TEST(many_names_with_one_long_beginning)
{
    struct grove grove = {0};
    char name[300];

    memset(name, 'x', sizeof(name));
    for (int i = 0; i < 60000; i++) {
        snprintf(name + 248, sizeof(name) - 248, "%07d", i / 2);
        zip_builder_file(&grove.builder, name, "", 0);
    }
    CHECK_EQ(grow(&grove, NULL), 0);
    CHECK_EQ(grove.tree.count, 60001);
    CHECK(all_are_found(&grove.tree));
    fell(&grove);
}

TEST(deep_nesting)
{
    struct grove grove = {0};
    char name[4097], path[4097];

    for (size_t i = 0; i < 4096; i++)
        name[i] = i % 2 ? '/' : 'd';
    name[4095] = 'f'; /* the last part is two letters */
    name[4096] = '\0';
    for (int i = 0; i < 100; i++)
        zip_builder_file(&grove.builder, name, "", 0);
    CHECK_EQ(grow(&grove, NULL), 0);
    CHECK_EQ(grove.tree.directories, 2048);
    CHECK_EQ(grove.tree.count, 2048 + 100);
    CHECK_EQ(zip_node_path(&grove.tree, find(&grove.tree, name), path, sizeof(path)), 4096);
    CHECK_STR(path, name);
    CHECK(all_are_found(&grove.tree));
    fell(&grove);
}

TEST(directories_out_of_names_have_a_ceiling)
{
    struct grove grove = {0};
    char name[4097];

    for (size_t i = 0; i < 4096; i++)
        name[i] = i % 2 ? '/' : 'd';
    name[4096] = '\0';
    for (int i = 0; i < 100; i++) {
        name[0] = (char)('0' + i % 10);
        name[2] = (char)('0' + i / 10);
        zip_builder_file(&grove.builder, name, "", 0);
    }
    CHECK_EQ(grow(&grove, NULL), -EIO);
    CHECK(!grove.tree.nodes && !grove.tree.table);
    fell(&grove);
}

TEST(table_grows_with_made_up_directories)
{
    struct grove grove = {0};
    char name[64];

    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof(name), "%d/a/b/same", i);
        zip_builder_file(&grove.builder, name, "", 0);
        zip_builder_file(&grove.builder, name, "", 0);
    }
    CHECK_EQ(grow(&grove, NULL), 0);
    CHECK_EQ(grove.tree.count, 1 + 3000 * 5);
    CHECK(all_are_found(&grove.tree));
    fell(&grove);
}

TEST(links_that_stay_inside)
{
    static const struct {
        const char *target;
        int stays;
    } cases[] = {
        {"x", 1},
        {"sub/x", 1},
        {"./x", 1},
        {"../x", 1},
        {"../../x", 1},
        {"../..", 1},
        {"../../..", 0},
        {"../../../outputs/x", 0},
        {"nowhere/../../../x", 1},
        {"nowhere/../../../../x", 0},
        {"a/b/../../../../../x", 0},
        {".././/../x", 1},
        {"", 0},
        {"/", 0},
        {"/etc/passwd", 0},
        {"other", 1},
        {"other/x", 1},
        {"other/..", 0}, /* where that leads depends on the other link */
        {"../d/other/x/../..", 0},
        {"file/..", 1}, /* the kernel says ENOTDIR */
    };
    struct grove grove = {0};
    struct zip_member other = {.name = "top/d/other",
                               .data = "..",
                               .data_len = 2,
                               .made_by = 3,
                               .attributes = 0120777u << 16};
    uint32_t link;

    zip_builder_file(&grove.builder, "top/d/link", "", 0);
    zip_builder_file(&grove.builder, "top/d/file", "", 0);
    zip_builder_add(&grove.builder, &other);
    CHECK_EQ(grow(&grove, NULL), 0);
    link = find(&grove.tree, "top/d/link");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (zip_link_stays_inside(&grove.tree, link, cases[i].target, strlen(cases[i].target)) !=
            cases[i].stays)
            test_fail(__FILE__, __LINE__, "target '%s'", cases[i].target);
    CHECK_EQ(zip_link_stays_inside(&grove.tree, link, "a\0b", 3), 0);
    fell(&grove);
}

TEST(links_of_many_bytes)
{
    struct grove grove = {0};
    char target[4096];
    uint32_t link;

    memset(target, 'x', sizeof(target));
    zip_builder_file(&grove.builder, "link", "", 0);
    CHECK_EQ(grow(&grove, NULL), 0);
    link = find(&grove.tree, "link");
    CHECK_EQ(zip_link_stays_inside(&grove.tree, link, target, 4095), 1);
    CHECK_EQ(zip_link_stays_inside(&grove.tree, link, target, 4096), 0);
    CHECK_EQ(zip_link_stays_inside(&grove.tree, link, "..", 2), 0);
    fell(&grove);
}
