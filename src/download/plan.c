#include "download/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "member/inflate.h"
#include "tree/attr.h"

#define LINK_MAX    4095 /* bytes of a link's target */
#define TIME_MARGIN 2    /* seconds: some file systems keep no better times */

/* The state of plan_make. */
struct planner {
    struct plan *plan;
    const struct zip_tree *tree;
    const struct target *target;
    const struct plan_rules *rules;
    uint32_t folder_node; /* the folder that `folder` is of; ZIP_NONE none */
    int folder;           /* its descriptor in the target, or a negative errno */
    char path[NAME_TEXT_MAX];
    char blocker[NAME_TEXT_MAX]; /* the last one that was complained of */
};

static int add_todo(struct planner *planner, uint32_t node)
{
    const struct zip_tree *tree = planner->tree;
    const struct zip_entry *entry = &tree->dir->entries[tree->nodes[node].entry];
    struct plan *plan = planner->plan;

    if (plan->count == plan->capacity) {
        uint32_t capacity = plan->capacity + plan->capacity / 2 + 256;
        uint32_t *todo = realloc(plan->todo, capacity * sizeof(*todo));

        if (!todo)
            return -ENOMEM;
        plan->todo = todo;
        plan->capacity = capacity;
    }
    plan->todo[plan->count++] = node;
    plan->todo_bytes += entry->size;
    plan->todo_wire += entry->compressed_size;
    return 0;
}

/* ---- what is in the way ---- */

/* Finds the part of the folder's path that is no folder. */
static void find_blocker(const struct planner *planner, const char *path, char *blocker)
{
    size_t len = 0;

    snprintf(blocker, NAME_TEXT_MAX, "%s", path);
    while (path[len]) {
        int fd;

        len += strcspn(path + len + (path[len] == '/'), "/") + (path[len] == '/');
        blocker[len] = '\0';
        fd = target_enter(planner->target, blocker, 0);
        if (fd < 0)
            return;
        close(fd);
        snprintf(blocker, NAME_TEXT_MAX, "%s", path);
    }
}

static void tell_left(const struct planner *planner, const char *why)
{
    if (planner->rules->on_left)
        planner->rules->on_left(planner->rules->arg, planner->path, why);
}

/* The file's folder cannot be one in the target. Told once for each thing in the way. */
static void complain_of_blocker(struct planner *planner, const char *folder_path)
{
    char blocker[NAME_TEXT_MAX];

    find_blocker(planner, folder_path, blocker);
    tell_left(planner, "its folder cannot be made: something else is in the way");
    if (strcmp(blocker, planner->blocker) == 0)
        return;
    memcpy(planner->blocker, blocker, sizeof(blocker));
    complain(planner->rules->complaints, COMPLAINT_BLOCKED,
             "'%s/%s' is not a folder, and in the way of one: move it away", planner->target->shown,
             blocker);
}

static void complain_of_folder(struct planner *planner)
{
    tell_left(planner, "a folder is in the way");
    complain(planner->rules->complaints, COMPLAINT_BLOCKED,
             "'%s/%s' is a folder, and in the way of a file: move it away", planner->target->shown,
             planner->path);
}

/* ---- comparing ---- */

static int is_link_candidate(const struct zip_entry *entry)
{
    return entry->flags & ZIP_ENTRY_SYMLINK && entry->size && entry->size <= LINK_MAX;
}

static int has_crc(const struct planner *planner, const char *name, int follow,
                   const struct zip_entry *entry)
{
    uint32_t crc;

    return !target_crc(planner->folder, name, follow, &crc) && crc == entry->crc32;
}

/* Whether a link of the target is what the archive shows: a link to the same place; or, where the
 * archive has a file, a link to a file of the same content, unless files are replaced. */
static int is_same_link(const struct planner *planner, uint32_t node, const char *name,
                        const struct stat *st, const struct zip_entry *entry)
{
    char text[LINK_MAX + 1];
    struct stat led;
    ssize_t n;

    if (!is_link_candidate(entry))
        return !planner->rules->is_forced && !fstatat(planner->folder, name, &led, 0) &&
               S_ISREG(led.st_mode) && (uint64_t)led.st_size == entry->size &&
               has_crc(planner, name, 1, entry);
    if ((uint64_t)st->st_size != entry->size || !has_crc(planner, name, 0, entry))
        return 0;
    n = readlinkat(planner->folder, name, text, sizeof(text));
    return n > 0 && zip_link_stays_inside(planner->tree, node, text, (size_t)n);
}

/* A link that would lead out is shown as a file with its target's text. */
static int is_file_of_link(const struct planner *planner, uint32_t node, const char *name)
{
    char text[LINK_MAX + 1];
    int n = target_read(planner->folder, name, text, sizeof(text));

    return n > 0 && !zip_link_stays_inside(planner->tree, node, text, (size_t)n);
}

