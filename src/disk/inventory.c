#include "disk/inventory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/internal.h"
#include "disk/object_internal.h"
#include "disk/task.h"

/* What is gathered while files are gone over. Each record of a task and each object makes an entry
 * in inventory->tasks; those of one task are joined at the end. */
struct gathering {
    struct inventory *inventory;
    struct disk *disk;
    int verifies;
    int removal;     /* the first negative errno of something that could not be removed, or 0 */
    size_t capacity; /* of inventory->tasks */
    int has_object;  /* one is being gathered: */
    uint64_t hash;
    int has_record, is_record_bad;
    struct inventory_task object;
};

/* ---- accounts ---- */

/* The account whose folder has this name, which is the last one. Returns 0 or -ENOMEM. */
static int enter_account(struct gathering *gathering, const char *name)
{
    struct inventory *inventory = gathering->inventory;
    struct inventory_account *accounts = inventory->accounts;
    size_t count = inventory->account_count;

    if (count && strcmp(accounts[count - 1].name, name) == 0)
        return 0;
    accounts = realloc(accounts, (count + 1) * sizeof(*accounts));
    if (!accounts)
        return -ENOMEM;
    inventory->accounts = accounts;
    accounts[count] = (struct inventory_account){.service = NULL};
    snprintf(accounts[count].name, sizeof(accounts[count].name), "%s", name);
    inventory->account_count++;
    return 0;
}

/* ---- entries ---- */

/* Takes over what `entry` has. Returns 0 or -ENOMEM. */
static int add_entry(struct gathering *gathering, struct inventory_task *entry)
{
    struct inventory *inventory = gathering->inventory;

    if (inventory->task_count == INVENTORY_TASKS_MAX) {
        free(entry->id);
        return 0;
    }
    if (inventory->task_count == gathering->capacity) {
        size_t capacity = gathering->capacity ? gathering->capacity * 2 : 64;
        struct inventory_task *tasks = realloc(inventory->tasks, capacity * sizeof(*tasks));

        if (!tasks) {
            free(entry->id);
            return -ENOMEM;
        }
        inventory->tasks = tasks;
        gathering->capacity = capacity;
    }
    inventory->tasks[inventory->task_count++] = *entry;
    return 0;
}

static void add_check(struct disk_check *to, const struct disk_check *from)
{
    to->pieces += from->pieces;
    to->damaged += from->damaged;
    to->damaged_bytes += from->damaged_bytes;
}

/* Checks a file if that is asked for. Returns 0; 1 when all of it is gone; or -ENOMEM or
 * -EMFILE. */
static int check_file(struct gathering *gathering, const struct disk_file *file,
                      struct disk_check *check)
{
    struct stat st;
    int rc;

    if (!gathering->verifies)
        return 0;
    rc = disk_check_file(gathering->disk, file, check);
    if (rc == -ENOMEM || rc == -EMFILE)
        return rc;
    if (rc && !gathering->removal)
        gathering->removal = rc;
    return fstatat(gathering->disk->root, file->path, &st, AT_SYMLINK_NOFOLLOW) != 0;
}

/* ---- objects ---- */

struct kept_count {
    struct disk *disk;
    uint64_t version, limit, bytes;
};

/* Adds what a segment has of the object before `limit`. */
static int count_segment(void *arg, const struct disk_file *file)
{
    struct kept_count *count = arg;
    struct disk_segment_id id = {file->version, file->stream, file->index};
    struct disk_slot slots[DISK_SLOTS];
    int fd;

    if (file->kind != DISK_FILE_SEGMENT || file->version != count->version ||
        file->stream != DISK_BLOCKS)
        return 0;
    fd = disk_open_segment(count->disk, file->path, &id, O_RDONLY, slots);
    if (fd == -ENOMEM || fd == -EMFILE)
        return fd;
    if (fd < 0)
        return 0;
    close(fd);
    for (unsigned i = 0; i < DISK_SLOTS; i++) {
        uint64_t at = ((uint64_t)file->index * DISK_SLOTS + i) * DISK_BLOCK;
        uint64_t left = at < count->limit ? count->limit - at : 0;

        count->bytes += slots[i].len < left ? slots[i].len : left;
    }
    return 0;
}

/* Bytes that the tail of a version has, as its file says. */
static uint64_t tail_len(struct disk *disk, const char *account, uint64_t hash, uint64_t version)
{
    char path[DISK_PATH_MAX];
    struct stat st;

    snprintf(path, sizeof(path), "%.20s/objects/%016" PRIx64 "/%016" PRIx64 "/tail", account, hash,
             version);
    if (fstatat(disk->root, path, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) ||
        st.st_size < (off_t)DISK_RECORD_HEAD)
        return 0;
    return (uint64_t)st.st_size - DISK_RECORD_HEAD;
}

/* Reads from the record whose the object is, and counts how much of it is here. Returns 0, or
 * -ENOMEM or -EMFILE. */
