/*
 * Rules of the tree.
 *
 * - Parents that the archive does not name are made up. Two directory entries of one name are one
 *   directory; the last gives its attributes.
 * - Of two files of one name the last keeps it, as `unzip -o` would leave it. Of a file and a
 *   directory the directory keeps it. How the others are called: duplicates.c.
 * - Nodes are made in the order of the entries, a directory when the first entry in or below it is
 *   met: so the order of nodes is the order of children.
 * - The directories that names alone can make up are bounded: a few thousand bytes of slashes make
 * a thousand of them. Past NODES_SPARE + 4 an entry + 1 for 16 bytes of names the archive is
 *   refused with -EIO.
 */
#include "zip/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "zip/names.h"
#include "zip/tree_internal.h"

#define NODES_SPARE 65536u
#define NODES_MAX   0x7fffffffu

/* The directory that the last entry lay in: the next one mostly lies there too. */
struct place {
    const char *path; /* with its last '/' */
    size_t len;
    uint32_t node;
};

int zip_tree_extra_add(struct zip_tree *tree, const char *text, size_t len, uint32_t *offset)
{
    uint64_t wanted = (uint64_t)tree->extra_len + len;

    if (wanted > tree->extra_capacity) {
        uint64_t capacity = wanted + wanted / 2;
        char *extra;

        if (wanted > UINT32_MAX)
            return -ENOMEM;
        if (capacity > UINT32_MAX)
            capacity = UINT32_MAX;
        extra = realloc(tree->extra, capacity);
        if (!extra)
            return -ENOMEM;
        tree->extra = extra;
        tree->extra_capacity = (uint32_t)capacity;
    }
    memcpy(tree->extra + tree->extra_len, text, len);
    *offset = tree->extra_len;
    tree->extra_len = (uint32_t)wanted;
    return 0;
}

/* Whether `name` lies in the directory `strip`, or is it; *rest is where the rest of it begins. */
static int is_below(const char *name, size_t len, int is_directory, const char *strip,
                    size_t strip_len, size_t *rest)
{
    if (len < strip_len || memcmp(name, strip, strip_len) != 0)
        return 0;
    if (len == strip_len) {
        *rest = len;
        return is_directory;
    }
    *rest = strip_len + 1;
    return name[strip_len] == '/';
}

/* Whether the tree shows `entry`; *rest is the offset in its name of the part below the root. */
static int entry_is_shown(const struct zip_tree *tree, const struct zip_entry *entry, size_t *rest)
{
    *rest = 0;
    if (entry->problem != ZIP_OK && entry->problem <= ZIP_NAME_LAST_HIDDEN)
        return 0;
    if (tree->strip_len == 0)
        return 1;
    return is_below(zip_entry_name(tree->dir, entry), entry->name_len,
                    entry->flags & ZIP_ENTRY_DIRECTORY, tree->extra, tree->strip_len, rest);
}

/* Decides whether `strip` is stripped. Names that are not shown count too: they say as well as
 * others how the archive is laid out. */
static int strip_decide(struct zip_tree *tree, const char *strip)
{
    const struct zip_directory *dir = tree->dir;
    size_t len = strip ? strlen(strip) : 0, rest;
    uint32_t offset;

    if (len == 0 || len > ZIP_PART_MAX)
        return 0;
    for (uint32_t i = 0; i < dir->count; i++) {
        const struct zip_entry *entry = &dir->entries[i];

        if (!is_below(zip_entry_name(dir, entry), entry->name_len,
                      entry->flags & ZIP_ENTRY_DIRECTORY, strip, len, &rest))
            continue;
        tree->strip_len = (uint32_t)len;
        return zip_tree_extra_add(tree, strip, len, &offset);
    }
    return 0;
}

static int nodes_reserve(struct zip_tree *tree)
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
    if (capacity == 0) /* with room for made-up directories: growing may take a copy */
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

/* Room for one node and its name. */
static int tree_reserve(struct zip_tree *tree)
{
    int rc = nodes_reserve(tree);

    return rc < 0 ? rc : zip_tree_index_reserve(tree);
}

