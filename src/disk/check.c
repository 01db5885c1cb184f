#include "disk/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/internal.h"

/* Opens a file to look at it. Returns a descriptor; -ENOENT when it is gone; -ENOMEM or -EMFILE; or
 * -EINVAL when it is not a file that can be opened. */
static int open_to_check(struct disk *disk, const char *path, int flags)
{
    int fd = disk_open_file(disk, path, flags);
    struct stat st;

    if (fd == -ENOENT || fd == -ENOMEM)
        return fd;
    if (fd == -EMFILE || fd == -ENFILE)
        return -EMFILE;
    if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode))
        return fd;
    if (fd >= 0)
        close(fd);
    return -EINVAL;
}

static int remove_damaged(struct disk *disk, const char *path, uint64_t bytes,
                          struct disk_check *check)
{
    check->damaged++;
    check->damaged_bytes += bytes;
    return disk_remove_up(disk, path);
}

/* ---- records ---- */

/* Returns 1 when the record is right, 0 when it is not, or -ENOMEM; and in *size its bytes. */
static int record_is_right(int fd, enum disk_record_kind kind, uint64_t seed, uint64_t *size)
{
    struct stat st;
    uint8_t *bytes;
    size_t len;
    int is_right;

    if (fstat(fd, &st))
        return 0;
    *size = (uint64_t)st.st_size;
    if (*size < DISK_RECORD_HEAD || *size > DISK_RECORD_HEAD + (uint64_t)DISK_RECORD_MAX)
        return 0;
    bytes = malloc(*size);
    if (!bytes)
        return -ENOMEM;
    is_right = pread(fd, bytes, *size, 0) == st.st_size &&
               disk_record_read(kind, seed, bytes, *size, &len) != NULL;
    free(bytes);
    return is_right;
}

static int check_record(struct disk *disk, const struct disk_file *file, enum disk_record_kind kind,
                        uint64_t seed, struct disk_check *check)
{
    int fd = open_to_check(disk, file->path, O_RDONLY), is_right = 0;
    uint64_t size = 0;

    if (fd == -ENOENT)
        return 0;
    if (fd < 0 && fd != -EINVAL)
        return fd;
    if (fd >= 0) {
        is_right = record_is_right(fd, kind, seed, &size);
        close(fd);
    }
    if (is_right < 0)
        return is_right;
    check->pieces++;
    return is_right ? 0 : remove_damaged(disk, file->path, size, check);
}

/* ---- segments ---- */

int disk_open_segment(struct disk *disk, const char *path, const struct disk_segment_id *id,
                      int flags, struct disk_slot *slots)
{
    uint8_t front[DISK_SEGMENT_FRONT];
    int fd = open_to_check(disk, path, flags);
    ssize_t n;

    if (fd < 0)
        return fd;
    n = pread(fd, front, sizeof(front), 0);
    if (n == (ssize_t)sizeof(front) && disk_segment_read(id, front, slots))
        return fd;
    close(fd);
    return n ? -EINVAL : -ENOENT; /* an empty one is just being made */
}

static int slot_is_right(int fd, const struct disk_segment_id *id, unsigned at,
                         const struct disk_slot *slot, uint8_t *bytes)
{
    return pread(fd, bytes, slot->len, (off_t)disk_slot_offset(at)) == (ssize_t)slot->len &&
           disk_slot_sum(id, at, bytes, slot->len) == slot->sum;
}

/* Whether the slot is still wrong with a table that is read anew: another program may just have
 * written it. */
static int slot_stays_wrong(int fd, const struct disk_segment_id *id, unsigned at, uint8_t *bytes)
{
    uint8_t front[DISK_SEGMENT_FRONT];
    struct disk_slot slots[DISK_SLOTS];

    return pread(fd, front, sizeof(front), 0) != (ssize_t)sizeof(front) ||
           !disk_segment_read(id, front, slots) ||
           (slots[at].len && !slot_is_right(fd, id, at, &slots[at], bytes));
}

/* Returns 0 or a negative errno. */
static int discard_slot(struct disk *disk, const char *path, unsigned at)
{
    static const uint8_t empty[DISK_TABLE_ENTRY];
    int fd = disk_open_file(disk, path, O_WRONLY);
    ssize_t n;

    if (fd == -ENOENT)
        return 0;
    if (fd < 0)
        return fd;
    n = pwrite(fd, empty, sizeof(empty), (off_t)(DISK_TABLE_AT + at * DISK_TABLE_ENTRY));
    if (n != (ssize_t)sizeof(empty))
        n = n < 0 ? -errno : -EIO;
    close(fd);
    return n < 0 ? (int)n : 0;
}

/* Keeps times of use as they were: checking is no use. */
static void keep_time(struct disk *disk, const struct disk_file *file)
{
    struct timespec times[2] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = file->used / 1000000000, .tv_nsec = file->used % 1000000000}};

    if (file->used >= 0)
        utimensat(disk->root, file->path, times, AT_SYMLINK_NOFOLLOW);
}

static int check_slots(struct disk *disk, const struct disk_file *file, int fd,
                       const struct disk_segment_id *id, const struct disk_slot *slots,
                       struct disk_check *check)
{
    uint8_t *bytes = malloc(DISK_BLOCK);
    uint64_t damaged = check->damaged;
    int rc = bytes ? 0 : -ENOMEM;

    for (unsigned at = 0; at < DISK_SLOTS && !rc; at++) {
        if (!slots[at].len)
            continue;
        check->pieces++;
        if (slot_is_right(fd, id, at, &slots[at], bytes) || !slot_stays_wrong(fd, id, at, bytes))
            continue;
        check->damaged++;
        check->damaged_bytes += slots[at].len;
        rc = discard_slot(disk, file->path, at);
    }
    if (check->damaged != damaged)
        keep_time(disk, file);
    free(bytes);
    return rc;
}

static int check_segment(struct disk *disk, const struct disk_file *file, struct disk_check *check)
{
    struct disk_segment_id id = {file->version, file->stream, file->index};
    struct disk_slot slots[DISK_SLOTS];
    int fd = disk_open_segment(disk, file->path, &id, O_RDONLY, slots), rc;

    if (fd == -ENOENT)
        return 0;
    if (fd < 0 && fd != -EINVAL)
        return fd;
    check->pieces++;
    if (fd < 0)
        return remove_damaged(disk, file->path, file->bytes, check);
    rc = check_slots(disk, file, fd, &id, slots, check);
    close(fd);
    return rc;
}

int disk_check_file(struct disk *disk, const struct disk_file *file, struct disk_check *check)
{
    switch (file->kind) {
    case DISK_FILE_ACCOUNT:
        return check_record(disk, file, DISK_RECORD_ACCOUNT, disk_account_seed(file->account),
                            check);
    case DISK_FILE_TASK:
        return check_record(disk, file, DISK_RECORD_TASK, file->hash, check);
    case DISK_FILE_OBJECT:
        return check_record(disk, file, DISK_RECORD_OBJECT, file->hash, check);
    case DISK_FILE_TAIL:
        return check_record(disk, file, DISK_RECORD_TAIL, file->version, check);
    case DISK_FILE_SEGMENT:
        return check_segment(disk, file, check);
    default:
        return 0;
    }
}
