/* The listing: filters, order, pages. */
#include "tasks.h"

#include "json_util.h"
#include "task_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SWEEP_ALWAYS  2000 /* up to this many tasks, every listing checks all files first */
#define SWEEP_SECONDS 1.0 /* otherwise at this interval; the tasks of the page are always checked */

static int time_index(const char *field)
{
    for (int i = 0; i < TASK_TIMES; i++) {
        if (strcmp(task_time_fields[i], field) == 0)
            return i;
    }
    return -1;
}

bool tasks_sortable(const char *field)
{
    return time_index(field) >= 0 || strcmp(field, "task_id") == 0 ||
           strcmp(field, "status") == 0 || strcmp(field, "project") == 0;
}

static int compare_field(const struct task *a, const struct task *b, const char *field)
{
    int index = time_index(field);

    if (index >= 0)
        return (a->times[index] > b->times[index]) - (a->times[index] < b->times[index]);
    if (strcmp(field, "status") == 0)
        return strcmp(a->status, b->status);
    if (strcmp(field, "project") == 0)
        return strcmp(a->project, b->project);
    return strcmp(a->id, b->id);
}

static int compare_tasks(const void *left, const void *right, void *context)
{
    const struct task *a = *(struct task *const *)left;
    const struct task *b = *(struct task *const *)right;
    const struct task_query *query = context;

    for (int i = 0; query && i < query->n_sorts; i++) {
        int result = compare_field(a, b, query->sorts[i].field);

        if (result != 0)
            return query->sorts[i].descending ? -result : result;
    }
    if (a->times[TIME_CREATE] != b->times[TIME_CREATE])
        return a->times[TIME_CREATE] < b->times[TIME_CREATE] ? 1 : -1;
    return strcmp(a->id, b->id);
}

static bool matches_query(const struct task *task, const struct task_query *query)
{
    bool match = query->n_statuses == 0;

    for (int i = 0; i < query->n_statuses && !match; i++)
        match = strcmp(task->status, query->statuses[i]) == 0;
    if (query->project && strcmp(task->project, query->project) != 0)
        match = false;
    if (query->active >= 0 && query->active == task->terminated)
        match = false;
    if (query->id_filter && !strstr(task->id, query->id_filter))
        match = false;
    return match;
}

static bool has_filter(const struct task_query *query)
{
    return query->n_statuses > 0 || query->project || query->active >= 0 || query->id_filter;
}

void table_sweep(struct task_table *table, bool files, double now)
{
    double clock = clock_monotonic();

    if (table->count <= SWEEP_ALWAYS || clock - table->swept_at > SWEEP_SECONDS)
        files = true;

    for (size_t i = 0; i < table->count; i++) {
        struct task *task = table->order[i];

        if (files && !task->synthetic)
            table_refresh(table, task, now);
        else
            task_view_update(task, now);
    }
    if (files)
        table->swept_at = clock;
}

/* Returns the tasks that match, in the requested order; the caller frees the array. */
static struct task **select_tasks(struct task_table *table, const struct task_query *query,
                                  size_t *count)
{
    struct task **selection = malloc((table->count + 1) * sizeof(struct task *));

    *count = 0;
    if (!selection)
        return NULL;
    for (size_t i = 0; i < table->count; i++) {
        if (!has_filter(query) || matches_query(table->order[i], query))
            selection[(*count)++] = table->order[i];
    }
    if (query->n_sorts > 0)
        qsort_r(selection, *count, sizeof(struct task *), compare_tasks, (void *)(uintptr_t)query);
    return selection;
}

static void write_entry(FILE *out, struct task *task, double now)
{
    const char *text = task_entry_text(task, now);

    fputs(text ? text : "null", out);
    if (task->synthetic) { /* there may be millions of them */
        free(task->entry_text);
        task->entry_text = NULL;
    }
}

static void write_page(FILE *out, struct task_table *table, struct task **tasks, size_t count,
                       const struct task_query *query, double now)
{
    size_t per_page = (size_t)query->per_page;
    size_t page = (size_t)query->page - 1;
    size_t first = page > count / per_page ? count : page * per_page;
    size_t last = count - first < per_page ? count : first + per_page;

    fprintf(out, "{\"total_size\":%zu,\"tasks\":[", count);
    for (size_t i = first; i < last; i++) {
        table_refresh(table, tasks[i], now);
        if (i > first)
            fputc(',', out);
        write_entry(out, tasks[i], now);
    }
    fputs("]}", out);
}

int tasks_list(struct task_table *table, const struct task_query *query, char **text)
{
    double now = clock_unix();
    struct task **selection;
    size_t count, size;
    FILE *out;

    *text = NULL;
    out = open_memstream(text, &size);
    if (!out)
        return -ENOMEM;
    pthread_mutex_lock(&table->lock);
    table_rescan(table);
    table_sweep(table, query->n_statuses > 0 || query->project || query->active >= 0, now);
    if (table->order_stale) {
        qsort_r(table->order, table->count, sizeof(struct task *), compare_tasks, NULL);
        table->order_stale = false;
    }
    selection = select_tasks(table, query, &count);
    if (selection)
        write_page(out, table, selection, count, query, now);
    pthread_mutex_unlock(&table->lock);
    fclose(out);
    if (selection && *text) {
        free(selection);
        return 0;
    }
    free(selection);
    free(*text);
    *text = NULL;
    return -ENOMEM;
}
