/*
 * Decorated names. The files that lost their name to a later member are called "NAME (2)",
 * "NAME (3)" and so on, counted backwards from the last; a name that something else in the
 * directory has is skipped. Where the decorated name would be too long, the stem is cut between
 * characters.
 *
 * All chains together take linear time: a "NAME (k)" with the whole stem can only collide within
 * NAME's own chain. Cut stems can collide across chains: many names with one long beginning would
 * all try the same numbers, so after a few collisions a file gets a large number derived from its
 * node.
 */
#include "tree/duplicates.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tree/index.h"
#include "tree/internal.h"
#include "tree/names.h"
#include "zip/names.h"

#define CUT_COLLISIONS_MAX 16u

struct chain {
    uint32_t number;     /* the next one to try */
    uint32_t collisions; /* of names with a cut stem */
};

/* A number from 2^30 to below 2^31 that depends on the file and the attempt alone. */
static uint32_t far_number(uint32_t node, uint32_t attempt)
{
    unsigned __int128 product = ((unsigned __int128)node << 32 | attempt);

    product *= UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(product >> 34 & 0x3fffffff) | 0x40000000;
}

/* Writes "STEM (number)" to `out` (ZIP_PART_MAX bytes); *is_cut tells whether the stem was cut. */
static size_t decorate(char *out, const char *stem, size_t len, uint32_t number, int *is_cut)
{
    char suffix[16];
    size_t suffix_len = (size_t)snprintf(suffix, sizeof(suffix), " (%" PRIu32 ")", number);

    *is_cut = len > ZIP_PART_MAX - suffix_len;
    if (*is_cut)
        len = zip_utf8_cut((const uint8_t *)stem, ZIP_PART_MAX - suffix_len);
    memcpy(out, stem, len);
    memcpy(out + len, suffix, suffix_len);
    return len + suffix_len;
}

static int rename_duplicate(struct zip_tree *tree, uint32_t file, struct chain *chain)
{
    struct zip_node *node = &tree->nodes[file];
    const char *stem = tree->dir->names + node->name; /* a displaced file still has its own name */
    char name[ZIP_PART_MAX];
    struct zip_tree_slot slot;
    uint32_t number = chain->number, offset;
    size_t len;
    int is_cut;

    for (;;) {
        len = decorate(name, stem, node->name_len, number, &is_cut);
        slot = zip_tree_index_find(tree, node->parent, name, len);
        if (slot.node == ZIP_NONE)
            break;
        if (is_cut)
            chain->collisions++;
        if (chain->collisions < CUT_COLLISIONS_MAX)
            number = ++chain->number;
        else
            number = far_number(file, chain->collisions);
    }
    if (number == chain->number)
        chain->number++;
    if (zip_tree_add_name(tree, name, len, &offset) < 0)
        return -ENOMEM;
    zip_tree_index_put(tree, &slot, file);
    node->name = offset;
    node->name_len = (uint8_t)len;
    node->flags = ZIP_NODE_EXTRA_NAME;
    return 0;
}

int zip_tree_name_duplicates(struct zip_tree *tree)
{
    for (uint32_t owner = 0; owner < tree->count; owner++) {
        struct chain chain = {.number = 2};
        uint32_t file = tree->nodes[owner].first;

        if (file == ZIP_NONE || tree->nodes[owner].flags & ZIP_NODE_DISPLACED)
            continue;
        tree->nodes[owner].first = ZIP_NONE;
        while (file != ZIP_NONE) {
            uint32_t before = tree->nodes[file].first;
            int rc = rename_duplicate(tree, file, &chain);

            if (rc < 0)
                return rc;
            tree->nodes[file].first = ZIP_NONE;
            file = before;
        }
    }
    return 0;
}
