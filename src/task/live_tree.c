#include "task/live_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/tracker.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/memory.h"

#define NAMES_MAX (256u << 20) /* bytes of all names */

struct builder {
    struct tracker_visitor visitor;
    struct live_entry *entries;
    uint32_t count, capacity;
    struct buf names;
    uint32_t directory; /* that is being filled */
};

static struct builder *builder_of(struct tracker_visitor *visitor)
{
    return container_of(visitor, struct builder, visitor);
}

/* Adds an entry in front of those of its directory. */
static int add(struct builder *builder, const char *name, int is_directory)
{
    struct live_entry *entry;

    if (builder->count == builder->capacity) {
        uint32_t more = builder->capacity ? builder->capacity * 2 : 16;
        struct live_entry *entries = realloc(builder->entries, more * sizeof(*entries));

        if (!entries)
            return -ENOMEM;
        builder->entries = entries;
        builder->capacity = more;
    }
    entry = &builder->entries[builder->count];
    *entry = (struct live_entry){.name = (uint32_t)builder->names.len,
                                 .first = LIVE_NONE,
                                 .next = LIVE_NONE,
                                 .parent = builder->directory,
                                 .is_directory = (uint8_t)is_directory};
    if (buf_append(&builder->names, name, strlen(name) + 1))
        return -ENOMEM;
    if (builder->count != LIVE_ROOT) {
        entry->next = builder->entries[builder->directory].first;
        builder->entries[builder->directory].first = builder->count;
    }
    builder->count++;
    return 0;
}

static int on_file(struct tracker_visitor *visitor, const char *name)
{
    return add(builder_of(visitor), name, 0);
}

static int on_directory(struct tracker_visitor *visitor, const char *name)
{
    struct builder *builder = builder_of(visitor);
    int rc = add(builder, name, 1);

    if (!rc)
        builder->directory = builder->count - 1;
    return rc;
}

static void on_end(struct tracker_visitor *visitor)
{
    struct builder *builder = builder_of(visitor);

    builder->directory = builder->entries[builder->directory].parent;
}

/* ---- sorting, and dropping what has the name of another ---- */

struct sorted {
    const char *name;
    uint32_t entry;
    uint8_t is_directory;
};

static int compare(const void *left, const void *right)
{
    const struct sorted *a = left, *b = right;
    int order = strcmp(a->name, b->name);

    if (order)
        return order;
    if (a->is_directory != b->is_directory)
        return a->is_directory ? -1 : 1;
    return a->entry < b->entry ? -1 : 1;
}

/* `room` has a place for each entry of the tree. */
static void sort_directory(struct live_tree *tree, uint32_t directory, struct sorted *room)
{
    uint32_t count = 0, *last = &tree->entries[directory].first;

    for (uint32_t at = *last; at != LIVE_NONE; at = tree->entries[at].next)
        room[count++] = (struct sorted){live_tree_name(tree, at), at,
                                        tree->entries[at].is_directory};
    qsort(room, count, sizeof(*room), compare);
    for (uint32_t i = 0; i < count; i++) {
        if (i && strcmp(room[i].name, room[i - 1].name) == 0)
            continue;
        *last = room[i].entry;
        last = &tree->entries[room[i].entry].next;
    }
    *last = LIVE_NONE;
}

static int sort_all(struct live_tree *tree)
{
    struct sorted *room = malloc(tree->count * sizeof(*room));

    if (!room)
        return -ENOMEM;
    for (uint32_t i = 0; i < tree->count; i++)
        if (tree->entries[i].is_directory && tree->entries[i].first != LIVE_NONE)
            sort_directory(tree, i, room);
    free(room);
    return 0;
}

int live_tree_decode(const char *json, size_t len, struct live_tree **tree, size_t *skipped,
                     char *why)
{
    struct builder builder = {.visitor = {on_file, on_directory, on_end},
                              .names = BUF_INIT(NAMES_MAX)};
    struct live_tree *made = calloc(1, sizeof(*made));
    int rc = made ? add(&builder, "", 1) : -ENOMEM;

    *tree = NULL;
    *skipped = 0;
    why[0] = '\0';
    if (!rc)
        rc = tracker_ls_decode(json, len, &builder.visitor, skipped, why);
    if (rc) {
        buf_free(&builder.names);
        free(builder.entries);
        free(made);
        return rc;
    }
    refcount_init(&made->refs, 1);
    made->entries = memory_fit(builder.entries, builder.count * sizeof(*made->entries));
    made->count = builder.count;
    made->names = memory_fit(builder.names.data, builder.names.len);
    rc = sort_all(made);
    if (rc)
        live_tree_unref(made);
    else
        *tree = made;
    return rc;
}

struct live_tree *live_tree_ref(struct live_tree *tree)
{
    refcount_get(&tree->refs);
    return tree;
}

void live_tree_unref(struct live_tree *tree)
{
    if (!tree || !refcount_put(&tree->refs))
        return;
    free(tree->entries);
    free(tree->names);
    free(tree);
}

uint32_t live_tree_find(const struct live_tree *tree, uint32_t directory, const char *name)
{
    uint32_t at = tree->entries[directory].first;

    while (at != LIVE_NONE && strcmp(live_tree_name(tree, at), name) != 0)
        at = tree->entries[at].next;
    return at;
}

uint32_t live_tree_resolve(const struct live_tree *tree, const char *path)
{
    uint32_t at = LIVE_ROOT;
    char name[256];

    while (*path && at != LIVE_NONE) {
        size_t len = strcspn(path, "/");

        if (len >= sizeof(name) || !tree->entries[at].is_directory)
            return LIVE_NONE;
        memcpy(name, path, len);
        name[len] = '\0';
        at = live_tree_find(tree, at, name);
        path += len + (path[len] == '/');
    }
    return at;
}
