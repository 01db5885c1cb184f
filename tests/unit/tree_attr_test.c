#include "support/zip_builder.h"
#include "test.h"
#include "tree/attr.h"
#include "tree/tree.h"

#define TIME_1980 315532800000000000 /* ns */

static uint32_t child(const struct zip_tree *tree, uint32_t parent, const char *name)
{
    return zip_tree_lookup(tree, parent, name, strlen(name));
}

TEST(attributes_of_nodes)
{
    struct zip_builder builder = {0};
    struct zip_directory dir = {0};
    struct zip_tree tree = {0};
    struct zip_member script = {.name = "made/run",
                                .data = "12345",
                                .data_len = 5,
                                .made_by = 3,
                                .attributes = 0100775u << 16,
                                .dos_date = 1 << 5 | 1};
    struct zip_attr attr;
    uint32_t made, folder;

    zip_builder_add(&builder, &script);
    zip_builder_file(&builder, "folder/", "", 0);
    zip_builder_file(&builder, "folder/plain", "123", 3);
    CHECK_EQ(zip_builder_open(&builder, &dir), 0);
    CHECK_EQ(zip_tree_build(&tree, &dir, NULL), 0);
    made = child(&tree, ZIP_ROOT, "made");
    folder = child(&tree, ZIP_ROOT, "folder");

    zip_node_attr(&tree, child(&tree, made, "run"), NULL, &attr);
    CHECK_EQ(attr.mode, S_IFREG | 0755);
    CHECK_EQ(attr.size, 5);
    CHECK(attr.has_time);
    CHECK_EQ(attr.time, TIME_1980);
    zip_node_attr(&tree, child(&tree, made, "run"), "../other", &attr);
    CHECK_EQ(attr.mode, S_IFLNK | 0777);
    CHECK_EQ(attr.size, 8);
    CHECK_EQ(attr.time, TIME_1980);
    zip_node_attr(&tree, child(&tree, folder, "plain"), NULL, &attr);
    CHECK_EQ(attr.mode, S_IFREG | 0644);
    CHECK_EQ(attr.size, 3);
    zip_node_attr(&tree, folder, NULL, &attr);
    CHECK_EQ(attr.mode, S_IFDIR | 0755);
    CHECK_EQ(attr.size, 0);
    CHECK(attr.has_time);
    zip_node_attr(&tree, made, NULL, &attr);
    CHECK_EQ(attr.mode, S_IFDIR | 0755);
    CHECK(!attr.has_time);

    zip_tree_free(&tree);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
}
