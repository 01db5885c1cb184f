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
/* Allows the node that the loop is at to be removed. */
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

/* At the tail. */
static inline void list_add(struct list *head, struct list *node)
{
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

/* Leaves the node in no list; harmless when it is in none. */
static inline void list_del(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* Takes the first node off, or returns NULL. */
static inline struct list *list_pop(struct list *head)
{
    struct list *node = head->next;

    if (node == head)
        return NULL;
    list_del(node);
    return node;
}

#endif
