/* The projects: sums up their tasks. */
#include "tasks.h"

#include "json_util.h"
#include "task_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_project_names(const void *left, const void *right)
{
    const struct task *a = *(struct task *const *)left;
    const struct task *b = *(struct task *const *)right;

    return strcmp(a->project, b->project);
}

static void count_task(struct project_summary *project, const struct task *task)
{
    struct json_object *before = NULL;

    if (project->tasks == 0 || task->times[TIME_CREATE] < project->created)
        project->created = task->times[TIME_CREATE];
    project->tasks++;
    project->cost += task->cost;
    project->fee += task->fee;
    json_object_object_get_ex(project->statuses, task->status, &before);
    json_set_int(project->statuses, task->status, json_object_get_int64(before) + 1);
}

/*
 * Sums up tasks that are sorted by project, into an array that is large enough. Returns how many.
 */
static int sum_tasks(struct task *const *sorted, size_t count, struct project_summary *projects)
{
    int n = 0;

    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(sorted[i]->project, sorted[i - 1]->project) != 0) {
            struct project_summary *project = &projects[n++];

            *project = (struct project_summary){.statuses = json_object_new_object()};
            snprintf(project->name, sizeof(project->name), "%s", sorted[i]->project);
        }
        count_task(&projects[n - 1], sorted[i]);
    }
    return n;
}

static size_t count_distinct(struct task *const *sorted, size_t count)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += i == 0 || strcmp(sorted[i]->project, sorted[i - 1]->project) != 0;
    return n;
}

static int sum_projects(struct task_table *table, const char *name, struct project_summary **out)
{
    struct task **sorted = malloc((table->count + 1) * sizeof(struct task *));
    size_t count = 0;
    int n = -ENOMEM;

    if (!sorted)
        return -ENOMEM;
    for (size_t i = 0; i < table->count; i++) {
        struct task *task = table->order[i];

        if (task->project[0] && (!name || strcmp(task->project, name) == 0))
            sorted[count++] = task;
    }
    qsort(sorted, count, sizeof(struct task *), compare_project_names);
    *out = calloc(count_distinct(sorted, count) + 1, sizeof(**out));
    if (*out)
        n = sum_tasks(sorted, count, *out);
    free(sorted);
    return n;
}

int tasks_projects(struct task_table *table, const char *name, struct project_summary **out)
{
    int n;

    *out = NULL;
    pthread_mutex_lock(&table->lock);
    table_rescan(table);
    table_sweep(table, true, clock_unix());
    n = sum_projects(table, name, out);
    pthread_mutex_unlock(&table->lock);
    return n;
}

void project_summaries_free(struct project_summary *projects, int count)
{
    for (int i = 0; i < count; i++)
        json_object_put(projects[i].statuses);
    free(projects);
}
