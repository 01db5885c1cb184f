#include "small_tree.h"

#include <string.h>

int small_tree_grow(struct small_tree *small)
{
    int rc = zip_builder_open(&small->builder, &small->dir);

    return rc < 0 ? rc : zip_tree_build(&small->tree, &small->dir, NULL);
}

int small_tree_of(struct small_tree *small, const char *const *names)
{
    memset(small, 0, sizeof(*small));
    for (; *names; names++)
        zip_builder_file(&small->builder, *names, "", 0);
    return small_tree_grow(small);
}

uint32_t small_tree_find(const struct small_tree *small, const char *path)
{
    uint32_t node = ZIP_ROOT;

    while (*path && node != ZIP_NONE) {
        size_t len = strcspn(path, "/");

        node = zip_tree_lookup(&small->tree, node, path, len);
        path += len + (path[len] == '/');
    }
    return node;
}

void small_tree_free(struct small_tree *small)
{
    if (small->tree.dir)
        zip_tree_free(&small->tree);
    zip_directory_free(&small->dir);
    zip_builder_free(&small->builder);
}
