/* The names of a machine that somebody has been given, by index. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/wrap.h"
#include "task/live_internal.h"

#define DEPTH_MAX     64u /* of directories; a listing has fewer */
#define BUCKETS_FIRST 64u
/* Names that were given out and not forgotten: a machine may have others in each listing. */
#define NODES_MAX (2 * TRACKER_NAMES_MAX)

WRAPS static uint32_t hash_of(uint32_t parent, const char *name)
{
    uint32_t hash = 2166136261u ^ parent * 2654435761u; /* FNV-1a */

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

/* The chain of a name. The table has buckets. */
static struct live_node **chain_of(const struct live *live, uint32_t parent, const char *name)
{
    return &live->buckets[hash_of(parent, name) & (live->bucket_count - 1)];
}

struct live_node *live_node_at(struct live *live, uint32_t index)
{
    return index && index < live->node_count ? live->nodes[index] : NULL;
}

/* At least as many buckets as nodes; a power of 2. */
static int grow_table(struct live *live)
{
    uint32_t count = live->bucket_count ? 2 * live->bucket_count : BUCKETS_FIRST;
    struct live_node **buckets;

    if (live->node_count < live->bucket_count)
        return 0;
    buckets = calloc(count, sizeof(struct live_node *));
    if (!buckets)
        return -ENOMEM;
    free(live->buckets);
    live->buckets = buckets;
    live->bucket_count = count;
    for (uint32_t i = 1; i < live->node_count; i++) {
        struct live_node *node = live->nodes[i];
        struct live_node **chain = chain_of(live, node->parent, node->name);

        node->chain = *chain;
        *chain = node;
    }
    return 0;
}

static int grow(struct live *live)
{
    uint32_t more = live->node_capacity ? live->node_capacity * 2 : 16;
    struct live_node **nodes;

    if (live->node_count < live->node_capacity)
        return 0;
    if (live->node_count > NODES_MAX)
        return -ENOMEM;
    nodes = realloc(live->nodes, more * sizeof(*nodes));
    if (!nodes)
        return -ENOMEM;
    live->nodes = nodes;
    live->node_capacity = more;
    if (!live->node_count)
        live->nodes[live->node_count++] = NULL;
    return 0;
}

static struct live_node *add(struct live *live, uint32_t parent, const char *name, int is_directory)
{
    struct live_node *node, **chain;

    if (grow(live) || grow_table(live))
        return NULL;
    chain = chain_of(live, parent, name);
    node = calloc(1, sizeof(*node) + strlen(name) + 1);
    if (!node)
        return NULL;
    strcpy(node->name, name);
    node->parent = parent;
    node->is_directory = (uint8_t)is_directory;
    node->index = live->node_count;
    node->chain = *chain;
    *chain = node;
    live->nodes[live->node_count++] = node;
    return node;
}

static struct live_node *find(struct live *live, uint32_t parent, const char *name,
                              int is_directory)
{
    struct live_node *node = live->bucket_count ? *chain_of(live, parent, name) : NULL;

    while (node && (node->is_old || node->parent != parent || node->is_directory != is_directory ||
                    strcmp(node->name, name) != 0))
        node = node->chain;
    return node;
}

struct live_node *live_node_get(struct live *live, uint32_t parent, const char *name,
                                int is_directory)
{
    struct live_node *node = find(live, parent, name, is_directory);

    return node ? node : add(live, parent, name, is_directory);
}

int live_node_is_known(struct live *live, uint32_t parent, const char *name)
{
    return find(live, parent, name, 0) != NULL;
}

void live_node_path(struct live *live, const struct live_node *node, struct buf *path)
{
    const struct live_node *chain[DEPTH_MAX];
    unsigned depth = 0;

    for (; node && depth < DEPTH_MAX; node = live_node_at(live, node->parent))
        chain[depth++] = node;
    while (depth--) {
        buf_puts(path, path->len ? "/" : "");
        buf_puts(path, chain[depth]->name);
    }
}

int live_node_replace(struct live *live, struct live_node *node)
{
    struct live_node *made = add(live, node->parent, node->name, node->is_directory);

    if (!made)
        return -ENOMEM;
    node->is_old = 1;
    node->old_len = node->file->told;
    made->file = node->file;
    made->file->node = made;
    made->file->told = made->file->noticed = 0;
    node->file = NULL;
    return 0;
}

void live_nodes_free(struct live *live)
{
    for (uint32_t i = 1; i < live->node_count; i++) {
        if (live->nodes[i]->file)
            live_file_free(live->nodes[i]->file);
        free(live->nodes[i]);
    }
    free(live->nodes);
    live->nodes = NULL;
    live->node_count = live->node_capacity = 0;
    free(live->buckets);
    live->buckets = NULL;
    live->bucket_count = 0;
}
