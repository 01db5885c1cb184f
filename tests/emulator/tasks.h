/*
 * The tasks: the folders under the root, the generated ones, and how they live.
 *
 * Every function takes the table's lock itself, may read files, and is safe from any thread. Text
 * that comes back is JSON in memory that the caller frees.
 */
#ifndef EMULATOR_TASKS_H
#define EMULATOR_TASKS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct task_table;

/*
 * Opens the directory and reads what is in it; the time of every timeline begins here. Adds
 * synthetic generated tasks. Returns 0 or a negative errno.
 */
int tasks_open(const char *root, long synthetic, struct task_table **out);
void tasks_close(struct task_table *table);

/* The task with its history. Returns 0, -ENOENT, or another negative errno. */
int tasks_get(struct task_table *table, const char *id, char **text);

/* The answer of /status: id, status, position_in_queue, is_terminated. */
int tasks_status(struct task_table *table, const char *id, char **text);

/* The task's metadata, an object of strings. */
int tasks_metadata(struct task_table *table, const char *id, char **text);

/*
 * Kills the task; the text is that of /status, as it was just after the kill was accepted.
 * Returns -ESRCH for a terminal task; the text is then its status code.
 */
int tasks_kill(struct task_table *table, const char *id, char **text);

/*
 * Merges an object of fields into a task from now on; the key "emulator" holds settings as in
 * task.json, its timeline counting from now. Returns 0, -ENOENT, or -EINVAL for bad settings.
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

/* True for a field the listing can be sorted by. */
bool tasks_sortable(const char *field);

/* The answer of the listing. Returns 0 or a negative errno. */
int tasks_list(struct task_table *table, const struct task_query *query, char **text);

/* What the tasks of one project come to. */
struct project_summary {
    char name[128];
    double created; /* Unix seconds when its first task was created */
    long tasks;
    double cost, fee;             /* US$ */
    struct json_object *statuses; /* status code to number of tasks */
};

/*
 * Sums the tasks of every project up, or those of the one named. Returns the number of projects, 0
 * or more, and an array of them in no order that the caller frees with project_summaries_free; or
 * a negative errno.
 */
int tasks_projects(struct task_table *table, const char *name, struct project_summary **out);
void project_summaries_free(struct project_summary *projects, int count);

struct stored_object {
    char task_id[128];
    char region[64]; /* empty where the task has none */
    char *file;      /* path on this machine; the caller frees it */
};

/*
 * Finds the file behind an object's path in the store. Returns 0, or -ENOENT where no task has
 * the path, its archive is not there, or it is held back; task_id is set where it is known.
 */
int tasks_resolve(struct task_table *table, const char *path, struct stored_object *object);

/* The number of tasks. */
size_t tasks_count(struct task_table *table);

#endif
