/*
 * The cache on disk. By the first byte of the input, the rest is
 *
 *      0  the front of a segment
 *      1  a record as it is, and the payload of a right one, of each kind
 *      2  edits of a file of a whole cache, in a temporary folder
 *
 * Whatever the bytes are: what is read is what was written, or is not there; and after the cache
 * was checked, all that is there can be read. abort() is a finding.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "disk/disk.h"
#include "disk/internal.h"
#include "disk/inventory.h"
#include "disk/object.h"
#include "disk/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

#define OBJECT "one/output.zip"
#define TASK   "one"
#define ETAG   "\"tag\""
#define SLOTS  4u
#define SHORT  (SLOTS - 1) /* the slot that is not whole */
#define FILES  4u

static const uint32_t lens[SLOTS] = {DISK_BLOCK, DISK_BLOCK, DISK_BLOCK, 1234};
static char folder[64];
static uint8_t blocks[SLOTS][DISK_BLOCK];
static struct {
    char path[DISK_PATH_MAX]; /* within the format's folder */
    uint8_t *bytes;
    size_t size;
} files[FILES]; /* as they were written: the segment, the tail, the record, the task's record */
static struct disk *disk, *all;

/* ---- a cache to begin with ---- */

static void remove_folder(void)
{
    char command[100];

    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    if (system(command))
        abort();
}

static struct disk_object *make_object(void)
{
    struct disk_object_name name = {.path = OBJECT, .task = TASK};
    struct disk_version version = {.size = (SLOTS - 1) * DISK_BLOCK + lens[SHORT], .etag = ETAG};

    return disk_object_new(disk, &name, &version);
}

static int write_slots(struct disk_object *object)
{
    struct iovec parts[SLOTS];

    for (unsigned i = 0; i < SLOTS; i++)
        parts[i] = (struct iovec){blocks[i], lens[i]};
    return disk_object_write(object, DISK_BLOCKS, 0, parts, SLOTS);
}

static int keep_file(void *arg, const struct disk_file *file)
{
    static const enum disk_file_kind kinds[FILES] = {DISK_FILE_SEGMENT, DISK_FILE_TAIL,
                                                     DISK_FILE_OBJECT, DISK_FILE_TASK};
    struct stat st;
    int fd;

    (void)arg;
    for (unsigned i = 0; i < FILES; i++) {
        if (kinds[i] != file->kind)
            continue;
        fd = openat(disk->root, file->path, O_RDONLY | O_CLOEXEC);
        REQUIRE(fd >= 0 && !fstat(fd, &st));
        snprintf(files[i].path, sizeof(files[i].path), "%s", file->path);
        files[i].size = (size_t)st.st_size;
        files[i].bytes = malloc(files[i].size);
        REQUIRE(files[i].bytes && pread(fd, files[i].bytes, files[i].size, 0) == st.st_size);
        close(fd);
    }
    return 0;
}

static void set_up(void)
{
    struct disk_config config = {.dir = folder, .limit = UINT64_MAX, .service = "s", .key = "k"};
    struct disk_task task = {
        .id = (char *)TASK, .depth = DISK_TASK_DETAIL, .json = (char *)"{\"id\":\"one\"}"};
    struct disk_object *object;
    char why[500];

    if (disk)
        return;
    log_setup((enum log_level) - 1);
    strcpy(folder, "/dev/shm/taskfs-disk-fuzz-XXXXXX");
    if (!mkdtemp(folder)) {
        strcpy(folder, "/tmp/taskfs-disk-fuzz-XXXXXX");
        REQUIRE(mkdtemp(folder));
    }
    atexit(remove_folder);
    for (unsigned i = 0; i < SLOTS; i++)
        for (unsigned at = 0; at < DISK_BLOCK; at++)
            blocks[i][at] = (uint8_t)(at * (i + 3) + (at >> 8));
    REQUIRE(!disk_open(&disk, &config, why, sizeof(why)));
    REQUIRE(!disk_open_all(&all, folder, why, sizeof(why)));
    object = make_object();
    REQUIRE(object);
    disk_object_record(object, 7);
    REQUIRE(!write_slots(object));
    disk_object_write_tail(object, blocks[0], 1000);
    disk_object_unref(object);
    disk_task_write(disk, &task);
    disk_walk(disk, keep_file, NULL);
    for (unsigned i = 0; i < FILES; i++)
        REQUIRE(files[i].bytes);
}

