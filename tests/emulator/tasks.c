/* The table of tasks, and how it follows the folders of the root. */
#include "tasks.h"

#include "json_util.h"
#include "task_table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYNTHETIC_ID_SIZE 26

static size_t hash_id(const char *id)
{
    size_t hash = 5381;

    for (; *id; id++)
        hash = (hash * 33 ^ (unsigned char)*id) & 0xffffffffu;
    return hash;
}

struct task *table_find(struct task_table *table, const char *id)
{
    struct task *task = table->buckets[hash_id(id) % table->n_buckets];

    while (task && strcmp(task->id, id) != 0)
        task = task->next_in_bucket;
    return task;
}

static void task_free(struct task *task)
{
    task_events_drop(task, -INFINITY);
    free(task->events);
    json_object_put(task->fields);
    free(task->entry_text);
    free(task->full_text);
    free(task->output_path);
    free(task->input_path);
    free(task->id);
    free(task);
}

static struct task *task_new(const char *id, unsigned number, double now)
{
    struct task *task = calloc(1, sizeof(*task));

    if (!task)
        return NULL;
    task->id = strdup(id);
    if (!task->id) {
        free(task);
        return NULL;
    }
    task->number = number;
    task_restart(task, now);
    return task;
}

static void link_task(struct task_table *table, struct task *task)
{
    size_t bucket = hash_id(task->id) % table->n_buckets;

    task->next_in_bucket = table->buckets[bucket];
    table->buckets[bucket] = task;
}

static int table_grow(struct task_table *table)
{
    size_t capacity = table->capacity ? table->capacity * 2 : 64;
    struct task **order = realloc(table->order, capacity * sizeof(*order));
    struct task **buckets;

    if (!order)
        return -ENOMEM;
    table->order = order;
    buckets = calloc(capacity, sizeof(*buckets));
    if (!buckets)
        return -ENOMEM;
    free(table->buckets);
    table->buckets = buckets;
    table->n_buckets = capacity;
    table->capacity = capacity;
    for (size_t i = 0; i < table->count; i++)
        link_task(table, table->order[i]);
    return 0;
}

static struct task *table_add(struct task_table *table, const char *id, unsigned number, double now)
{
    struct task *task;

    if (table->count == table->capacity && table_grow(table) < 0)
        return NULL;
    task = task_new(id, number, now);
    if (!task)
        return NULL;
    table->order[table->count++] = task;
    table->order_stale = true;
    link_task(table, task);
    return task;
}

struct task *table_fresh(struct task_table *table, const char *id, double now)
{
    struct task *task;

    table_rescan(table);
    task = table_find(table, id);
    if (task)
        table_refresh(table, task, now);
    return task;
}

