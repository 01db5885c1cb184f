/* The paths of the store: finds the task that a path belongs to. */
#include "tasks.h"

#include "json_util.h"
#include "task_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Returns the name of the file that a storage path stands for; NULL when it is not the task's. */
static const char *file_behind(const struct task *task, const char *path)
{
    if (task->output_path && strcmp(task->output_path, path) == 0)
        return "output.zip";
    if (task->input_path && strcmp(task->input_path, path) == 0)
        return "input.zip";
    return NULL;
}

static struct task *custom_owner(struct task_table *table, const char *path, double now)
{
    for (struct task *task = table->custom; task; task = task->next_custom) {
        if (!file_behind(task, path))
            continue;
        table_refresh(table, task, now);
        if (file_behind(task, path))
            return task;
    }
    return NULL;
}

/*
 * Returns the task that a storage path belongs to: a task whose task.json sets that path, or the
 * task whose id the path begins with. Only when neither has the path, every task.json is checked
 * for a change.
 */
static struct task *owner_of(struct task_table *table, const char *path, double now)
{
    struct task *owner = custom_owner(table, path, now);
    struct task *named = NULL;
    char id[256];

    if (owner)
        return owner;
    if (strcspn(path, "/") < sizeof(id)) {
        snprintf(id, sizeof(id), "%.*s", (int)strcspn(path, "/"), path);
        named = table_fresh(table, id, now);
    }
    if (named && file_behind(named, path))
        return named;
    for (size_t i = 0; i < table->count; i++)
        table_refresh(table, table->order[i], now);
    owner = custom_owner(table, path, now);
    return owner ? owner : named;
}

int tasks_resolve(struct task_table *table, const char *path, struct stored_object *object)
{
    double now = clock_unix();
    const char *name = NULL;
    struct task *task;
    int rc = -ENOENT;

    *object = (struct stored_object){0};
    pthread_mutex_lock(&table->lock);
    table_rescan(table);
    task = owner_of(table, path, now);
    name = task ? file_behind(task, path) : NULL;
    if (task) {
        bool output = name && strcmp(name, "output.zip") == 0;
        bool held = output && task->output_after_end && !task->terminated;

        snprintf(object->task_id, sizeof(object->task_id), "%s", task->id);
        snprintf(object->region, sizeof(object->region), "%s", task->region);
        if (name && !held && (output ? task->output_stamp : task->input_stamp).inode)
            rc = asprintf(&object->file, "%s/%s/%s", table->root, task->id, name) < 0 ? -ENOMEM : 0;
    }
    pthread_mutex_unlock(&table->lock);
    return rc;
}