static int describe_object(struct gathering *gathering, const char *account)
{
    struct inventory_task *object = &gathering->object;
    struct kept_count count = {.disk = gathering->disk};
    struct inventory_archive archive = {.is_there = 1};
    struct disk_version version = {.size = 0};
    struct disk_object_record record;
    int rc;

    if (disk_object_record_read(gathering->disk, account, gathering->hash, &record))
        return 0;
    version.size = archive.size = record.size;
    snprintf(version.etag, sizeof(version.etag), "%s", record.etag);
    count.version = disk_version_hash(gathering->hash, &version);
    archive.kept = tail_len(gathering->disk, account, gathering->hash, count.version);
    if (archive.kept > archive.size)
        archive.kept = archive.size;
    count.limit = archive.size - archive.kept;
    rc = disk_walk_object(gathering->disk, account, gathering->hash, count_segment, &count);
    archive.kept += count.bytes < count.limit ? count.bytes : count.limit;
    if (record.kind < INVENTORY_KINDS)
        object->archives[record.kind] = archive;
    object->id = record.task;
    record.task = NULL;
    disk_object_record_free(&record);
    return rc;
}

/* ---- removing ---- */

struct removal {
    struct disk *disk;
    uint64_t bytes;
    int error; /* the first */
};

static int remove_file(void *arg, const struct disk_file *file)
{
    struct removal *removal = arg;
    int rc;

    if (file->kind == DISK_FILE_ACCOUNT)
        return 0;
    rc = disk_remove_up(removal->disk, file->path);
    if (!rc)
        removal->bytes += file->bytes;
    else if (!removal->error)
        removal->error = rc;
    return 0;
}

/* Removes an object that has no right record. */
static void remove_unreadable(struct gathering *gathering, const char *account)
{
    struct removal removal = {.disk = gathering->disk};

    disk_walk_object(gathering->disk, account, gathering->hash, remove_file, &removal);
    gathering->inventory->disk -= removal.bytes;
    gathering->object.disk -= removal.bytes;
    if (removal.error && !gathering->removal)
        gathering->removal = removal.error;
}

/* ---- gathering ---- */

/* All files of the object have been seen. */
static int end_object(struct gathering *gathering)
{
    struct inventory *inventory = gathering->inventory;
    const char *account;
    int rc = 0;

    if (!gathering->has_object)
        return 0;
    gathering->has_object = 0;
    account = inventory->accounts[gathering->object.account].name;
    if (gathering->is_record_bad)
        remove_unreadable(gathering, account);
    else if (gathering->has_record)
        rc = describe_object(gathering, account);
    if (!rc)
        return add_entry(gathering, &gathering->object);
    free(gathering->object.id);
    return rc;
}

/* A file of an object. */
static int gather_object(struct gathering *gathering, const struct disk_file *file)
{
    struct inventory_task *object = &gathering->object;
    unsigned account = (unsigned)gathering->inventory->account_count - 1;
    int rc;

    if (!gathering->has_object || gathering->hash != file->hash || object->account != account) {
        rc = end_object(gathering);
        if (rc)
            return rc;
        *object = (struct inventory_task){.account = account};
        gathering->hash = file->hash;
        gathering->has_object = 1;
        gathering->has_record = gathering->is_record_bad = 0;
    }
    rc = check_file(gathering, file, &object->check);
    if (file->kind == DISK_FILE_OBJECT) {
        gathering->has_record = !rc;
        gathering->is_record_bad = rc > 0;
    }
    if (rc)
        return rc < 0 ? rc : 0;
    object->disk += file->bytes;
    gathering->inventory->disk += file->bytes;
    if (file->used > object->used)
        object->used = file->used;
    return 0;
}

static int gather_task(struct gathering *gathering, const struct disk_file *file)
{
    struct inventory_task entry = {.account = (unsigned)gathering->inventory->account_count - 1,
                                   .disk = file->bytes,
                                   .used = file->used};
    struct disk_task task;
    int rc = check_file(gathering, file, &entry.check);

    if (rc < 0)
        return rc;
    if (rc > 0) {
        entry.disk = 0;
        entry.used = 0;
    } else if (!disk_task_read_file(gathering->disk, file->path, file->hash, &task)) {
        entry.has_summary = 1;
        entry.has_details = task.depth == DISK_TASK_DETAIL;
        entry.id = task.id;
        task.id = NULL;
        disk_task_free(&task);
    }
    gathering->inventory->disk += entry.disk;
    return add_entry(gathering, &entry);
}

/* The record of an account, or a file that is being written. */
static int gather_other(struct gathering *gathering, const struct disk_file *file)
{
    struct inventory *inventory = gathering->inventory;
    struct inventory_account *account = &inventory->accounts[inventory->account_count - 1];
    struct inventory_task entry = {.account = (unsigned)inventory->account_count - 1};
    int rc = check_file(gathering, file, &entry.check);

    if (rc < 0)
        return rc;
    if (!rc && file->kind == DISK_FILE_ACCOUNT && !account->service)
        account->service = disk_account_service(gathering->disk, file->account);
    entry.disk = rc || file->kind == DISK_FILE_ACCOUNT ? 0 : file->bytes;
    entry.used = entry.disk ? file->used : 0;
    inventory->disk += entry.disk;
    return entry.disk || entry.check.damaged ? add_entry(gathering, &entry) : 0;
}

