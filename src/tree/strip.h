/* The directory at the top of an archive that its tree leaves out, and what the tree shows then. */
#ifndef TASKFS_TREE_STRIP_H
#define TASKFS_TREE_STRIP_H

#include "tree/tree.h"

/* Decides whether the directory `strip` (may be NULL) is stripped: sets tree->strip_len, and puts
 * the name at the start of tree->extra, which is empty. Returns 0 or -ENOMEM. */
int zip_tree_strip_decide(struct zip_tree *tree, const char *strip);

/* Whether the tree shows `entry`; *rest is the offset in its name of the part below the root. */
int zip_tree_strip_shows(const struct zip_tree *tree, const struct zip_entry *entry, size_t *rest);

#endif
