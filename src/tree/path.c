/* Paths in a tree: the path of a node, and the target of a symbolic link. */
#include <errno.h>
#include <string.h>

#include "tree/tree.h"

#define TARGET_MAX 4096u

int zip_node_path(const struct zip_tree *tree, uint32_t node, char *out, size_t size)
{
    size_t length = 0;

    for (uint32_t at = node; at != ZIP_ROOT; at = tree->nodes[at].parent)
        length += tree->nodes[at].name_len + (length > 0);
    if (length >= size || length > INT32_MAX)
        return -ENAMETOOLONG;
    out[length] = '\0';
    for (uint32_t at = node, end = (uint32_t)length; at != ZIP_ROOT;) {
        const struct zip_node *part = &tree->nodes[at];

        end -= part->name_len;
        memcpy(out + end, zip_node_name(tree, part), part->name_len);
        at = part->parent;
        if (at != ZIP_ROOT)
            out[--end] = '/';
    }
    return (int)length;
}

/* The position of a walk along a link's target. */
struct link_walk {
    uint32_t node;  /* the directory, or ZIP_NONE outside of the tree */
    uint32_t depth; /* below the root, textually */
    int after_link; /* the last part is a symbolic link */
};

static uint32_t node_depth(const struct zip_tree *tree, uint32_t node)
{
    uint32_t depth = 0;

    for (; node != ZIP_ROOT; node = tree->nodes[node].parent)
        depth++;
    return depth;
}

static void link_walk_down(const struct zip_tree *tree, struct link_walk *walk, const char *name,
                           size_t len)
{
    const struct zip_node *child;

    walk->depth++;
    if (walk->node == ZIP_NONE)
        return;
    walk->node = zip_tree_lookup(tree, walk->node, name, len);
    if (walk->node == ZIP_NONE)
        return;
    child = &tree->nodes[walk->node];
    if (child->flags & ZIP_NODE_DIRECTORY)
        return;
    walk->after_link = (tree->dir->entries[child->entry].flags & ZIP_ENTRY_SYMLINK) != 0;
    walk->node = ZIP_NONE;
}

/* Returns 0 when '..' leads out of the tree, or to a place that only another link tells. */
static int link_walk_up(const struct zip_tree *tree, struct link_walk *walk)
{
    if (walk->after_link || walk->depth == 0)
        return 0;
    walk->depth--;
    if (walk->node != ZIP_NONE)
        walk->node = tree->nodes[walk->node].parent;
    return 1;
}

int zip_link_stays_inside(const struct zip_tree *tree, uint32_t node, const char *target,
                          size_t len)
{
    uint32_t parent = tree->nodes[node].parent;
    struct link_walk walk = {parent, node_depth(tree, parent), 0};
    const char *end = target + len;

    if (len == 0 || len >= TARGET_MAX || target[0] == '/' || memchr(target, '\0', len))
        return 0;
    while (target < end) {
        const char *slash = memchr(target, '/', (size_t)(end - target));
        size_t n = (size_t)((slash ? slash : end) - target);

        if (n == 2 && target[0] == '.' && target[1] == '.') {
            if (!link_walk_up(tree, &walk))
                return 0;
        } else if (n > 0 && !(n == 1 && target[0] == '.')) {
            link_walk_down(tree, &walk, target, n);
        }
        if (!slash)
            break;
        target = slash + 1;
    }
    return 1;
}
