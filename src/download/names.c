#include "download/names.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

int name_simplify(const char *name, char *out, size_t size)
{
    size_t used = 0;
    int is_absolute = *name == '/' || !*name;

    if (is_absolute && size > 1)
        out[used++] = '/';
    while (*name) {
        size_t len = strcspn(name, "/");

        if (len > 0 && !(len == 1 && *name == '.')) {
            if (used + len + 2 > size)
                return -ENAMETOOLONG;
            if (used > 0 && out[used - 1] != '/')
                out[used++] = '/';
            memcpy(out + used, name, len);
            used += len;
        }
        name += len + (name[len] == '/');
    }
    out[used] = '\0';
    return 0;
}

int name_leads_down(const char *name)
{
    if (*name == '/')
        return 0;
    while (*name) {
        size_t len = strcspn(name, "/");

        if (len == 2 && name[0] == '.' && name[1] == '.')
            return 0;
        name += len + (name[len] == '/');
    }
    return 1;
}

/* ---- sets of nodes ---- */

int selection_init(struct selection *selection, const struct zip_tree *tree)
{
    selection->tree = tree;
    selection->bits = calloc(tree->count / 8 + 1, 1);
    return selection->bits ? 0 : -ENOMEM;
}

void selection_free(struct selection *selection)
{
    free(selection->bits);
    selection->bits = NULL;
}

void selection_add_all(struct selection *selection)
{
    free(selection->bits);
    selection->bits = NULL;
}

int selection_has(const struct selection *selection, uint32_t node)
{
    return !selection->bits || selection->bits[node / 8] >> (node % 8) & 1;
}

/* Adds the node and all below it. */
static void add_subtree(struct selection *selection, uint32_t top)
{
    const struct zip_node *nodes = selection->tree->nodes;
    uint32_t at = top;

    while (selection->bits) {
        selection->bits[at / 8] |= (uint8_t)(1u << at % 8);
        if (nodes[at].flags & ZIP_NODE_DIRECTORY && nodes[at].first != ZIP_NONE) {
            at = nodes[at].first;
            continue;
        }
        while (at != top && nodes[at].next == ZIP_NONE)
            at = nodes[at].parent;
        if (at == top)
            return;
        at = nodes[at].next;
    }
}

static uint32_t find_name(const struct zip_tree *tree, const char *name)
{
    uint32_t node = ZIP_ROOT;

    while (*name && node != ZIP_NONE) {
        size_t len = strcspn(name, "/");

        if (!(tree->nodes[node].flags & ZIP_NODE_DIRECTORY))
            return ZIP_NONE;
        node = zip_tree_lookup(tree, node, name, len);
        name += len + (name[len] == '/');
    }
    return node;
}

static int node_matches(const struct zip_tree *tree, const struct zip_node *node,
                        const char *pattern)
{
    char name[256];

    memcpy(name, zip_node_name(tree, node), node->name_len);
    name[node->name_len] = '\0';
    return fnmatch(pattern, name, FNM_PERIOD) == 0;
}

/* Below a directory, `**` takes every name but hidden ones, as the shells do. */
static int is_hidden(const struct zip_tree *tree, const struct zip_node *node)
{
    return node->name_len > 0 && *zip_node_name(tree, node) == '.';
}

static int add_matches(struct selection *selection, uint32_t directory, const char *pattern);

/* Adds what `**` and then `rest` (NULL: nothing more) match in the directory. */
static int add_deep_matches(struct selection *selection, uint32_t directory, const char *pattern,
                            const char *rest)
{
    const struct zip_tree *tree = selection->tree;
    int found = rest ? add_matches(selection, directory, rest) : 0;

    for (uint32_t at = tree->nodes[directory].first; at != ZIP_NONE; at = tree->nodes[at].next) {
        const struct zip_node *node = &tree->nodes[at];

        if (is_hidden(tree, node))
            continue;
        if (!rest) {
            add_subtree(selection, at);
            found = 1;
        } else if (node->flags & ZIP_NODE_DIRECTORY) {
            found |= add_matches(selection, at, pattern);
        }
    }
    return found;
}

/* Adds what the pattern matches in the directory. Recurses once for each part of a path. */
static int add_matches(struct selection *selection, uint32_t directory, const char *pattern)
{
    const struct zip_tree *tree = selection->tree;
    size_t len = strcspn(pattern, "/");
    const char *rest = pattern[len] ? pattern + len + 1 : NULL;
    char *part;
    int found = 0;

    if (len == 2 && strncmp(pattern, "**", 2) == 0)
        return add_deep_matches(selection, directory, pattern, rest);
    part = strndup(pattern, len);
    if (!part)
        return 0;
    for (uint32_t at = tree->nodes[directory].first; at != ZIP_NONE; at = tree->nodes[at].next) {
        const struct zip_node *node = &tree->nodes[at];

        if ((rest && !(node->flags & ZIP_NODE_DIRECTORY)) || !node_matches(tree, node, part))
            continue;
        if (rest) {
            found |= add_matches(selection, at, rest);
        } else {
            add_subtree(selection, at);
            found = 1;
        }
    }
    free(part);
    return found;
}

int selection_has_name(const struct selection *selection, const char *name)
{
    return find_name(selection->tree, name) != ZIP_NONE;
}

int selection_add(struct selection *selection, const char *name)
{
    uint32_t node = find_name(selection->tree, name);

    if (node == ZIP_NONE)
        return *name ? add_matches(selection, ZIP_ROOT, name) : 0;
    add_subtree(selection, node);
    return 1;
}
