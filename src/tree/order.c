/*
 * The entries of a directory are in the order of their data (zip_directory_sort), so a number of an
 * entry is a place in the archive. While children are being linked, `next` of a node that is not
 * linked yet holds the node's place.
 */
#include "tree/order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tree/index.h"

/* The node is in its parent's list of children. */
enum { ZIP_NODE_LINKED = 1 << 6 };

static int is_file(const struct zip_node *node)
{
    return !(node->flags & ZIP_NODE_DIRECTORY);
}

/* Gives a node the place `entry`, and all directories above it that have none yet. */
static void set_place(struct zip_tree *tree, uint32_t node, uint32_t entry)
{
    while (node != ZIP_ROOT && tree->nodes[node].next == ZIP_NONE) {
        tree->nodes[node].next = entry;
        node = tree->nodes[node].parent;
    }
}

/* Places all nodes: first the files with the directories above them, then the other directories.
 * Places are given out in ascending order, so that a directory gets the first one below it. */
static void place_nodes(struct zip_tree *tree, const uint32_t *node_of)
{
    for (int files = 1; files >= 0; files--)
        for (uint32_t i = 0; i < tree->dir->count; i++)
            if (node_of[i] != ZIP_NONE && is_file(&tree->nodes[node_of[i]]) == files)
                set_place(tree, node_of[i], i);
}

/* Puts the node in front of its siblings, and then each directory above it that has the same
 * place. */
static void link_place(struct zip_tree *tree, uint32_t node, uint32_t entry)
{
    while (node != ZIP_ROOT) {
        struct zip_node *child = &tree->nodes[node], *parent = &tree->nodes[child->parent];

        if (child->flags & ZIP_NODE_LINKED || child->next != entry)
            return;
        child->flags |= ZIP_NODE_LINKED;
        child->next = parent->first;
        parent->first = node;
        node = child->parent;
    }
}

static int link_children(struct zip_tree *tree)
{
    uint32_t entries = tree->dir->count;
    uint32_t *node_of = malloc((size_t)entries * sizeof(*node_of) + 1); /* by entry */

    if (!node_of)
        return -ENOMEM;
    memset(node_of, 0xff, (size_t)entries * sizeof(*node_of)); /* ZIP_NONE */
    for (uint32_t i = 1; i < tree->count; i++)
        if (tree->nodes[i].entry != ZIP_NONE)
            node_of[tree->nodes[i].entry] = i;
    place_nodes(tree, node_of);
    for (uint32_t i = entries; i > 0; i--)
        if (node_of[i - 1] != ZIP_NONE)
            link_place(tree, node_of[i - 1], i - 1);
    free(node_of);
    for (uint32_t i = 1; i < tree->count; i++)
        tree->nodes[i].flags &= (uint8_t)~ZIP_NODE_LINKED;
    return 0;
}

/* ---- numbers ---- */

static int is_numbered_in_order(const struct zip_tree *tree)
{
    for (uint32_t i = 1; i < tree->count; i++)
        if (tree->nodes[i].next < i)
            return 0;
    return 1;
}

/* The node after `at` in a depth-first walk; ZIP_NONE at the end. */
static uint32_t walk_next(const struct zip_tree *tree, uint32_t at)
{
    if (tree->nodes[at].first != ZIP_NONE)
        return tree->nodes[at].first;
    while (at != ZIP_ROOT && tree->nodes[at].next == ZIP_NONE)
        at = tree->nodes[at].parent;
    return at == ZIP_ROOT ? ZIP_NONE : tree->nodes[at].next;
}

static void renumber(uint32_t *node, const uint32_t *number_of)
{
    if (*node != ZIP_NONE)
        *node = number_of[*node];
}

/* Moves nodes[i] to nodes[number_of[i]], for all i. `number_of` is used up. */
static void move_nodes(struct zip_node *nodes, uint32_t *number_of, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        while (number_of[i] != i) {
            uint32_t to = number_of[i];
            struct zip_node displaced = nodes[to];

            nodes[to] = nodes[i];
            nodes[i] = displaced;
            number_of[i] = number_of[to];
            number_of[to] = to;
        }
}

static int number_in_order(struct zip_tree *tree)
{
    uint32_t *number_of, number = 0;

    if (is_numbered_in_order(tree))
        return 0;
    number_of = malloc((size_t)tree->count * sizeof(*number_of));
    if (!number_of)
        return -ENOMEM;
    for (uint32_t at = ZIP_ROOT; at != ZIP_NONE; at = walk_next(tree, at))
        number_of[at] = number++;
    for (uint32_t i = 0; i < tree->count; i++) {
        renumber(&tree->nodes[i].parent, number_of);
        renumber(&tree->nodes[i].first, number_of);
        renumber(&tree->nodes[i].next, number_of);
    }
    move_nodes(tree->nodes, number_of, tree->count);
    free(number_of);
    zip_tree_index_rebuild(tree);
    return 0;
}

int zip_tree_sort(struct zip_tree *tree)
{
    int rc = link_children(tree);

    return rc < 0 ? rc : number_in_order(tree);
}
