/* The table of a tree that finds a node by its parent and name. */
#ifndef TASKFS_TREE_INDEX_H
#define TASKFS_TREE_INDEX_H

#include "tree/tree.h"

/* Makes the table, for about `expected` nodes. Returns 0 or -ENOMEM. */
int zip_tree_index_init(struct zip_tree *tree, uint32_t expected);

/* Makes room for one more name; slots found before are invalid after it. Returns 0 or -ENOMEM. */
int zip_tree_index_reserve(struct zip_tree *tree);

/* The place of (parent, name) in the table. Invalid after the table has grown. */
struct zip_tree_slot {
    uint32_t node; /* the node of that name; ZIP_NONE when the name is free */
    uint32_t tag;
    uint64_t at;
};

struct zip_tree_slot zip_tree_index_find(const struct zip_tree *tree, uint32_t parent,
                                         const char *name, size_t len);

/* Fills the table again, after nodes were renumbered; none of them is displaced any more. */
void zip_tree_index_rebuild(struct zip_tree *tree);

/* Makes `node` the holder of the slot's name. */
void zip_tree_index_put(struct zip_tree *tree, const struct zip_tree_slot *slot, uint32_t node);

#endif
