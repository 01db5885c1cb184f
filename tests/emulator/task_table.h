/*
 * Private to tasks.c and the task_*.c files: the table of tasks and its entries.
 *
 * One lock guards everything here, JSON objects included, as json-c's reference counts are not
 * atomic. Every function here must be called with the lock held.
 */
#ifndef EMULATOR_TASK_TABLE_H
#define EMULATOR_TASK_TABLE_H

#include <json-c/json.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "task_fields.h"

/* Identifies a version of a file; all zero when there is no file. */
struct file_stamp {
    int64_t mtime_ns;
    int64_t ctime_ns;
    int64_t size;
    uint64_t inode;
    bool racy; /* read so soon after a change that a later change may have the same stamp */
};

/* A change of a task at a time: a new status, fields to merge, or both. */
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
    struct task *next_custom; /* links tasks whose storage paths are not the default ones */
    unsigned number;          /* varies generated names and default times */
    bool synthetic;           /* generated; has no folder */
    bool seen;                /* by the current scan of the root */
    bool custom_paths;
    double seen_at; /* Unix seconds; the start of its timeline */

    /* From task.json and its settings. */
    struct json_object *fields; /* or NULL */
    struct file_stamp json_stamp, output_stamp, input_stamp;
    struct archive_summary output, input;
    double kill_seconds; /* -1: a kill never ends */
    char kill_status[64];
    bool output_after_end;
    long tasks_ahead;
    struct task_event *events; /* sorted by time */
    size_t n_events;

    /* The latest view, and the values that the listing sorts and filters by. */
    bool dirty;
    size_t applied;               /* how many events the view includes */
    char *entry_text, *full_text; /* NULL until needed */
    char status[64];
    char project[128];
    char *output_path, *input_path; /* or NULL */
    char region[64];
    bool terminated;
    double cost, fee;         /* US$; 0 when there is none */
    double times[TASK_TIMES]; /* Unix seconds; 0 when there is none */
};

struct task_table {
    pthread_mutex_t lock; /* the only lock; held across reads of local files, never of sockets */
    int root_fd;
    char *root;
    struct file_stamp root_stamp;
    double swept_at; /* monotonic seconds; when all files were last checked */
    struct task **order;
    size_t count, capacity;
    bool order_stale;
    struct task **buckets;
    size_t n_buckets;
    struct task *custom;
};

struct task *table_find(struct task_table *table, const char *id);

/* Adds the tasks of new folders and removes those whose folder is gone. */
void table_rescan(struct task_table *table);

/* Returns a task after bringing it up to date at now (Unix seconds); NULL when there is none. */
struct task *table_fresh(struct task_table *table, const char *id, double now);

/* Brings one task up to date: its files and its events. */
void table_refresh(struct task_table *table, struct task *task, double now);

/*
 * Brings all tasks up to date. Events are always applied. Files are checked when files is true,
 * when there are few tasks, or when the last check is over a second ago.
 */
void table_sweep(struct task_table *table, bool files, double now);

/*
 * Makes the stamp of a file from a stat at now (Unix seconds). file_stamp_same returns true when
 * both stamps are surely of one version.
 */
struct file_stamp file_stamp_of(const struct stat *st, double now);
bool file_stamp_same(const struct file_stamp *before, const struct file_stamp *fresh);

/* Restarts the timeline of a task at now: no events, default settings. */
void task_restart(struct task *task, double now);

/*
 * Makes the object of a task at now; only a full one has what the listing lacks. The caller owns
 * it.
 */
struct json_object *task_view(const struct task *task, bool full, double now);

/* Rebuilds the view when an event is due or the task is dirty. Returns true when it has. */
bool task_view_update(struct task *task, double now);

/*
 * Return the JSON of a task that is up to date, borrowed until it changes; NULL when out of memory.
 */
const char *task_full_text(struct task *task, double now);
const char *task_entry_text(struct task *task, double now);

/*
 * Applies the settings from the key "emulator"; the times of its timeline count from start (Unix
 * seconds). Returns 0, or -EINVAL and a reason.
 */
int task_settings_take(struct task *task, struct json_object *settings, double start,
                       const char **reason);

/* Adds an event; takes ownership of fields. Returns 0 or -ENOMEM. */
int task_event_add(struct task *task, double at, const char *status, struct json_object *fields);

/* Discards the events after a time; -INFINITY discards all of them. */
void task_events_drop(struct task *task, double after);

#endif
