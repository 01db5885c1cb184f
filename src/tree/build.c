/*
 * How the tree is built. The rules:
 *
 * - Parents that no entry names are added. Two directory entries of one name are one directory,
 *   with the attributes of the last.
 * - Of two files of one name the last one keeps the name, as after `unzip -o`. Of a file and a
 *   directory of one name the directory keeps it. tree_duplicates.c names the others.
 * - Entries are taken in the order of the central directory, which decides who is the last.
 *   Children are in the order of the data: tree_order.c.
 * - The number of nodes is bounded, because a few thousand bytes of slashes imply a thousand
 *   directories. An archive that needs more than NODES_SPARE nodes, 4 for each entry, and 1 for
 *   each 16 bytes of names is refused with -EIO.
 */
#include "tree/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tree/duplicates.h"
#include "tree/index.h"
#include "tree/internal.h"
#include "tree/order.h"
#include "tree/strip.h"
#include "zip/names.h"

#define NODES_SPARE 65536u
#define NODES_MAX   0x7fffffffu

/* The directory of the last entry: the next entry is usually in the same one. */
struct last_directory {
    const char *path; /* with the '/' at its end */
    size_t len;
    uint32_t node;
};

static int tree_reserve_nodes(struct zip_tree *tree)
{
    const struct zip_directory *dir = tree->dir;
    uint64_t most = NODES_SPARE + 4 * (uint64_t)dir->count + dir->names_len / 16;
    uint64_t capacity = (uint64_t)tree->capacity + tree->capacity / 2;
    struct zip_node *nodes;

    if (tree->count < tree->capacity)
        return 0;
    if (most > NODES_MAX)
        most = NODES_MAX;
    if (tree->count >= most)
        return -EIO;
    if (capacity == 0) /* with room for implied directories: growing may copy all nodes */
        capacity = (uint64_t)dir->count + dir->count / 8 + 16;
    if (capacity > most)
        capacity = most;
    nodes = realloc(tree->nodes, capacity * sizeof(*nodes));
    if (!nodes)
        return -ENOMEM;
    tree->nodes = nodes;
    tree->capacity = (uint32_t)capacity;
    return 0;
}

/* Makes room for one node and its name. */
static int tree_reserve(struct zip_tree *tree)
{
    int rc = tree_reserve_nodes(tree);

    return rc < 0 ? rc : zip_tree_index_reserve(tree);
}

static uint32_t tree_add_node(struct zip_tree *tree, uint32_t parent, const char *name, size_t len,
                              uint8_t flags)
{
    tree->nodes[tree->count] = (struct zip_node){
        .parent = parent,
        .first = ZIP_NONE,
        .next = ZIP_NONE,
        .entry = ZIP_NONE,
        .name = (uint32_t)(name - tree->dir->names),
        .name_len = (uint8_t)len,
        .flags = flags,
    };
    return tree->count++;
}

/* Finds or adds the directory `name` in `parent`; a file of that name loses it. */
static int tree_get_directory(struct zip_tree *tree, uint32_t parent, const char *name, size_t len,
                              uint32_t *node)
{
    struct zip_tree_slot slot;
    uint32_t holder;
    int rc = tree_reserve(tree);

    if (rc < 0)
        return rc;
    slot = zip_tree_index_find(tree, parent, name, len);
    holder = slot.node;
    if (holder != ZIP_NONE && tree->nodes[holder].flags & ZIP_NODE_DIRECTORY) {
        *node = holder;
        return 0;
    }
    *node = tree_add_node(tree, parent, name, len, ZIP_NODE_DIRECTORY);
    if (holder != ZIP_NONE) {
        tree->nodes[holder].flags |= ZIP_NODE_DISPLACED;
        tree->nodes[*node].first = holder;
    }
    zip_tree_index_put(tree, &slot, *node);
    tree->directories++;
    return 0;
}