/* ---- segments and records ---- */

static void check_front(const uint8_t *data, size_t size)
{
    static const struct disk_segment_id id = {0x0102030405060708, 2, 3};
    uint8_t front[DISK_SEGMENT_FRONT] = {0}, head[DISK_TABLE_AT];
    struct disk_slot slots[DISK_SLOTS];

    memcpy(front, data, size < sizeof(front) ? size : sizeof(front));
    disk_segment_head(&id, head);
    REQUIRE(disk_segment_read(&id, front, slots) == !memcmp(front, head, sizeof(head)));
    /* With a right head, whatever the table says. */
    memcpy(front, head, sizeof(head));
    REQUIRE(disk_segment_read(&id, front, slots));
    for (unsigned i = 0; i < DISK_SLOTS; i++) {
        uint8_t entry[DISK_TABLE_ENTRY];

        REQUIRE(slots[i].len <= DISK_BLOCK);
        disk_slot_write(&slots[i], entry);
        REQUIRE(!slots[i].len ||
                !memcmp(entry + 8, front + DISK_TABLE_AT + i * DISK_TABLE_ENTRY + 8, 8));
    }
}

static int require_named(void *arg, const struct disk_task *task)
{
    (void)arg;
    REQUIRE(task->id && strlen(task->id) <= DISK_TASK_LEN);
    REQUIRE(task->json && strlen(task->json) == task->len);
    return 0;
}

/* Goes over the cache as all its readers do. */
static void read_all(void)
{
    struct disk_object *object;
    struct disk_task task;
    struct inventory inventory;
    uint64_t stamp;

    object = disk_object_find(disk, OBJECT, &stamp);
    if (object) {
        REQUIRE(strlen(disk_object_version(object)->etag) < DISK_ETAG_MAX);
        disk_object_unref(object);
    }
    if (!disk_task_read(disk, TASK, &task)) {
        REQUIRE(strcmp(task.id, TASK) == 0);
        disk_task_free(&task);
    }
    REQUIRE(!disk_task_each(disk, require_named, NULL));
    REQUIRE(!inventory_take(&inventory, all, 0));
    for (size_t i = 0; i < inventory.task_count; i++)
        for (unsigned kind = 0; kind < INVENTORY_KINDS; kind++)
            REQUIRE(inventory.tasks[i].archives[kind].kept <=
                    inventory.tasks[i].archives[kind].size);
    inventory_free(&inventory);
}

static void put_back(unsigned which)
{
    int fd = disk_open_file(disk, files[which].path, O_WRONLY | O_CREAT | O_TRUNC);

    REQUIRE(fd >= 0);
    REQUIRE(pwrite(fd, files[which].bytes, files[which].size, 0) == (ssize_t)files[which].size);
    close(fd);
}