static bool is_folder(const struct task_table *table, const struct dirent *entry)
{
    struct stat st;

    if (entry->d_name[0] == '.')
        return false;
    if (entry->d_type == DT_DIR)
        return true;
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
        return false;
    return fstatat(table->root_fd, entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* Removes the tasks that the scan did not see. */
static void drop_unseen(struct task_table *table)
{
    size_t kept = 0;
    size_t before = table->count;

    for (size_t i = 0; i < before; i++) {
        struct task *task = table->order[i];

        if (task->seen || task->synthetic)
            table->order[kept++] = task;
    }
    if (kept == before)
        return;
    for (struct task **at = &table->custom; *at;) {
        if ((*at)->seen || (*at)->synthetic)
            at = &(*at)->next_custom;
        else
            *at = (*at)->next_custom;
    }
    for (size_t b = 0; b < table->n_buckets; b++) {
        for (struct task **at = &table->buckets[b]; *at;) {
            struct task *task = *at;

            if (task->seen || task->synthetic) {
                at = &task->next_in_bucket;
                continue;
            }
            *at = task->next_in_bucket;
            task_free(task);
        }
    }
    table->count = kept;
}

void table_rescan(struct task_table *table)
{
    double now = clock_unix();
    struct file_stamp fresh;
    struct dirent *entry;
    struct stat st;
    DIR *dir;
    int fd;

    if (fstat(table->root_fd, &st) != 0)
        return;
    fresh = file_stamp_of(&st, now);
    if (file_stamp_same(&table->root_stamp, &fresh))
        return;
    fd = openat(table->root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (size_t i = 0; i < table->count; i++)
        table->order[i]->seen = false;
    while ((entry = readdir(dir))) {
        struct task *task;

        if (!is_folder(table, entry))
            continue;
        task = table_find(table, entry->d_name);
        if (!task) {
            task = table_add(table, entry->d_name, (unsigned)(hash_id(entry->d_name) % 100000),
                             now);
            if (task)
                table_refresh(table, task, now);
        }
        if (task)
            task->seen = true;
    }
    closedir(dir);
    drop_unseen(table);
    table->root_stamp = fresh;
}

static void synthetic_id(unsigned number, char out[SYNTHETIC_ID_SIZE])
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    uint64_t state = number + 1u;

    for (int i = SYNTHETIC_ID_SIZE - 2; i >= 8; i--) {
        state = (state * 6364136223ull + 1442695041ull) & 0xffffffffull;
        out[i] = digits[(state >> 8) % 36];
    }
    for (int i = 7; i >= 0; i--) {
        out[i] = digits[number % 36];
        number /= 36;
    }
    out[SYNTHETIC_ID_SIZE - 1] = '\0';
}

static int add_synthetic(struct task_table *table, long count, double now)
{
    for (long i = 0; i < count; i++) {
        char id[SYNTHETIC_ID_SIZE];
        struct task *task;

        synthetic_id((unsigned)i, id);
        task = table_add(table, id, (unsigned)i, now);
        if (!task)
            return -ENOMEM;
        task->synthetic = true;
        table_refresh(table, task, now);
    }
    return 0;
}

int tasks_open(const char *root, long synthetic, struct task_table **out)
{
    struct task_table *table = calloc(1, sizeof(*table));
    int rc = -ENOMEM;

    if (!table)
        return -ENOMEM;
    pthread_mutex_init(&table->lock, NULL);
    table->root = strdup(root);
    table->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (table->root_fd < 0)
        rc = -errno;
    else if (table->root && table_grow(table) == 0)
        rc = add_synthetic(table, synthetic, clock_unix());
    if (rc < 0) {
        tasks_close(table);
        return rc;
    }
    table_rescan(table);
    *out = table;
    return 0;
}

void tasks_close(struct task_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        task_free(table->order[i]);
    if (table->root_fd >= 0)
        close(table->root_fd);
    pthread_mutex_destroy(&table->lock);
    free(table->order);
    free(table->buckets);
    free(table->root);
    free(table);
}

size_t tasks_count(struct task_table *table)
{
    size_t count;

    pthread_mutex_lock(&table->lock);
    table_rescan(table);
    count = table->count;
    pthread_mutex_unlock(&table->lock);
    return count;
}

int tasks_get(struct task_table *table, const char *id, char **text)
{
    double now = clock_unix();
    const char *full;
    struct task *task;
    int rc = -ENOENT;

    pthread_mutex_lock(&table->lock);
    task = table_fresh(table, id, now);
    if (task) {
        full = task_full_text(task, now);
        *text = full ? strdup(full) : NULL;
        rc = *text ? 0 : -ENOMEM;
    }
    pthread_mutex_unlock(&table->lock);
    return rc;
}

int tasks_metadata(struct task_table *table, const char *id, char **text)
{
    double now = clock_unix();
    struct json_object *view, *metadata;
    struct task *task;
    int rc = -ENOENT;

    pthread_mutex_lock(&table->lock);
    task = table_fresh(table, id, now);
    if (task) {
        view = task_view(task, false, now);
        metadata = json_object_at(view, "task_metadata");
        *text = metadata ? json_text(metadata) : strdup("{}");
        json_object_put(view);
        rc = *text ? 0 : -ENOMEM;
    }
    pthread_mutex_unlock(&table->lock);
    return rc;
}
