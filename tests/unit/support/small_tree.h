/* An archive in memory with its directory and its tree, to be freed together. */
#ifndef TASKFS_SMALL_TREE_H
#define TASKFS_SMALL_TREE_H

#include "tree/tree.h"
#include "zip_builder.h"

struct small_tree {
    struct zip_builder builder; /* the caller adds the members */
    struct zip_directory dir;
    struct zip_tree tree;
};

/* Ends the archive and builds the tree of all of it. The struct was zeroed before members were
 * added. Returns what the first step that failed returned; it is to be freed in any case. */
int small_tree_grow(struct small_tree *small);
/* The same with empty files of these names, up to a NULL; directories where a '/' ends a name. */
int small_tree_of(struct small_tree *small, const char *const *names);
/* The node of a path, or ZIP_NONE. */
uint32_t small_tree_find(const struct small_tree *small, const char *path);
void small_tree_free(struct small_tree *small);

#endif
