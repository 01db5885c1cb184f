/*
 * Private to the files that build a tree (tree.c, tree_index.c, duplicates.c).
 *
 * While a tree is being built, `first` of a node is not yet its first child: it chains the files
 * that lost their name. The owner of a name points to the last file that lost it, which points to
 * the one before, and so on. Children are linked at the very end.
 */
#ifndef TASKFS_ZIP_TREE_INTERNAL_H
#define TASKFS_ZIP_TREE_INTERNAL_H

#include "zip/tree.h"

/* The node lost its name to a later one and waits for a decorated one; it is not in the table. */
enum { ZIP_NODE_DISPLACED = 1 << 7 };

/* Makes the table, for about `expected` nodes. Returns 0 or -ENOMEM. */
int zip_tree_index_init(struct zip_tree *tree, uint32_t expected);

/* Makes room for one name more; slots found before are void after it. Returns 0 or -ENOMEM. */
int zip_tree_index_reserve(struct zip_tree *tree);

/* Where (parent, name) stands in the table, or would. Void after the table has grown. */
struct zip_tree_slot {
    uint32_t node; /* ZIP_NONE where the name is free */
    uint32_t tag;
    uint64_t at;
};

struct zip_tree_slot zip_tree_index_find(const struct zip_tree *tree, uint32_t parent,
                                         const char *name, size_t len);

/* Makes `node` the holder of the slot's name. */
void zip_tree_index_put(struct zip_tree *tree, const struct zip_tree_slot *slot, uint32_t node);

/* Appends to tree->extra. Returns 0 and the offset; -ENOMEM. */
int zip_tree_extra_add(struct zip_tree *tree, const char *text, size_t len, uint32_t *offset);

/* Gives every displaced file its decorated name. Returns 0 or -ENOMEM. */
int zip_tree_name_duplicates(struct zip_tree *tree);

#endif
