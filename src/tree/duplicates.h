/* Names for the files of a tree that lost theirs to a later member. */
#ifndef TASKFS_TREE_DUPLICATES_H
#define TASKFS_TREE_DUPLICATES_H

#include "tree/tree.h"

/* Gives every displaced file its decorated name. Returns 0 or -ENOMEM. */
int zip_tree_name_duplicates(struct zip_tree *tree);

#endif
