/* What a tree consists of, for the files that build and search it; tree.h has the functions. */
#ifndef TASKFS_TREE_NODE_H
#define TASKFS_TREE_NODE_H

#include <stdint.h>
#include <string.h>

#include "zip/directory.h"

#define ZIP_NONE UINT32_MAX
#define ZIP_ROOT 0u /* node 0 is the root of the tree */

struct zip_node {
    uint32_t parent; /* node; the root is its own parent */
    uint32_t first;  /* first child, or ZIP_NONE */
    uint32_t next;   /* next sibling, or ZIP_NONE */
    uint32_t entry;  /* index in the directory, or ZIP_NONE for a directory that only names imply */
    uint32_t name;   /* offset in dir->names, or in tree->extra when ZIP_NODE_EXTRA_NAME */
    uint8_t name_len;
    uint8_t flags; /* ZIP_NODE_* */
    uint16_t unused;
};

enum {
    ZIP_NODE_DIRECTORY = 1 << 0,
    ZIP_NODE_EXTRA_NAME = 1 << 1, /* the name is "NAME (2)", kept beside the directory's arena */
};

struct zip_tree {
    const struct zip_directory *dir;
    struct zip_node *nodes;
    uint32_t count;
    uint32_t capacity;
    uint32_t *table; /* open addressing over (parent, name) */
    uint32_t table_mask;
    uint32_t strip_len; /* of the directory that was stripped, bytes; 0: none was */
    uint64_t seed;      /* of the table's hash, so that no archive can aim at its worst case */
    char *extra;        /* the stripped directory's name, then names that the archive lacks */
    uint32_t extra_len;
    uint32_t extra_capacity;
    uint32_t directories; /* how many nodes are directories, the root among them */
    uint64_t total_size;  /* of the files in the tree, bytes; saturates */
    uint64_t total_compressed;
};

/* The node's name: not NUL-terminated, name_len bytes; the root's is empty. */
static inline const char *zip_node_name(const struct zip_tree *tree, const struct zip_node *node)
{
    if (node == tree->nodes)
        return "";
    return (node->flags & ZIP_NODE_EXTRA_NAME ? tree->extra : tree->dir->names) + node->name;
}

#define ZIP_NODE_NAME_SIZE 256 /* bytes of any node's name with a NUL */

/* Copies the node's name to `out`, which has ZIP_NODE_NAME_SIZE bytes, and ends it with a NUL. */
static inline void zip_node_copy_name(const struct zip_tree *tree, const struct zip_node *node,
                                      char *out)
{
    memcpy(out, zip_node_name(tree, node), node->name_len);
    out[node->name_len] = '\0';
}

#endif
