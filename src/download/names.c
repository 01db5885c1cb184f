#include "download/names.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

int name_simplify(const char *name, char *out, size_t size)
{
    size_t used = 0;
    size_t slash = *name == '/' || !*name; /* before the next part */

    if (slash + 1 > size)
        return -ENAMETOOLONG;
    if (slash)
        out[used++] = '/';
    slash = 0;
    while (*name) {
        size_t len = strcspn(name, "/");

        if (len > 0 && !(len == 1 && *name == '.')) {
            if (used + slash + len + 1 > size)
                return -ENAMETOOLONG;
            if (slash)
                out[used++] = '/';
            slash = 1;
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

/* ---- patterns ---- */

enum { MATCH_NONE, MATCH_BELOW, MATCH_NODE };

/*
 * A pattern on its way down a tree. For a directory and each of those that it is in there is a row
 * with a byte for each part of the pattern: whether that part is one that a name in the directory
 * may match next. So each node is looked at once, however many `**` there are.
 */
struct matcher {
    char *text;   /* the pattern, a string for each part */
    char **parts; /* point into it */
    size_t count; /* of parts */
    uint8_t *rows;
    size_t capacity; /* in rows */
};

static int is_deep(const char *part)
{
    return strcmp(part, "**") == 0;
}

/* `**` stands for no folder, too: what may match next is also what follows it. */
static void pass_deep_parts(const struct matcher *matcher, uint8_t *row)
{
    for (size_t i = 0; i + 1 < matcher->count; i++)
        if (row[i] && is_deep(matcher->parts[i]))
            row[i + 1] = 1;
}

/* Makes room for the row of this depth. */
static int grow_rows(struct matcher *matcher, size_t depth)
{
    size_t capacity = 2 * depth + 8;
    uint8_t *rows;

    if (depth < matcher->capacity)
        return 0;
    rows = realloc(matcher->rows, capacity * matcher->count);
    if (!rows)
        return -ENOMEM;
    matcher->rows = rows;
    matcher->capacity = capacity;
    return 0;
}

static void matcher_free(struct matcher *matcher)
{
    free(matcher->text);
    free(matcher->parts);
    free(matcher->rows);
}

/* The caller frees the matcher in any case. */
static int matcher_init(struct matcher *matcher, const char *pattern)
{
    size_t count = 1;

    for (const char *at = pattern; *at; at++)
        count += *at == '/';
    *matcher = (struct matcher){.text = strdup(pattern), .count = count};
    matcher->parts = calloc(count, sizeof(*matcher->parts));
    if (!matcher->text || !matcher->parts || grow_rows(matcher, 0))
        return -ENOMEM;
    matcher->parts[0] = matcher->text;
    for (size_t i = 1; i < count; i++) {
        char *slash = strchr(matcher->parts[i - 1], '/');

        *slash = '\0';
        matcher->parts[i] = slash + 1;
    }
    memset(matcher->rows, 0, count);
    matcher->rows[0] = 1;
    pass_deep_parts(matcher, matcher->rows);
    return 0;
}

/* Whether the part matches the name. `**` takes every name but hidden ones, as in the shells. */
static int part_matches(const char *part, const char *name)
{
    return is_deep(part) ? *name != '.' : fnmatch(part, name, FNM_PERIOD) == 0;
}

/* Matches a name in the directory that has the row of this depth, and makes the row of the next
 * depth: MATCH_BELOW when a name below it may match. */
static int match_name(const struct matcher *matcher, size_t depth, const char *name)
{
    const uint8_t *row = matcher->rows + depth * matcher->count;
    uint8_t *below = matcher->rows + (depth + 1) * matcher->count;
    int match = MATCH_NONE;

    memset(below, 0, matcher->count);
    for (size_t i = 0; i < matcher->count; i++) {
        if (!row[i] || !part_matches(matcher->parts[i], name))
            continue;
        if (i + 1 == matcher->count)
            return MATCH_NODE;
        below[is_deep(matcher->parts[i]) ? i : i + 1] = 1;
        match = MATCH_BELOW;
    }
    pass_deep_parts(matcher, below);
    return match;
}

/* Walks the tree. Returns whether anything was added, or -ENOMEM. */
static int add_matches(struct selection *selection, struct matcher *matcher)
{
    const struct zip_tree *tree = selection->tree;
    uint32_t at = tree->nodes[ZIP_ROOT].first;
    size_t depth = 0;
    int found = 0;

    while (at != ZIP_NONE) {
        const struct zip_node *node = &tree->nodes[at];
        char name[ZIP_NODE_NAME_SIZE];
        int match;

        if (grow_rows(matcher, depth + 1))
            return -ENOMEM;
        zip_node_copy_name(tree, node, name);
        match = match_name(matcher, depth, name);
        if (match == MATCH_NODE) {
            add_subtree(selection, at);
            found = 1;
        } else if (match == MATCH_BELOW && node->first != ZIP_NONE) {
            at = node->first;
            depth++;
            continue;
        }
        for (; depth && tree->nodes[at].next == ZIP_NONE; depth--)
            at = tree->nodes[at].parent;
        at = tree->nodes[at].next;
    }
    return found;
}

static int add_pattern(struct selection *selection, const char *pattern)
{
    struct matcher matcher;
    int rc = matcher_init(&matcher, pattern);

    if (!rc)
        rc = add_matches(selection, &matcher);
    matcher_free(&matcher);
    return rc;
}

int selection_has_name(const struct selection *selection, const char *name)
{
    return find_name(selection->tree, name) != ZIP_NONE;
}

int selection_add(struct selection *selection, const char *name)
{
    uint32_t node = find_name(selection->tree, name);

    if (node == ZIP_NONE)
        return *name ? add_pattern(selection, name) : 0;
    add_subtree(selection, node);
    return 1;
}
