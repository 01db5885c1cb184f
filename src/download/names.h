/*
 * Names of files as users write them, and which files of a tree they stand for: exact names, and
 * shell patterns of fnmatch(3), in which `**` as a part stands for any number of folders.
 */
#ifndef TASKFS_DOWNLOAD_NAMES_H
#define TASKFS_DOWNLOAD_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "tree/tree.h"

#define NAME_TEXT_MAX 8192 /* bytes of a name or a path */

/*
 * Writes `name` to `out` without empty parts, without `.` as a part and without a '/' at its end.
 * A leading '/' stays; an empty name becomes "/", as it names nothing, and the current folder
 * becomes "". Returns 0, or -ENAMETOOLONG.
 */
int name_simplify(const char *name, char *out, size_t size);
/* Whether a simplified name leads nowhere but down: it is relative, without `..` as a part. */
int name_leads_down(const char *name);

/* A set of nodes of a tree; what is below a directory of the set is in it too. */
struct selection {
    const struct zip_tree *tree;
    uint8_t *bits; /* NULL: all */
};

/* An empty selection of `tree`, which outlives it. Returns 0 or -ENOMEM. */
int selection_init(struct selection *selection, const struct zip_tree *tree);
void selection_free(struct selection *selection);
void selection_add_all(struct selection *selection);
/* Adds what the simplified name stands for: the node of that name; or, if there is none, each node
 * that it matches as a pattern. Returns whether there is any, or -ENOMEM. The time it takes is at
 * most that of matching each part of the pattern with each name of the tree. */
int selection_add(struct selection *selection, const char *name);
/* Whether there is a node of exactly this name. */
int selection_has_name(const struct selection *selection, const char *name);
int selection_has(const struct selection *selection, uint32_t node);

#endif
