/* The names of a running task's files, as the machine has listed them once. A tree never changes.
 * */
#ifndef TASKFS_TASK_LIVE_TREE_H
#define TASKFS_TASK_LIVE_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/refcount.h"

#define LIVE_ROOT 0u         /* the folder of the outputs */
#define LIVE_NONE UINT32_MAX /* no entry */

/* The entries of a directory follow each other by `next`, sorted by name. */
struct live_entry {
    uint32_t name;  /* offset into `names` */
    uint32_t first; /* of a directory: its first entry, LIVE_NONE when it is empty */
    uint32_t next;  /* LIVE_NONE at the end */
    uint32_t parent;
    uint8_t is_directory;
};

struct live_tree {
    struct refcount refs;
    struct live_entry *entries; /* LIVE_ROOT is the first */
    uint32_t count;
    char *names; /* NUL-terminated, one after the other */
};

/* Decodes the machine's answer to `ls`. Returns 0 with one reference; -EPROTO, -ENOMEM or -EIO with
 * a reason in `why` (TRACKER_WHY_MAX bytes). `*skipped` is the number of names that no file can
 * have. Of entries of one name in a directory one stays, a directory before a file. */
int live_tree_decode(const char *json, size_t len, struct live_tree **tree, size_t *skipped,
                     char *why);
struct live_tree *live_tree_ref(struct live_tree *tree);
/* Harmless on NULL. */
void live_tree_unref(struct live_tree *tree);

static inline const char *live_tree_name(const struct live_tree *tree, uint32_t entry)
{
    return tree->names + tree->entries[entry].name;
}

/* Returns the entry of this name in a directory, or LIVE_NONE. */
uint32_t live_tree_find(const struct live_tree *tree, uint32_t directory, const char *name);
/* Returns the entry at a path from the root ("" is the root), or LIVE_NONE. */
uint32_t live_tree_resolve(const struct live_tree *tree, const char *path);

#endif
