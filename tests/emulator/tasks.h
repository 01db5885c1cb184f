/*
 * The table of tasks: the folders in the root, and generated ones.
 *
 * Every function takes the table's lock, may read files, and is safe from any thread. A returned
 * text is JSON that the caller frees.
 */
#ifndef EMULATOR_TASKS_H
#define EMULATOR_TASKS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct task_table;

/*
 * Opens the root and reads its tasks, whose timelines start now. Adds a number of generated
 * (synthetic) tasks. Returns 0 or a negative errno.
 */
int tasks_open(const char *root, long synthetic, struct task_table **out);
void tasks_close(struct task_table *table);

/* Gives a task with its history. Returns 0, -ENOENT, or another negative errno. */
int tasks_get(struct task_table *table, const char *id, char **text);

/*
 * Gives the answer of /status: id, status, position_in_queue, is_terminated. Returns as tasks_get.
 */
int tasks_status(struct task_table *table, const char *id, char **text);

/* Gives the metadata of a task, an object of strings. Returns as tasks_get. */
int tasks_metadata(struct task_table *table, const char *id, char **text);

/*
 * Kills a task and gives its /status just after that. Returns 0, -ENOENT, or -ESRCH for a terminal
 * task; the text is then its status code.
 */
int tasks_kill(struct task_table *table, const char *id, char **text);

/*
 * Merges an object of fields into a task. Its key "emulator" has settings as in task.json, with a
 * timeline that counts from now. Returns 0, -ENOENT, or -EINVAL for bad settings.
 */
int tasks_patch(struct task_table *table, const char *id, struct json_object *patch);

#define TASKS_MAX_FILTERS 8

struct task_sort {
    const char *field;
    bool descending;
};

struct task_query {
    long page;     /* from 1 */
    long per_page; /* 1 to 500 */
    const char *statuses[TASKS_MAX_FILTERS];
    int n_statuses; /* 0: any */
    const char *project;
    int active;            /* 1: not terminal, 0: terminal, -1: any */
    const char *id_filter; /* part of an id, or NULL */
    struct task_sort sorts[TASKS_MAX_FILTERS];
    int n_sorts; /* 0: newest first */
};

/* Returns true when the listing can be sorted by a field. */
bool tasks_sortable(const char *field);

/* Gives the answer of the listing. Returns 0 or a negative errno. */
int tasks_list(struct task_table *table, const struct task_query *query, char **text);

/* The totals of the tasks of one project. */
struct project_summary {
    char name[128];
    double created; /* Unix seconds; when its oldest task was created */
    long tasks;
    double cost, fee;             /* US$ */
    struct json_object *statuses; /* the number of tasks by status code */
};

/*
 * Sums up the tasks of every project, or of the project with a name. Returns the number of projects
 * and an array of them, in no order, that the caller frees with project_summaries_free; or a
 * negative errno.
 */
int tasks_projects(struct task_table *table, const char *name, struct project_summary **out);
void project_summaries_free(struct project_summary *projects, int count);

struct stored_object {
    char task_id[128];
    char region[64]; /* empty when the task has none */
    char *file;      /* path on this machine; the caller frees it */
};

/*
 * Finds the file of an object by its path in the store. Returns 0; -ENOENT when no task has the
 * path, or when its archive is missing or not available yet; or -ENOMEM. task_id is empty when no
 * task has the path.
 */
int tasks_resolve(struct task_table *table, const char *path, struct stored_object *object);

/* Returns the number of tasks. */
size_t tasks_count(struct task_table *table);

#endif
