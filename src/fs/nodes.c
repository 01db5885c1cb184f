#include "fs/nodes.h"

#include <stddef.h>
#include <string.h>

#include "base/lock.h"

void nodes_init(struct nodes *nodes)
{
    memset(nodes, 0, sizeof(*nodes));
    pthread_mutex_init(&nodes->lock, NULL);
    nodes->next_id = 1;
}

static struct group **find_slot(struct nodes *nodes, uint32_t id)
{
    struct group **at = &nodes->buckets[id % NODE_BUCKETS];

    while (*at && (*at)->id != id)
        at = &(*at)->chain;
    return at;
}

void group_add(struct nodes *nodes, struct group *group, enum group_kind kind,
               void (*release)(struct group *group))
{
    struct group **slot;

    group->kind = kind;
    group->nodes = nodes;
    group->release = release;
    group->refs = 1;
    LOCKED(&nodes->lock);
    do {
        group->id = nodes->next_id;
        nodes->next_id = nodes->next_id == UINT32_MAX ? 1 : nodes->next_id + 1;
        slot = find_slot(nodes, group->id);
    } while (*slot); /* after 4 G groups: skip what is still in use */
    group->chain = NULL;
    *slot = group;
}

void group_ref_n(struct group *group, uint64_t n)
{
    LOCKED(&group->nodes->lock);
    group->refs += n;
}

void group_unref(struct group *group, uint64_t n)
{
    struct nodes *nodes = group->nodes;

    pthread_mutex_lock(&nodes->lock);
    group->refs = n < group->refs ? group->refs - n : 0;
    if (group->refs) {
        pthread_mutex_unlock(&nodes->lock);
        return;
    }
    *find_slot(nodes, group->id) = group->chain;
    pthread_mutex_unlock(&nodes->lock);
    group->release(group);
}

struct group *nodes_find(struct nodes *nodes, uint64_t node)
{
    uint32_t id = (uint32_t)(node >> 32);
    struct group *group;

    if (!id)
        return NULL;
    LOCKED(&nodes->lock);
    group = *find_slot(nodes, id);
    if (group)
        group->refs++;
    return group;
}

void nodes_forget_all(struct nodes *nodes)
{
    for (unsigned bucket = 0; bucket < NODE_BUCKETS; bucket++)
        while (nodes->buckets[bucket])
            group_unref(nodes->buckets[bucket], UINT64_MAX);
}
