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

#include "tree/node.h"

/*
 * Builds the tree of `dir`, which must outlive it and not change. Where the archive has a directory
 * `strip` at its top (an entry "strip/" or a name that begins with it), the tree is what is in that
 * directory; else the whole archive. The comment at the top of build.c states the rules for
 * duplicates and collisions. Returns 0; -EIO when the names imply more directories than any honest
 * archive has; -ENOMEM. After an error nothing is held.
 */
int zip_tree_build(struct zip_tree *tree, const struct zip_directory *dir, const char *strip);

void zip_tree_free(struct zip_tree *tree);

/* The child of directory `parent` called `name`, or ZIP_NONE. Constant time. */
uint32_t zip_tree_lookup(const struct zip_tree *tree, uint32_t parent, const char *name,
                         size_t len);

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
