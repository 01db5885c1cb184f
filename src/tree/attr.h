/* The attributes that a file of an archive has wherever its tree is shown: in a mount, or as a copy
 * on a disk. */
#ifndef TASKFS_TREE_ATTR_H
#define TASKFS_TREE_ATTR_H

#include <sys/stat.h>

#include "tree/node.h"

struct zip_attr {
    mode_t mode;   /* the type and the permissions */
    uint64_t size; /* bytes; of a link, the length of its target; of a directory 0 */
    int has_time;  /* 0: the archive does not say, as for a directory that only names imply */
    int64_t time;  /* of the last modification, in ns since 1970 UTC */
};

/* Fills in the attributes of the node. `link` is the target if it is shown as a symbolic link
 * (archive_link decides), else NULL. */
void zip_node_attr(const struct zip_tree *tree, uint32_t node, const char *link,
                   struct zip_attr *attr);

#endif
