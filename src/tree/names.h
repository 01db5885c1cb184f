/* Names in a tree that the archive itself does not contain. */
#ifndef TASKFS_TREE_NAMES_H
#define TASKFS_TREE_NAMES_H

#include "tree/tree.h"

/* Appends `len` bytes to tree->extra, at most 4 GiB in all. Returns 0 and their offset, or
 * -ENOMEM. */
int zip_tree_add_name(struct zip_tree *tree, const char *name, size_t len, uint32_t *offset);

#endif
