#include "task/identity.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"
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
    group->lookups = 0;
    group->used_at = clock_ms();
    LOCKED(&nodes->lock);
    do {
        group->id = nodes->next_id;
        nodes->next_id = nodes->next_id == UINT32_MAX ? 1 : nodes->next_id + 1;
        slot = find_slot(nodes, group->id);
    } while (*slot); /* after 4 G groups: skip what is still in use */
    group->chain = NULL;
    *slot = group;
}

void group_ref(struct group *group)
{
    LOCKED(&group->nodes->lock);
    group->refs++;
}

/* With the lock held, which this gives back. */
static void drop_and_unlock(struct group *group, uint64_t n)
{
    struct nodes *nodes = group->nodes;

    group->refs -= n;
    if (group->refs) {
        pthread_mutex_unlock(&nodes->lock);
        return;
    }
    *find_slot(nodes, group->id) = group->chain;
    pthread_mutex_unlock(&nodes->lock);
    group->release(group);
}

void group_unref(struct group *group)
{
    pthread_mutex_lock(&group->nodes->lock);
    drop_and_unlock(group, 1);
}

void group_looked_up(struct group *group, uint64_t n)
{
    LOCKED(&group->nodes->lock);
    group->refs += n;
    group->lookups += n;
}

void group_forget(struct group *group, uint64_t n)
{
    pthread_mutex_lock(&group->nodes->lock);
    if (n > group->lookups)
        n = group->lookups;
    group->lookups -= n;
    drop_and_unlock(group, n);
}

static struct group *find(struct nodes *nodes, uint64_t node, int is_use)
{
    uint32_t id = (uint32_t)(node >> 32);
    struct group *group;

    if (!id)
        return NULL;
    LOCKED(&nodes->lock);
    group = *find_slot(nodes, id);
    if (group)
        group->refs++;
    if (group && is_use)
        group->used_at = clock_ms();
    return group;
}

struct group *nodes_find(struct nodes *nodes, uint64_t node)
{
    return find(nodes, node, 0);
}

struct group *nodes_use(struct nodes *nodes, uint64_t node)
{
    return find(nodes, node, 1);
}

void group_touch(struct group *group)
{
    LOCKED(&group->nodes->lock);
    group->used_at = clock_ms();
}

struct group_use group_use(struct group *group)
{
    LOCKED(&group->nodes->lock);
    return (struct group_use){group->refs - group->lookups, group->lookups, group->used_at};
}

/* A group that the kernel knows, with a reference; NULL when there is none left. */
static struct group *find_looked_up(struct nodes *nodes)
{
    LOCKED(&nodes->lock);
    for (unsigned bucket = 0; bucket < NODE_BUCKETS; bucket++)
        for (struct group *group = nodes->buckets[bucket]; group; group = group->chain)
            if (group->lookups) {
                group->refs++;
                return group;
            }
    return NULL;
}

void nodes_forget_all(struct nodes *nodes)
{
    struct group *group;

    while ((group = find_looked_up(nodes))) {
        group_forget(group, UINT64_MAX);
        group_unref(group);
    }
}