static void check_record(const uint8_t *data, size_t size)
{
    static const enum disk_record_kind kinds[] = {DISK_RECORD_OBJECT, DISK_RECORD_TASK};
    static const char *const names[] = {OBJECT, TASK};
    size_t len;
    uint8_t head[DISK_RECORD_HEAD];
    const uint8_t *payload = disk_record_read(DISK_RECORD_TASK, 5, data, size, &len);

    if (payload) {
        REQUIRE(payload == data + DISK_RECORD_HEAD && len == size - DISK_RECORD_HEAD);
        disk_record_head(DISK_RECORD_TASK, 5, payload, len, head);
        REQUIRE(memcmp(head, data, sizeof(head)) == 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        unsigned which = i ? 3 : 2;

        REQUIRE(!disk_write_record(disk, files[which].path, kinds[i], disk_hash(0, names[i]), data,
                                   size));
        read_all();
        put_back(which);
    }
}

/* ---- a file that is edited ---- */

/* An edit has 8 bytes: what to do, a number, an offset (3 bytes), and another (3 bytes). */
static void edit(uint8_t *bytes, size_t *size, size_t capacity, const uint8_t *how)
{
    size_t at = (how[2] | (size_t)how[3] << 8 | (size_t)how[4] << 16) % capacity;
    size_t from = (how[5] | (size_t)how[6] << 8 | (size_t)how[7] << 16) % capacity;
    size_t slot = DISK_TABLE_AT + how[1] % SLOTS * DISK_TABLE_ENTRY;

    switch (how[0] % 6) {
    case 0:
        bytes[at] ^= how[1];
        break;
    case 1:
        *size = at;
        break;
    case 2: /* copies some bytes */
        memmove(bytes + at, bytes + from,
                how[1] < capacity - (at > from ? at : from) ? how[1]
                                                            : capacity - (at > from ? at : from));
        break;
    case 3: /* an entry of the table stands for another slot */
        if (capacity >= DISK_SEGMENT_FRONT)
            memmove(bytes + DISK_TABLE_AT + how[2] % SLOTS * DISK_TABLE_ENTRY, bytes + slot,
                    DISK_TABLE_ENTRY);
        break;
    case 4: /* a slot's bytes are those of another */
        if (capacity > disk_slot_offset(2))
            memmove(bytes + disk_slot_offset(how[1] % 2), bytes + disk_slot_offset(how[2] % 2),
                    DISK_BLOCK);
        break;
    default: /* another length of a slot */
        if (slot + 4 <= capacity)
            memcpy(bytes + slot, how + 2, 4);
    }
}

/* Each slot that is read is right. Returns how many are. */
static unsigned read_slots(struct disk_object *object, int with_len)
{
    static uint8_t bytes[DISK_BLOCK];
    unsigned right = 0;

    for (unsigned i = 0; i < SLOTS + 2; i++) {
        struct iovec part = {bytes, with_len && i < SLOTS ? lens[i] : 0};

        if (!disk_object_read(object, DISK_BLOCKS, i, &part, 1)) {
            REQUIRE(!disk_object_has(object, DISK_BLOCKS, i));
            continue;
        }
        REQUIRE(i < SLOTS && part.iov_len == lens[i]);
        REQUIRE(memcmp(bytes, blocks[i], lens[i]) == 0);
        right++;
    }
    return right;
}

static void require_right(int was_checked)
{
    uint64_t stamp;
    struct disk_object *object = disk_object_find(disk, OBJECT, &stamp);
    unsigned known = 0;
    uint8_t *tail;
    size_t len;

    if (!object)
        return;
    REQUIRE(stamp == 7 && strcmp(disk_object_version(object)->etag, ETAG) == 0);
    for (unsigned i = 0; i < SLOTS + 2; i++)
        known += (unsigned)disk_object_has(object, DISK_BLOCKS, i);
    REQUIRE(read_slots(object, 0) <= known);
    if (was_checked)
        REQUIRE(read_slots(object, 1) == known);
    tail = disk_object_read_tail(object, &len);
    if (tail)
        REQUIRE(len == 1000 && memcmp(tail, blocks[0], len) == 0);
    free(tail);
    disk_object_unref(object);
}

static void check_edited(const uint8_t *data, size_t size)
{
    unsigned which = size ? data[0] % FILES : 0;
    size_t edited = files[which].size;
    uint8_t *bytes = malloc(edited);
    struct disk_object *object;
    struct inventory inventory;
    int fd, checks_first = size && data[0] & 0x80;

    REQUIRE(bytes);
    memcpy(bytes, files[which].bytes, edited);
    for (size_t at = 1; at + 8 <= size && at < 8 * 32; at += 8)
        edit(bytes, &edited, files[which].size, data + at);
    fd = disk_open_file(disk, files[which].path, O_WRONLY | O_CREAT | O_TRUNC);
    REQUIRE(fd >= 0 && pwrite(fd, bytes, edited, 0) == (ssize_t)edited);
    close(fd);
    free(bytes);
    if (!checks_first)
        require_right(0);
    REQUIRE(!inventory_take(&inventory, all, 1));
    inventory_free(&inventory);
    require_right(1);
    /* It can be written again. */
    object = make_object();
    REQUIRE(object && !write_slots(object) && read_slots(object, 1) == SLOTS);
    disk_object_unref(object);
    for (unsigned i = 0; i < FILES; i++)
        put_back(i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    if (!size)
        return 0;
    if (data[0] % 3 == 0)
        check_front(data + 1, size - 1);
    else if (data[0] % 3 == 1)
        check_record(data + 1, size - 1);
    else
        check_edited(data + 1, size - 1);
    return 0;
}
