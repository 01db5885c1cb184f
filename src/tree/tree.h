/*
 * The tree of files that an archive's directory describes: names are split at '/', missing parents
 * are added, members of one name get different names, and one level is stripped. A node takes 24
 * bytes; its name is a slice of the directory's arena wherever possible.
 *
 * A tree never changes once it is built; any number of threads may read it. Children are in the
 * order of the first data below them, so a reader of the tree reads the archive from front to back,
 * whatever the order of the central directory.
 */
#ifndef TASKFS_TREE_TREE_H
#define TASKFS_TREE_TREE_H

#include <stddef.h>
#include <stdint.h>

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

/*
 * Builds the tree of `dir`, which must outlive it and not change. Where the archive has a directory
 * `strip` at its top (an entry "strip/" or a name that begins with it), the tree is what is in that
 * directory; else the whole archive. The comment at the top of tree_build.c states the rules for
 * duplicates and collisions. Returns 0; -EIO when the names imply more directories than any honest
 * archive has; -ENOMEM. After an error nothing is held.
 */
int zip_tree_build(struct zip_tree *tree, const struct zip_directory *dir, const char *strip);

void zip_tree_free(struct zip_tree *tree);

/* The child of directory `parent` called `name`, or ZIP_NONE. Constant time. */
uint32_t zip_tree_lookup(const struct zip_tree *tree, uint32_t parent, const char *name,
                         size_t len);

/* The node's name: not NUL-terminated, name_len bytes; the root's is empty. */
static inline const char *zip_node_name(const struct zip_tree *tree, const struct zip_node *node)
{
    if (node == tree->nodes)
        return "";
    return (node->flags & ZIP_NODE_EXTRA_NAME ? tree->extra : tree->dir->names) + node->name;
}

/* True when `entry` is shown somewhere in the tree; false when it stands beside `strip`, or its
 * name has a problem. (A directory entry counts as shown when its directory is.) */
int zip_tree_shows(const struct zip_tree *tree, uint32_t entry);

/*
 * Writes the node's path below the root, parts joined by '/', to `out` (NUL-terminated). Returns
 * its length, or -ENAMETOOLONG when it does not fit `size` bytes.
 */
int zip_node_path(const struct zip_tree *tree, uint32_t node, char *out, size_t size);

/*
 * Whether a symbolic link at `node` may be shown as a link to `target` (`len` bytes): the target is
 * relative, not empty, without NUL, under 4096 bytes, and never climbs above the root when its
 * parts are followed textually. A '..' after another symbolic link of the tree is refused too,
 * because where it leads depends on that link.
 */
int zip_link_stays_inside(const struct zip_tree *tree, uint32_t node, const char *target,
                          size_t len);

#endif