static int is_same(const struct planner *planner, uint32_t node, const char *name,
                   const struct stat *st)
{
    const struct zip_tree *tree = planner->tree;
    const struct zip_entry *entry = &tree->dir->entries[tree->nodes[node].entry];
    struct zip_attr attr;
    int64_t apart;

    if (S_ISLNK(st->st_mode))
        return is_same_link(planner, node, name, st, entry);
    if (!S_ISREG(st->st_mode) || (uint64_t)st->st_size != entry->size)
        return 0;
    if (is_link_candidate(entry))
        return has_crc(planner, name, 0, entry) && is_file_of_link(planner, node, name);
    zip_node_attr(tree, node, NULL, &attr);
    apart = attr.time / 1000000000 - st->st_mtim.tv_sec;
    if (apart > -TIME_MARGIN && apart < TIME_MARGIN)
        return 1;
    return has_crc(planner, name, 0, entry);
}

/* ---- one file after the other ---- */

/* Opens the node's folder in the target, unless it is open. */
static void enter_folder(struct planner *planner, uint32_t folder, const char *path)
{
    if (planner->folder_node == folder)
        return;
    if (planner->folder >= 0)
        close(planner->folder);
    planner->folder_node = folder;
    planner->folder = target_enter(planner->target, path, 0);
}

static int plan_present(struct planner *planner, uint64_t size)
{
    planner->plan->present++;
    planner->plan->present_bytes += size;
    if (planner->rules->on_present)
        planner->rules->on_present(planner->rules->arg, planner->path, size);
    return 0;
}

static int plan_changed(struct planner *planner)
{
    planner->plan->changed++;
    tell_left(planner, "it differs from the original");
    complain(planner->rules->complaints, COMPLAINT_CHANGED,
             "'%s/%s' differs from the original, and is left alone: --force replaces it",
             planner->target->shown, planner->path);
    return 0;
}

static int plan_file(struct planner *planner, uint32_t node)
{
    const struct zip_tree *tree = planner->tree;
    const struct zip_node *at = &tree->nodes[node];
    uint64_t size = tree->dir->entries[at->entry].size;
    char folder[NAME_TEXT_MAX], name[ZIP_NODE_NAME_SIZE];
    struct stat st;
    int rc;

    planner->plan->files++;
    planner->plan->bytes += size;
    if (planner->target->root < 0)
        return add_todo(planner, node);
    if (zip_node_path(tree, node, planner->path, sizeof(planner->path)) < 0 ||
        zip_node_path(tree, at->parent, folder, sizeof(folder)) < 0)
        return add_todo(planner, node);
    zip_node_copy_name(tree, at, name);
    enter_folder(planner, at->parent, folder);
    if (planner->folder == -ENOTDIR) {
        complain_of_blocker(planner, folder);
        return 0;
    }
    rc = planner->folder < 0 ? planner->folder : target_look(planner->folder, name, &st);
    if (rc)
        return add_todo(planner, node);
    if (S_ISDIR(st.st_mode)) {
        complain_of_folder(planner);
        return 0;
    }
    if (is_same(planner, node, name, &st))
        return plan_present(planner, size);
    return planner->rules->is_forced ? add_todo(planner, node) : plan_changed(planner);
}

static int compare_entries(const void *a, const void *b, void *arg)
{
    const struct zip_node *nodes = arg;
    uint32_t first = nodes[*(const uint32_t *)a].entry, second = nodes[*(const uint32_t *)b].entry;

    return first < second ? -1 : first > second;
}

/* Puts the files in the order of their data, in which they mostly are: the sort takes memory. */
static void sort_todo(struct plan *plan, const struct zip_tree *tree)
{
    for (uint32_t i = 1; i < plan->count; i++) {
        if (compare_entries(&plan->todo[i - 1], &plan->todo[i], tree->nodes) <= 0)
            continue;
        qsort_r(plan->todo, plan->count, sizeof(*plan->todo), compare_entries, tree->nodes);
        return;
    }
}

/* The node after `node` in the order of the tree, or ZIP_NONE. */
static uint32_t next_node(const struct zip_tree *tree, uint32_t node)
{
    const struct zip_node *nodes = tree->nodes;

    if (nodes[node].flags & ZIP_NODE_DIRECTORY && nodes[node].first != ZIP_NONE)
        return nodes[node].first;
    while (node != ZIP_ROOT && nodes[node].next == ZIP_NONE)
        node = nodes[node].parent;
    return node == ZIP_ROOT ? ZIP_NONE : nodes[node].next;
}

int plan_make(struct plan *plan, const struct selection *selection, const struct target *target,
              const struct plan_rules *rules)
{
    const struct zip_tree *tree = selection->tree;
    struct planner planner = {.plan = plan,
                              .tree = tree,
                              .target = target,
                              .rules = rules,
                              .folder_node = ZIP_NONE,
                              .folder = -1};
    int rc = 0;

    *plan = (struct plan){.count = 0};
    for (uint32_t node = next_node(tree, ZIP_ROOT); node != ZIP_NONE && !rc;
         node = next_node(tree, node))
        if (!(tree->nodes[node].flags & ZIP_NODE_DIRECTORY) && selection_has(selection, node))
            rc = plan_file(&planner, node);
    if (planner.folder >= 0)
        close(planner.folder);
    if (rc)
        plan_free(plan);
    else
        sort_todo(plan, tree);
    return rc;
}

void plan_free(struct plan *plan)
{
    free(plan->todo);
    *plan = (struct plan){.count = 0};
}
