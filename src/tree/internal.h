/*
 * Shared by the files that build a tree. Nothing but tree_*.c may include it.
 *
 * While a tree is being built, `first` of a node is not yet its first child: it chains the files
 * that lost their name. The node that holds a name points to the last file that lost it, which
 * points to the one that lost it before, and so on. Children are linked as the last step.
 */
#ifndef TASKFS_TREE_INTERNAL_H
#define TASKFS_TREE_INTERNAL_H

#include "tree/tree.h"

/* The node lost its name to a later one and has no other name yet; it is not in the table. */
enum { ZIP_NODE_DISPLACED = 1 << 7 };

#endif
