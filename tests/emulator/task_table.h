/*
 * Private to the tasks_* and task_* files: the table and what it keeps of a task.
 *
 * One lock guards everything here, JSON objects included (json-c's counters are not atomic).
 * Functions here are called with the lock held unless they say otherwise.
 */
#ifndef EMULATOR_TASK_TABLE_H
#define EMULATOR_TASK_TABLE_H

#include <json-c/json.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "task_fields.h"

/* What tells one version of a file from another; all zero for a missing file. */
struct file_stamp {
    int64_t mtime_ns;
    int64_t ctime_ns;
    int64_t size;
    uint64_t inode;
    bool racy; /* changed so shortly before it was read that a later change may look the same */
};

/* What happens to a task at a time: a status, fields to merge, or both. */
struct task_event {
    double at; /* Unix seconds */
    char *status;
    struct json_object *fields;
};

enum task_time {
    TIME_CREATE,
    TIME_SUBMIT,
    TIME_START,
    TIME_COMPUTATION_START,
    TIME_COMPUTATION_END,
    TIME_END,
    TASK_TIMES
};

extern const char *const task_time_fields[TASK_TIMES];

struct task {
    char *id;
    struct task *next_in_bucket;
    struct task *next_custom; /* tasks whose storage paths are not the usual ones */
    unsigned number;          /* varies names and default times */
    bool synthetic;           /* has no folder */
    bool seen;                /* by the directory scan under way */
    bool custom_paths;
    double seen_at; /* Unix seconds when its story began */

    /* From task.json and the settings in it. */
    struct json_object *fields; /* or NULL */
    struct file_stamp json_stamp, output_stamp, input_stamp;
    struct archive_summary output, input;
    double kill_seconds; /* -1: never killed */
    char kill_status[64];
    bool output_after_end;
    long tasks_ahead;
    struct task_event *events; /* by time */
    size_t n_events;

    /* The view built last, and what of it the listing sorts and filters by. */
    bool dirty;
    size_t applied;               /* events that the view holds */
    char *entry_text, *full_text; /* NULL until asked for */
    char status[64];
    char project[128];
    char *output_path, *input_path; /* or NULL */
    char region[64];
    bool terminated;
    double cost, fee;         /* US$; 0 where there is none */
    double times[TASK_TIMES]; /* Unix seconds; 0 where there is none */
};

struct task_table {
    pthread_mutex_t lock; /* the only lock; held across reads of local files, never of sockets */
    int root_fd;
    char *root;
    struct file_stamp root_stamp;
    double swept_at; /* monotonic seconds of the last look at every file */
    struct task **order;
    size_t count, capacity;
    bool order_stale;
    struct task **buckets;
    size_t n_buckets;
    struct task *custom;
};

struct task *table_find(struct task_table *table, const char *id);

/* Sees new and removed folders. */
void table_rescan(struct task_table *table);

/* Finds the task with its folder, files and view up to date at now (Unix seconds); or NULL. */
struct task *table_fresh(struct task_table *table, const char *id, double now);

/* Brings one task up to date. */
void table_refresh(struct task_table *table, struct task *task, double now);

/*
 * Brings all tasks up to date: their events always, their files when told to, and otherwise where
 * that is cheap or has not been done for a second.
 */
void table_sweep(struct task_table *table, bool files, double now);

/* A file as stat saw it at now (Unix seconds), and whether two looks surely saw one version. */
struct file_stamp file_stamp_of(const struct stat *st, double now);
bool file_stamp_same(const struct file_stamp *before, const struct file_stamp *fresh);

/* Begins the task's story at now: no events, settings as they are by default. */
void task_reset_story(struct task *task, double now);

/* The task's object at now, with what only GET /tasks/ID shows or without; the caller owns it. */
struct json_object *task_view(const struct task *task, bool full, double now);

/* Brings what is kept of the view up to date. Returns true where it has changed. */
bool task_view_update(struct task *task, double now);

/* The JSON of an up-to-date task, borrowed until it changes; NULL: out of memory. */
const char *task_full_text(struct task *task, double now);
const char *task_entry_text(struct task *task, double now);

/*
 * Takes the settings under the key "emulator" of an object (or NULL), its timeline counting from
 * start (Unix seconds). Returns 0, or -EINVAL and a reason.
 */
int task_settings_take(struct task *task, struct json_object *settings, double start,
                       const char **reason);

/* Adds an event; takes over fields. Returns 0 or -ENOMEM. */
int task_event_add(struct task *task, double at, const char *status, struct json_object *fields);

/* Forgets events: all of them, or those after a time. */
void task_events_drop(struct task *task, double after);

#endif
