/* The order of the children in a tree. */
#ifndef TASKFS_TREE_ORDER_H
#define TASKFS_TREE_ORDER_H

#include "tree/tree.h"

/*
 * Links the children of every directory in the order of the data, and numbers the nodes so that
 * siblings ascend: cp and tar read a directory in the order of inode numbers. A file is at its own
 * entry, a directory at the first entry of a file below it, or of a directory if there is no file.
 * On entry the `first` and `next` of all nodes are ZIP_NONE. Takes time in proportion to nodes and
 * entries, and 4 bytes of memory for each. Returns 0 or -ENOMEM.
 */
int zip_tree_sort(struct zip_tree *tree);

#endif