static int gather(void *arg, const struct disk_file *file)
{
    struct gathering *gathering = arg;
    int is_of_object = strstr(file->path, "/objects/") != NULL;
    int rc = is_of_object ? 0 : end_object(gathering);

    if (!rc)
        rc = enter_account(gathering, file->account);
    if (rc)
        return rc;
    if (is_of_object)
        return gather_object(gathering, file);
    return file->kind == DISK_FILE_TASK ? gather_task(gathering, file)
                                        : gather_other(gathering, file);
}

/* ---- joining ---- */

static int compare_ids(const void *a, const void *b)
{
    const struct inventory_task *left = a, *right = b;

    if (left->account != right->account)
        return left->account > right->account ? 1 : -1;
    if (!left->id || !right->id)
        return !left->id - !right->id;
    return strcmp(left->id, right->id);
}

static int compare_uses(const void *a, const void *b)
{
    const struct inventory_task *left = a, *right = b;

    if (left->account != right->account)
        return left->account > right->account ? 1 : -1;
    if (!left->id || !right->id)
        return !left->id - !right->id;
    if (left->used != right->used)
        return left->used < right->used ? 1 : -1;
    return strcmp(left->id, right->id);
}

static void join(struct inventory_task *task, const struct inventory_task *other)
{
    task->has_summary |= other->has_summary;
    task->has_details |= other->has_details;
    for (unsigned kind = 0; kind < INVENTORY_KINDS; kind++) {
        task->archives[kind].is_there |= other->archives[kind].is_there;
        task->archives[kind].size += other->archives[kind].size;
        task->archives[kind].kept += other->archives[kind].kept;
    }
    task->disk += other->disk;
    if (other->used > task->used)
        task->used = other->used;
    add_check(&task->check, &other->check);
}

static void join_entries(struct inventory *inventory)
{
    struct inventory_task *tasks = inventory->tasks;
    size_t count = 0;

    if (!inventory->task_count)
        return;
    qsort(tasks, inventory->task_count, sizeof(*tasks), compare_ids);
    for (size_t i = 1; i < inventory->task_count; i++) {
        if (compare_ids(&tasks[count], &tasks[i]) != 0) {
            tasks[++count] = tasks[i];
            continue;
        }
        join(&tasks[count], &tasks[i]);
        free(tasks[i].id);
    }
    inventory->task_count = count + 1;
    qsort(tasks, inventory->task_count, sizeof(*tasks), compare_uses);
}

int inventory_take(struct inventory *inventory, struct disk *disk, int verifies)
{
    struct gathering gathering = {.inventory = inventory, .disk = disk, .verifies = verifies};
    int rc;

    *inventory = (struct inventory){.tasks = NULL};
    rc = disk_walk(disk, gather, &gathering);
    if (!rc)
        rc = end_object(&gathering);
    join_entries(inventory);
    return rc ? rc : gathering.removal;
}

void inventory_free(struct inventory *inventory)
{
    for (size_t i = 0; i < inventory->task_count; i++)
        free(inventory->tasks[i].id);
    for (size_t i = 0; i < inventory->account_count; i++)
        free(inventory->accounts[i].service);
    free(inventory->tasks);
    free(inventory->accounts);
    *inventory = (struct inventory){.tasks = NULL};
}

/* ---- dropping ---- */

struct drop {
    struct removal removal;
    const char *id;
    uint64_t hash;
    int has_found;
};

static int object_is_of(struct disk *disk, const struct disk_file *file, const char *id)
{
    struct disk_object_record record;
    int is_of;

    if (disk_object_record_read(disk, file->account, file->hash, &record))
        return 0;
    is_of = strcmp(record.task, id) == 0;
    disk_object_record_free(&record);
    return is_of;
}

static int drop_file(void *arg, const struct disk_file *file)
{
    struct drop *drop = arg;
    struct disk *disk = drop->removal.disk;

    if (file->kind == DISK_FILE_TASK && file->hash == drop->hash) {
        drop->has_found = 1;
        remove_file(&drop->removal, file);
    } else if (file->kind == DISK_FILE_OBJECT && object_is_of(disk, file, drop->id)) {
        drop->has_found = 1;
        disk_walk_object(disk, file->account, file->hash, remove_file, &drop->removal);
    }
    return 0;
}

int inventory_drop(struct disk *disk, const char *id, uint64_t *bytes)
{
    struct drop drop = {.removal = {.disk = disk}, .id = id, .hash = disk_hash(0, id)};

    disk_walk(disk, drop_file, &drop);
    *bytes += drop.removal.bytes;
    if (!drop.has_found)
        return -ENOENT;
    return drop.removal.error;
}

int inventory_drop_all(struct disk *disk, uint64_t *bytes)
{
    struct removal removal = {.disk = disk};

    disk_walk(disk, remove_file, &removal);
    *bytes += removal.bytes;
    return removal.error;
}
