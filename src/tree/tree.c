#include "tree/tree.h"

#include <stdlib.h>

#include "tree/index.h"
#include "tree/strip.h"
#include "zip/names.h"

void zip_tree_free(struct zip_tree *tree)
{
    free(tree->nodes);
    free(tree->table);
    free(tree->extra);
    *tree = (struct zip_tree){.dir = NULL};
}

uint32_t zip_tree_lookup(const struct zip_tree *tree, uint32_t parent, const char *name, size_t len)
{
    if (len == 0 || len > ZIP_PART_MAX)
        return ZIP_NONE;
    return zip_tree_index_find(tree, parent, name, len).node;
}

int zip_tree_shows(const struct zip_tree *tree, uint32_t entry)
{
    size_t rest;

    return entry < tree->dir->count &&
           zip_tree_strip_shows(tree, &tree->dir->entries[entry], &rest);
}
