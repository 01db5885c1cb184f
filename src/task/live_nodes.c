/* The names of a machine that somebody has been given, by index. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/wrap.h"
#include "task/live_internal.h"

#define DEPTH_MAX 64u /* of directories; a listing has fewer */

WRAPS static unsigned bucket_of(uint32_t parent, const char *name)
{
    uint32_t hash = 2166136261u ^ parent * 2654435761u; /* FNV-1a */

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash % LIVE_BUCKETS;
}

struct live_node *live_node_at(struct live *live, uint32_t index)
{
    return index && index < live->node_count ? live->nodes[index] : NULL;
}

static int grow(struct live *live)
{
    uint32_t more = live->node_capacity ? live->node_capacity * 2 : 16;
    struct live_node **nodes;

    if (live->node_count < live->node_capacity)
        return 0;
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
    struct live_node **bucket = &live->buckets[bucket_of(parent, name)];
    struct live_node *node;

    if (grow(live))
        return NULL;
    node = calloc(1, sizeof(*node) + strlen(name) + 1);
    if (!node)
        return NULL;
    strcpy(node->name, name);
    node->parent = parent;
    node->is_directory = (uint8_t)is_directory;
    node->index = live->node_count;
    node->chain = *bucket;
    *bucket = node;
    live->nodes[live->node_count++] = node;
    return node;
}

static struct live_node *find(struct live *live, uint32_t parent, const char *name,
                              int is_directory)
{
    struct live_node *node = live->buckets[bucket_of(parent, name)];

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
    memset(live->buckets, 0, sizeof(live->buckets));
}
