/* An intrusive doubly linked list. A node that is in no list points at itself. */
#ifndef TASKFS_BASE_LIST_H
#define TASKFS_BASE_LIST_H

#include <stddef.h>

struct list {
    struct list *prev, *next;
};

#define LIST_INIT(name)  \
    {                    \
        &(name), &(name) \
    }
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define list_each(at, head)             for (struct list *at = (head)->next; at != (head); at = at->next)
/* The loop may remove the node that it is at. */
#define list_each_safe(at, head)                                              \
    for (struct list *at = (head)->next, *at##_next = at->next; at != (head); \
         at = at##_next, at##_next = at->next)

static inline void list_init(struct list *node)
{
    node->prev = node->next = node;
}

static inline int list_empty(const struct list *head)
{
    return head->next == head;
}

/* Adds the node, which is in no list, at the tail. */
static inline void list_add(struct list *head, struct list *node)
{
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

/* Removes the node from its list; harmless when it is in none. */
static inline void list_del(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* Removes the first node and returns it, or returns NULL when the list is empty. */
static inline struct list *list_pop(struct list *head)
{
    struct list *node = head->next;

    if (node == head)
        return NULL;
    list_del(node);
    return node;
}

#endif