static uint32_t node_add(struct zip_tree *tree, uint32_t parent, const char *name, size_t len,
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

/* The directory `name` in `parent`, made when it is not there; a file of that name gives way. */
static int directory_get(struct zip_tree *tree, uint32_t parent, const char *name, size_t len,
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
    *node = node_add(tree, parent, name, len, ZIP_NODE_DIRECTORY);
    if (holder != ZIP_NONE) {
        tree->nodes[holder].flags |= ZIP_NODE_DISPLACED;
        tree->nodes[*node].first = holder;
    }
    zip_tree_index_put(tree, &slot, *node);
    tree->directories++;
    return 0;
}

static int file_add(struct zip_tree *tree, uint32_t parent, const char *name, size_t len,
                    uint32_t entry)
{
    struct zip_tree_slot slot;
    uint32_t holder, node;
    int rc = tree_reserve(tree);

    if (rc < 0)
        return rc;
    slot = zip_tree_index_find(tree, parent, name, len);
    holder = slot.node;
    node = node_add(tree, parent, name, len, 0);
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

/* Moves `place` to the directory `path` (`len` bytes, ending with '/', or empty for the root). */
static int place_move(struct zip_tree *tree, struct place *place, const char *path, size_t len)
{
    const char *at = path, *end = path + len;
    uint32_t node = ZIP_ROOT;

    if (len == place->len && memcmp(path, place->path, len) == 0)
        return 0;
    while (at < end) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        int rc = directory_get(tree, node, at, (size_t)(slash - at), &node);

        if (rc < 0)
            return rc;
        at = slash + 1;
    }
    *place = (struct place){path, len, node};
    return 0;
}

static int entry_add(struct zip_tree *tree, struct place *place, uint32_t index)
{
    const struct zip_entry *entry = &tree->dir->entries[index];
    const char *name = zip_entry_name(tree->dir, entry);
    size_t rest, len, base;
    uint32_t node;
    int rc;

    if (!entry_is_shown(tree, entry, &rest))
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
    rc = place_move(tree, place, name, base);
    if (rc < 0)
        return rc;
    if (!(entry->flags & ZIP_ENTRY_DIRECTORY))
        return file_add(tree, place->node, name + base, len - base, index);
    rc = directory_get(tree, place->node, name + base, len - base, &node);
    if (rc == 0)
        tree->nodes[node].entry = index;
    return rc;
}

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/* Links the children, last node first, and adds up the files. */
static void nodes_link(struct zip_tree *tree)
{
    for (uint32_t i = tree->count - 1; i > ZIP_ROOT; i--) {
        struct zip_node *node = &tree->nodes[i], *parent = &tree->nodes[node->parent];
        const struct zip_entry *entry;

        node->next = parent->first;
        parent->first = i;
        if (node->flags & ZIP_NODE_DIRECTORY)
            continue;
        entry = &tree->dir->entries[node->entry];
        tree->total_size = add_saturated(tree->total_size, entry->size);
        tree->total_compressed = add_saturated(tree->total_compressed, entry->compressed_size);
    }
}

static int tree_fill(struct zip_tree *tree, const char *strip)
{
    struct place place = {"", 0, ZIP_ROOT};
    struct zip_node *nodes;
    int rc = strip_decide(tree, strip);

    if (rc == 0)
        rc = nodes_reserve(tree);
    if (rc == 0)
        rc = zip_tree_index_init(tree, tree->dir->count);
    if (rc < 0)
        return rc;
    tree->nodes[ZIP_ROOT] = (struct zip_node){
        .first = ZIP_NONE, .next = ZIP_NONE, .entry = ZIP_NONE, .flags = ZIP_NODE_DIRECTORY};
    tree->count = 1;
    tree->directories = 1;
    for (uint32_t i = 0; i < tree->dir->count && rc == 0; i++)
        rc = entry_add(tree, &place, i);
    if (rc == 0)
        rc = zip_tree_name_duplicates(tree);
    if (rc < 0)
        return rc;
    nodes_link(tree);
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

void zip_tree_free(struct zip_tree *tree)
{
    free(tree->nodes);
    free(tree->table);
    free(tree->extra);
    *tree = (struct zip_tree){.dir = NULL};
}

uint32_t zip_tree_lookup(const struct zip_tree *tree, uint32_t parent, const char *name, size_t len)
{
    if (len == 0 || len > ZIP_PART_MAX)
        return ZIP_NONE;
    return zip_tree_index_find(tree, parent, name, len).node;
}

const char *zip_node_name(const struct zip_tree *tree, const struct zip_node *node)
{
    if (node == tree->nodes)
        return "";
    return (node->flags & ZIP_NODE_EXTRA_NAME ? tree->extra : tree->dir->names) + node->name;
}

int zip_tree_shows(const struct zip_tree *tree, uint32_t entry)
{
    size_t rest;

    return entry < tree->dir->count && entry_is_shown(tree, &tree->dir->entries[entry], &rest);
}
