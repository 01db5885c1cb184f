#include "disk/task.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk/internal.h"
#include "disk/object.h"
#include "disk/walk.h"

static void task_path(const char *account, uint64_t hash, char *path)
{
    snprintf(path, DISK_PATH_MAX, "%s/tasks/%016" PRIx64, account, hash);
}

void disk_task_write(struct disk *disk, const struct disk_task *task)
{
    char path[DISK_PATH_MAX];
    uint64_t hash = disk_hash(0, task->id);
    BUF_SCOPED payload = BUF_INIT(DISK_RECORD_MAX);

    if (disk->is_for_reading || strlen(task->id) > DISK_TASK_LEN)
        return;
    disk_put_string(&payload, task->id);
    disk_put_number(&payload, task->depth);
    disk_put_number(&payload, task->stamp);
    disk_put_string(&payload, task->json);
    if (payload.error)
        return;
    task_path(disk->accounts[0], hash, path);
    disk_write_record(disk, path, DISK_RECORD_TASK, hash, payload.data, payload.len);
}

static int task_decode(const uint8_t *payload, size_t len, struct disk_task *task)
{
    struct disk_reader reader = {.at = payload, .end = payload + len};

    *task = (struct disk_task){0};
    task->id = disk_get_string(&reader, DISK_TASK_LEN);
    task->depth = (enum disk_task_depth)disk_get_number(&reader);
    task->stamp = disk_get_number(&reader);
    task->json = disk_get_string(&reader, DISK_RECORD_MAX);
    if (reader.is_bad || task->depth < DISK_TASK_SUMMARY || task->depth > DISK_TASK_DETAIL) {
        disk_task_free(task);
        return -ENOENT;
    }
    task->len = strlen(task->json);
    return 0;
}

int disk_task_read_file(struct disk *disk, const char *path, uint64_t hash, struct disk_task *task)
{
    size_t len;
    uint8_t *payload = disk_read_record(disk, path, DISK_RECORD_TASK, hash, &len);
    int rc = payload ? task_decode(payload, len, task) : -ENOENT;

    free(payload);
    return rc;
}

int disk_task_read(struct disk *disk, const char *id, struct disk_task *task)
{
    uint64_t hash = disk_hash(0, id);

    for (unsigned i = 0; i < disk->account_count; i++) {
        char path[DISK_PATH_MAX];

        task_path(disk->accounts[i], hash, path);
        if (disk_task_read_file(disk, path, hash, task))
            continue;
        if (strcmp(task->id, id) == 0)
            return 0;
        disk_task_free(task);
    }
    return -ENOENT;
}

struct task_walk {
    struct disk *disk;
    int (*visit)(void *arg, const struct disk_task *task);
    void *arg;
};

static int is_account(const struct disk *disk, const char *name)
{
    for (unsigned i = 0; i < disk->account_count; i++)
        if (strcmp(disk->accounts[i], name) == 0)
            return 1;
    return 0;
}

static int visit_task(void *arg, const struct disk_file *file)
{
    struct task_walk *walk = arg;
    struct disk_task task;
    int rc;

    if (file->kind != DISK_FILE_TASK || !is_account(walk->disk, file->account) ||
        disk_task_read_file(walk->disk, file->path, file->hash, &task))
        return 0;
    rc = walk->visit(walk->arg, &task);
    disk_task_free(&task);
    return rc;
}

int disk_task_each(struct disk *disk, int (*visit)(void *arg, const struct disk_task *task),
                   void *arg)
{
    struct task_walk walk = {disk, visit, arg};

    return disk_walk_tasks(disk, visit_task, &walk);
}

void disk_task_free(struct disk_task *task)
{
    free(task->id);
    free(task->json);
    *task = (struct disk_task){0};
}
