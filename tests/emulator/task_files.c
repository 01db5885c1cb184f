/* The files of a task: reads task.json and the archives when they have changed. */
#include "json_util.h"
#include "task_table.h"
#include "zip_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RACY_NS       50000000LL /* a change this recent may hide a later one */
#define MAX_TASK_JSON (16 * 1024 * 1024)

static int64_t to_ns(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct file_stamp file_stamp_of(const struct stat *st, double now)
{
    struct file_stamp stamp = {
        .mtime_ns = to_ns(st->st_mtim),
        .ctime_ns = to_ns(st->st_ctim),
        .size = (int64_t)st->st_size,
        .inode = (uint64_t)st->st_ino,
    };

    stamp.racy = (int64_t)(now * 1e9) - stamp.ctime_ns < RACY_NS;
    return stamp;
}

bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b)
{
    return !a->racy && a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns &&
           a->size == b->size && a->inode == b->inode;
}

void task_restart(struct task *task, double now)
{
    task_events_drop(task, -INFINITY);
    task->seen_at = now;
    task->kill_seconds = 0;
    snprintf(task->kill_status, sizeof(task->kill_status), "killed");
    task->output_after_end = false;
    task->tasks_ahead = 0;
    task->dirty = true;
}

static char *read_text(int fd, size_t *length)
{
    size_t size = 0, room = 4096;
    char *text = malloc(room);

    while (text && size < MAX_TASK_JSON) {
        ssize_t n = read(fd, text + size, room - size);
        char *bigger;

        if (n <= 0)
            break;
        size += (size_t)n;
        if (size < room)
            continue;
        room *= 2;
        bigger = realloc(text, room);
        if (!bigger)
            free(text);
        text = bigger;
    }
    *length = size;
    return text;
}

static struct json_object *read_json(const struct task_table *table, const char *path)
{
    int fd = openat(table->root_fd, path, O_RDONLY | O_CLOEXEC);
    struct json_object *value = NULL;
    size_t length;
    char *text;
    int rc;

    if (fd < 0)
        return NULL;
    text = read_text(fd, &length);
    close(fd);
    rc = text ? json_parse(text, length, &value) : -ENOMEM;
    free(text);
    if (rc == 0 && json_object_is_type(value, json_type_object))
        return value;
    json_object_put(value);
    fprintf(stderr, "taskfs-emulator: cannot use '%s/%s': not a JSON object\n", table->root, path);
    return NULL;
}

/* A changed task.json restarts the timeline; an equal or unreadable one does not. */
static void load_json(struct task_table *table, struct task *task, const char *path, double now)
{
    struct json_object *fields = read_json(table, path);
    struct json_object *settings;
    const char *reason;

    if (!fields || (task->fields && json_object_equal(fields, task->fields))) {
        json_object_put(fields);
        return;
    }
    json_object_put(task->fields);
    task->fields = fields;
    task_restart(task, now);
    if (json_object_object_get_ex(fields, "emulator", &settings) &&
        task_settings_take(task, settings, now, &reason) < 0)
        fprintf(stderr, "taskfs-emulator: '%s/%s': %s\n", table->root, path, reason);
}

static void summarize(const struct task_table *table, const char *path, int64_t zipped,
                      struct archive_summary *summary)
{
    int fd = openat(table->root_fd, path, O_RDONLY | O_CLOEXEC);
    struct zip_directory directory;
    struct zip_entry entry;
    size_t position = 0;
    int rc;

    *summary = (struct archive_summary){.zipped = zipped, .files = -1};
    if (fd < 0)
        return;
    rc = zip_directory_read(fd, &directory);
    close(fd);
    if (rc < 0)
        return;
    summary->files = 0;
    while ((rc = zip_directory_next(&directory, &position, &entry)) > 0) {
        if (entry.name_len > 0 && entry.name[entry.name_len - 1] == '/')
            continue;
        summary->files++;
        if (entry.size < INT64_MAX / 4 && summary->size < INT64_MAX / 4)
            summary->size += (int64_t)entry.size;
    }
    if (rc < 0)
        summary->files = -1;
    zip_directory_free(&directory);
}

static void look_at_archive(const struct task_table *table, struct task *task, const char *name,
                            struct file_stamp *stamp, struct archive_summary *summary, double now)
{
    struct file_stamp fresh = {0};
    char path[PATH_MAX];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", task->id, name);
    if (fstatat(table->root_fd, path, &st, 0) == 0 && S_ISREG(st.st_mode))
        fresh = file_stamp_of(&st, now);
    if (file_stamp_same(stamp, &fresh))
        return;
    if (fresh.inode)
        summarize(table, path, fresh.size, summary);
    *stamp = fresh;
    task->dirty = true;
}

static void look_at_json(struct task_table *table, struct task *task, double now)
{
    struct file_stamp fresh = {0};
    char path[PATH_MAX];
    struct stat st;

    snprintf(path, sizeof(path), "%s/task.json", task->id);
    if (fstatat(table->root_fd, path, &st, 0) == 0)
        fresh = file_stamp_of(&st, now);
    if (file_stamp_same(&task->json_stamp, &fresh))
        return;
    if (fresh.inode) {
        load_json(table, task, path, now);
    } else if (task->fields) {
        json_object_put(task->fields);
        task->fields = NULL;
        task_restart(task, now);
    }
    task->json_stamp = fresh;
}

static void follow_paths(struct task_table *table, struct task *task)
{
    char usual[512];
    bool custom;

    snprintf(usual, sizeof(usual), "%s/output.zip", task->id);
    custom = !task->output_path || strcmp(task->output_path, usual) != 0;
    snprintf(usual, sizeof(usual), "%s/input.zip", task->id);
    custom = custom || !task->input_path || strcmp(task->input_path, usual) != 0;
    if (!custom || task->custom_paths)
        return;
    task->custom_paths = true; /* it stays in the list; look-ups compare its paths */
    task->next_custom = table->custom;
    table->custom = task;
}

void table_refresh(struct task_table *table, struct task *task, double now)
{
    double create = task->times[TIME_CREATE];

    if (!task->synthetic) {
        look_at_json(table, task, now);
        look_at_archive(table, task, "output.zip", &task->output_stamp, &task->output, now);
        look_at_archive(table, task, "input.zip", &task->input_stamp, &task->input, now);
    }
    if (!task_view_update(task, now))
        return;
    follow_paths(table, task);
    if (task->times[TIME_CREATE] != create)
        table->order_stale = true;
}
