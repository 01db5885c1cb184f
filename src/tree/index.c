/*
 * The table is an open-addressing hash table with linear probing, at most 3/4 full. A table of 2^b
 * slots holds node numbers below 2^b; the bits above them are a tag from the name's hash, which
 * tells most slots of other names apart without reading their nodes. Names are compared in place.
 */
#include "tree/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "tree/internal.h"

#define SLOTS_LEAST 16u
#define SLOTS_MAX   (UINT64_C(1) << 32)

/* Two odd constants (digits of the square roots of 2 and 3). */
#define MIX_A UINT64_C(0x6a09e667f3bcc909)
#define MIX_B UINT64_C(0xbb67ae8584caa73b)

static uint64_t hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t name_hash(uint64_t seed, uint32_t parent, const char *name, size_t len)
{
    uint64_t hash = hash_mix(seed ^ parent, MIX_A ^ len), word;

    for (; len > sizeof(word); len -= sizeof(word), name += sizeof(word)) {
        memcpy(&word, name, sizeof(word));
        hash = hash_mix(hash ^ word, seed ^ MIX_B);
    }
    word = 0;
    memcpy(&word, name, len);
    return hash_mix(hash ^ word, seed ^ MIX_A);
}

/* The kernel gives each process 16 random bytes (getauxval(3)). */
static uint64_t hash_seed(const struct zip_tree *tree)
{
    uint64_t seed = (uintptr_t)tree;
    const void *bytes = (const void *)getauxval(AT_RANDOM); /* an address, or 0 */

    if (bytes)
        memcpy(&seed, bytes, sizeof(seed));
    return hash_mix(seed ^ MIX_A, MIX_B);
}

struct zip_tree_slot zip_tree_index_find(const struct zip_tree *tree, uint32_t parent,
                                         const char *name, size_t len)
{
    uint64_t hash = name_hash(tree->seed, parent, name, len);
    uint32_t mask = tree->table_mask, tag = (uint32_t)(hash >> 32) & ~mask;
    uint64_t at = hash & mask;

    for (;; at = (at + 1) & mask) {
        uint32_t value = tree->table[at];
        const struct zip_node *node;

        /* No node has the number `mask`, so no tag makes this of one. */
        if (value == ZIP_NONE)
            return (struct zip_tree_slot){ZIP_NONE, tag, at};
        if ((value & ~mask) != tag)
            continue;
        node = &tree->nodes[value & mask];
        if (node->parent == parent && node->name_len == len &&
            memcmp(zip_node_name(tree, node), name, len) == 0)
            return (struct zip_tree_slot){value & mask, tag, at};
    }
}

void zip_tree_index_put(struct zip_tree *tree, const struct zip_tree_slot *slot, uint32_t node)
{
    tree->table[slot->at] = slot->tag | node;
}

static int index_allocate(struct zip_tree *tree, uint64_t slots)
{
    tree->table = malloc(slots * sizeof(*tree->table));
    if (!tree->table)
        return -ENOMEM;
    memset(tree->table, 0xff, slots * sizeof(*tree->table)); /* ZIP_NONE everywhere */
    tree->table_mask = (uint32_t)(slots - 1);
    return 0;
}

int zip_tree_index_init(struct zip_tree *tree, uint32_t expected)
{
    uint64_t slots = SLOTS_LEAST;

    while (slots / 4 * 3 < expected)
        slots *= 2;
    tree->seed = hash_seed(tree);
    return index_allocate(tree, slots);
}

/* Enters all nodes into an empty table. */
static void index_fill(struct zip_tree *tree)
{
    for (uint32_t i = 1; i < tree->count; i++) {
        const struct zip_node *node = &tree->nodes[i];
        struct zip_tree_slot slot;

        if (node->flags & ZIP_NODE_DISPLACED)
            continue;
        slot = zip_tree_index_find(tree, node->parent, zip_node_name(tree, node), node->name_len);
        zip_tree_index_put(tree, &slot, i);
    }
}

/* The old table is freed before the new one is allocated: its content can be rebuilt from the
 * nodes. */
int zip_tree_index_reserve(struct zip_tree *tree)
{
    uint64_t slots = (uint64_t)tree->table_mask + 1;
    int rc;

    if (tree->count < slots / 4 * 3)
        return 0;
    if (slots == SLOTS_MAX)
        return -ENOMEM;
    free(tree->table);
    rc = index_allocate(tree, slots * 2);
    if (rc < 0)
        return rc;
    index_fill(tree);
    return 0;
}

void zip_tree_index_rebuild(struct zip_tree *tree)
{
    memset(tree->table, 0xff, ((size_t)tree->table_mask + 1) * sizeof(*tree->table));
    index_fill(tree);
}