static int tree_add_file(struct zip_tree *tree, uint32_t parent, const char *name, size_t len,
                         uint32_t entry)
{
    struct zip_tree_slot slot;
    uint32_t holder, node;
    int rc = tree_reserve(tree);

    if (rc < 0)
        return rc;
    slot = zip_tree_index_find(tree, parent, name, len);
    holder = slot.node;
    node = tree_add_node(tree, parent, name, len, 0);
    tree->nodes[node].entry = entry;
    if (holder == ZIP_NONE) {
        zip_tree_index_put(tree, &slot, node);
    } else if (tree->nodes[holder].flags & ZIP_NODE_DIRECTORY) {
        tree->nodes[node].first = tree->nodes[holder].first;
        tree->nodes[node].flags |= ZIP_NODE_DISPLACED;
        tree->nodes[holder].first = node;
    } else {
        tree->nodes[node].first = holder;
        tree->nodes[holder].flags |= ZIP_NODE_DISPLACED;
        zip_tree_index_put(tree, &slot, node);
    }
    return 0;
}

/* Makes `path` the last directory (`len` bytes that end with '/', or none for the root). */
static int last_directory_move(struct zip_tree *tree, struct last_directory *last, const char *path,
                               size_t len)
{
    const char *at = path, *end = path + len;
    uint32_t node = ZIP_ROOT;

    if (len == last->len && memcmp(path, last->path, len) == 0)
        return 0;
    while (at < end) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        int rc = tree_get_directory(tree, node, at, (size_t)(slash - at), &node);

        if (rc < 0)
            return rc;
        at = slash + 1;
    }
    *last = (struct last_directory){path, len, node};
    return 0;
}

static int tree_add_entry(struct zip_tree *tree, struct last_directory *last, uint32_t index)
{
    const struct zip_entry *entry = &tree->dir->entries[index];
    const char *name = zip_entry_name(tree->dir, entry);
    size_t rest, len, base;
    uint32_t node;
    int rc;

    if (!zip_tree_strip_shows(tree, entry, &rest))
        return 0;
    name += rest;
    len = entry->name_len - rest;
    if (len > 0 && name[len - 1] == '/')
        len--;
    if (len == 0) {
        tree->nodes[ZIP_ROOT].entry = index;
        return 0;
    }
    for (base = len; base > 0 && name[base - 1] != '/';)
        base--;
    rc = last_directory_move(tree, last, name, base);
    if (rc < 0)
        return rc;
    if (!(entry->flags & ZIP_ENTRY_DIRECTORY))
        return tree_add_file(tree, last->node, name + base, len - base, index);
    rc = tree_get_directory(tree, last->node, name + base, len - base, &node);
    if (rc == 0)
        tree->nodes[node].entry = index;
    return rc;
}

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static void sum_up_files(struct zip_tree *tree)
{
    for (uint32_t i = 1; i < tree->count; i++) {
        const struct zip_node *node = &tree->nodes[i];
        const struct zip_entry *entry;

        if (node->flags & ZIP_NODE_DIRECTORY)
            continue;
        entry = &tree->dir->entries[node->entry];
        tree->total_size = add_saturated(tree->total_size, entry->size);
        tree->total_compressed = add_saturated(tree->total_compressed, entry->compressed_size);
    }
}

static int tree_fill(struct zip_tree *tree, const char *strip)
{
    struct last_directory last = {"", 0, ZIP_ROOT};
    struct zip_node *nodes;
    int rc = zip_tree_strip_decide(tree, strip);

    if (rc == 0)
        rc = tree_reserve_nodes(tree);
    if (rc == 0)
        rc = zip_tree_index_init(tree, tree->dir->count);
    if (rc < 0)
        return rc;
    tree->nodes[ZIP_ROOT] = (struct zip_node){
        .first = ZIP_NONE, .next = ZIP_NONE, .entry = ZIP_NONE, .flags = ZIP_NODE_DIRECTORY};
    tree->count = 1;
    tree->directories = 1;
    for (uint32_t i = 0; i < tree->dir->count && rc == 0; i++)
        rc = tree_add_entry(tree, &last, zip_directory_listed(tree->dir, i));
    if (rc == 0)
        rc = zip_tree_name_duplicates(tree);
    if (rc == 0)
        rc = zip_tree_sort(tree);
    if (rc < 0)
        return rc;
    sum_up_files(tree);
    nodes = realloc(tree->nodes, tree->count * sizeof(*nodes));
    if (nodes) {
        tree->nodes = nodes;
        tree->capacity = tree->count;
    }
    return 0;
}

int zip_tree_build(struct zip_tree *tree, const struct zip_directory *dir, const char *strip)
{
    int rc;

    *tree = (struct zip_tree){.dir = dir};
    rc = tree_fill(tree, strip);
    if (rc < 0)
        zip_tree_free(tree);
    return rc;
}
