/* The slots of segments: reading, writing, discarding. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "disk/internal.h"
#include "disk/object_internal.h"

#define USE_MS 60000 /* a segment's time of use is set so often at most */

static void segment_path(const struct disk_object *object, const struct disk_segment_id *id,
                         char *path)
{
    char file[24];

    snprintf(file, sizeof(file), "%" PRIx32 ".%08" PRIx32, id->stream, id->index);
    disk_version_path(object, file, path);
}

static struct disk_segment_id segment_of(const struct disk_object *object, uint32_t stream,
                                         uint64_t slot)
{
    return (struct disk_segment_id){
        .version = object->version_hash, .stream = stream, .index = (uint32_t)(slot / DISK_SLOTS)};
}

/* The bits of `count` slots from `slot` on. */
static uint64_t slot_bits(uint64_t slot, unsigned count)
{
    uint64_t bits = count >= DISK_SLOTS ? UINT64_MAX : (UINT64_C(1) << count) - 1;

    return bits << slot % DISK_SLOTS;
}

/* ---- what is there, in memory ---- */

/* Sets the segment's bits in `mask` to those of `present`. */
static void note_slots(struct disk_object *object, uint32_t stream, uint32_t index, uint64_t mask,
                       uint64_t present)
{
    struct segment *segment;

    LOCKED(&object->lock);
    segment = present ? segments_add(&object->segments, stream, index)
                      : segments_find(&object->segments, stream, index);
    if (segment)
        segment->present = (segment->present & ~mask) | (present & mask);
}

int disk_object_has(struct disk_object *object, uint32_t stream, uint64_t slot)
{
    struct segment *segment;

    if (slot / DISK_SLOTS > UINT32_MAX)
        return 0;
    LOCKED(&object->lock);
    segment = segments_find(&object->segments, stream, (uint32_t)(slot / DISK_SLOTS));
    return segment && segment->present >> slot % DISK_SLOTS & 1;
}

uint64_t disk_object_before(struct disk_object *object, uint32_t stream, uint64_t slot)
{
    uint64_t mask = slot_bits(0, (unsigned)(slot % DISK_SLOTS) + 1);

    if (slot / DISK_SLOTS > UINT32_MAX)
        return UINT64_MAX;
    LOCKED(&object->lock);
    for (uint64_t index = slot / DISK_SLOTS + 1; index-- > 0; mask = UINT64_MAX) {
        struct segment *segment = segments_find(&object->segments, stream, (uint32_t)index);
        uint64_t present = segment ? segment->present & mask : 0;

        if (present)
            return index * DISK_SLOTS + 63 - (unsigned)__builtin_clzll(present);
    }
    return UINT64_MAX;
}

/* Whether the segment's time of use is to be set now. */
static int claim_use(struct disk_object *object, const struct disk_segment_id *id)
{
    struct segment *segment;
    int64_t now = clock_ms();

    LOCKED(&object->lock);
    segment = segments_find(&object->segments, id->stream, id->index);
    if (!segment || (segment->used_at && now - segment->used_at < USE_MS))
        return 0;
    segment->used_at = now;
    return 1;
}

/* ---- reading ---- */

/* Opens a segment and reads its table. Returns a descriptor, or -1 when there is none that is
 * right; one that is wrong is removed. */
static int segment_open(struct disk_object *object, const struct disk_segment_id *id, int flags,
                        struct disk_slot *slots)
{
    char path[DISK_PATH_MAX];
    uint8_t front[DISK_SEGMENT_FRONT];
    ssize_t n;
    int fd;

    segment_path(object, id, path);
    fd = disk_open_file(object->disk, path, flags);
    if (fd < 0) {
        if (!object->disk->is_for_reading && disk_is_of_one_name(-fd))
            disk_remove(object->disk, path);
        return -1;
    }
    n = pread(fd, front, sizeof(front), 0);
    if (n == (ssize_t)sizeof(front) && disk_segment_read(id, front, slots))
        return fd;
    if (n) { /* an empty one is just being made */
        disk_count(object->disk, STAT_DISK_DAMAGED, sizeof(front));
        if (!object->disk->is_for_reading)
            disk_remove(object->disk, path);
    }
    close(fd);
    return -1;
}

void disk_segment_load(struct disk_object *object, uint32_t stream, uint32_t index)
{
    struct disk_segment_id id = {object->version_hash, stream, index};
    struct disk_slot slots[DISK_SLOTS];
    uint64_t present = 0;
    int fd = segment_open(object, &id, O_RDONLY, slots);

    if (fd < 0)
        return;
    close(fd);
    for (unsigned i = 0; i < DISK_SLOTS; i++)
        if (slots[i].len)
            present |= UINT64_C(1) << i;
    note_slots(object, stream, index, UINT64_MAX, present);
}

/* How many of the slots have the length that is wanted; sets those that were not told. */
static unsigned count_readable(const struct disk_slot *slots, struct iovec *parts, unsigned count)
{
    unsigned n = 0;

    for (; n < count; n++) {
        if (!slots[n].len || (parts[n].iov_len && parts[n].iov_len != slots[n].len))
            break;
        parts[n].iov_len = slots[n].len;
        if (slots[n].len < DISK_BLOCK && n + 1 < count)
            return n + 1; /* what follows does not lie behind it without a gap */
    }
    return n;
}

static unsigned read_slots(int fd, const struct disk_segment_id *id, unsigned first,
                           const struct disk_slot *slots, const struct iovec *parts, unsigned count)
{
    size_t want = 0;
    unsigned right = 0;

    for (unsigned i = 0; i < count; i++)
        want += parts[i].iov_len;
    if (preadv(fd, parts, (int)count, (off_t)disk_slot_offset(first)) != (ssize_t)want)
        return 0;
    while (right < count && disk_slot_sum(id, first + right, parts[right].iov_base,
                                          slots[right].len) == slots[right].sum)
        right++;
    return right;
}

unsigned disk_object_read(struct disk_object *object, uint32_t stream, uint64_t slot,
                          struct iovec *parts, unsigned count)
{
    struct disk_segment_id id = segment_of(object, stream, slot);
    struct disk_slot slots[DISK_SLOTS];
    unsigned first = (unsigned)(slot % DISK_SLOTS), readable = 0, right = 0;
    uint64_t bytes = 0;
    int fd = segment_open(object, &id, O_RDONLY, slots);

    if (fd < 0) {
        note_slots(object, stream, id.index, UINT64_MAX, 0);
        return 0;
    }
    readable = count_readable(slots + first, parts, count);
    if (readable)
        right = read_slots(fd, &id, first, slots + first, parts, readable);
    if (right && claim_use(object, &id))
        futimens(fd, NULL);
    close(fd);
    for (unsigned i = 0; i < right; i++)
        bytes += parts[i].iov_len;
    disk_count(object->disk, STAT_DISK_BYTES_READ, bytes);
    if (right < readable || !readable) {
        note_slots(object, stream, id.index, slot_bits(slot + right, 1), 0);
        if (readable)
            disk_count(object->disk, STAT_DISK_DAMAGED, slots[first + right].len);
    }
    return right;
}

/* ---- writing ---- */

/* Makes a segment without slots. Returns a descriptor or a negative errno. */
static int segment_make(struct disk_object *object, const struct disk_segment_id *id,
                        const char *path)
{
    uint8_t front[DISK_SEGMENT_FRONT] = {0};
    int fd = disk_open_file(object->disk, path, O_RDWR | O_CREAT | O_EXCL);
    ssize_t n;

    if (fd < 0)
        return fd;
    disk_segment_head(id, front);
    n = pwrite(fd, front, sizeof(front), 0);
    if (n == (ssize_t)sizeof(front))
        return fd;
    n = n < 0 ? -errno : -ENOSPC;
    disk_remove(object->disk, path);
    close(fd);
    return (int)n;
}

/* Opens a segment to write to, made if it is missing. Returns a descriptor or a negative errno. */
static int segment_open_or_make(struct disk_object *object, const struct disk_segment_id *id)
{
    char path[DISK_PATH_MAX];
    struct disk_slot slots[DISK_SLOTS];
    int fd;

    segment_path(object, id, path);
    fd = segment_open(object, id, O_RDWR, slots);
    if (fd >= 0)
        return fd;
    fd = segment_make(object, id, path);
    if (fd >= 0)
        disk_object_restore_record(object); /* all may have been evicted, or dropped */
    if (fd != -EEXIST)
        return fd;
    /* Another program has just made it, and may not have written its head yet: the head is the
     * same whoever writes it. */
    fd = disk_open_file(object->disk, path, O_RDWR);
    if (fd >= 0) {
        uint8_t head[DISK_TABLE_AT];

        disk_segment_head(id, head);
        if (pwrite(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head)) {
            close(fd);
            return -EIO;
        }
    }
    return fd;
}

/* Writes the bytes, then the entries of the table. Returns 0 or a positive errno. */
static int write_slots(int fd, const struct disk_segment_id *id, unsigned first,
                       const struct iovec *parts, unsigned count)
{
    uint8_t table[DISK_WRITE_MAX * DISK_TABLE_ENTRY];
    size_t want = 0;
    ssize_t n;

    for (unsigned i = 0; i < count; i++) {
        struct disk_slot slot = {.len = (uint32_t)parts[i].iov_len};

        slot.sum = disk_slot_sum(id, first + i, parts[i].iov_base, slot.len);
        disk_slot_write(&slot, table + (size_t)i * DISK_TABLE_ENTRY);
        want += parts[i].iov_len;
    }
    n = pwritev(fd, parts, (int)count, (off_t)disk_slot_offset(first));
    if (n != (ssize_t)want)
        return n < 0 ? errno : ENOSPC;
    want = (size_t)count * DISK_TABLE_ENTRY;
    n = pwrite(fd, table, want, (off_t)(DISK_TABLE_AT + first * DISK_TABLE_ENTRY));
    if (n != (ssize_t)want)
        return n < 0 ? errno : ENOSPC;
    return 0;
}

int disk_object_write(struct disk_object *object, uint32_t stream, uint64_t slot,
                      const struct iovec *parts, unsigned count)
{
    struct disk_segment_id id = segment_of(object, stream, slot);
    uint64_t bytes = 0;
    int fd, error = 0;

    if (!disk_can_write(object->disk))
        return -EROFS;
    if (slot / DISK_SLOTS > UINT32_MAX)
        return -EFBIG;
    fd = segment_open_or_make(object, &id);
    if (fd < 0)
        error = -fd;
    else
        error = write_slots(fd, &id, (unsigned)(slot % DISK_SLOTS), parts, count);
    if (fd >= 0)
        close(fd);
    if (error) {
        disk_note_failure(object->disk, error, "write");
        return -error;
    }
    for (unsigned i = 0; i < count; i++)
        bytes += parts[i].iov_len;
    note_slots(object, stream, id.index, slot_bits(slot, count), UINT64_MAX);
    atomic_fetch_add(&object->disk->written, bytes);
    disk_count(object->disk, STAT_DISK_BYTES_WRITTEN, bytes);
    return 0;
}

/* ---- discarding ---- */

/* The last slot of the stream's last segment that is known; 0: none is. */
static uint64_t last_slot(struct disk_object *object, uint32_t stream)
{
    uint64_t last = 0;

    LOCKED(&object->lock);
    for (size_t i = 0; i < object->segments.capacity; i++) {
        const struct segment *segment = &object->segments.table[i];
        uint64_t end = (uint64_t)segment->index * DISK_SLOTS + DISK_SLOTS - 1;

        if (segment->is_used && segment->stream == stream && end > last)
            last = end;
    }
    return last;
}

/* Calls `act` for the part of [first, last] in each segment. */
static void each_part(struct disk_object *object, uint32_t stream, uint64_t first, uint64_t last,
                      void (*act)(struct disk_object *object, const struct disk_segment_id *id,
                                  unsigned from, unsigned count))
{
    uint64_t known = last_slot(object, stream);

    if (last > known)
        last = known;
    for (uint64_t slot = first; slot <= last;) {
        struct disk_segment_id id = segment_of(object, stream, slot);
        uint64_t end = slot - slot % DISK_SLOTS + DISK_SLOTS;

        act(object, &id, (unsigned)(slot % DISK_SLOTS),
            (unsigned)((end <= last ? end : last + 1) - slot));
        slot = end;
    }
}

static void hide_part(struct disk_object *object, const struct disk_segment_id *id, unsigned from,
                      unsigned count)
{
    note_slots(object, id->stream, id->index, slot_bits(from, count), 0);
}

static void discard_part(struct disk_object *object, const struct disk_segment_id *id,
                         unsigned from, unsigned count)
{
    static const uint8_t empty[DISK_SLOTS * DISK_TABLE_ENTRY];
    struct disk_slot slots[DISK_SLOTS];
    int fd;

    hide_part(object, id, from, count);
    fd = segment_open(object, id, O_RDWR, slots);
    if (fd < 0)
        return;
    if (pwrite(fd, empty, (size_t)count * DISK_TABLE_ENTRY,
               (off_t)(DISK_TABLE_AT + from * DISK_TABLE_ENTRY)) < 0) {
        char path[DISK_PATH_MAX];

        segment_path(object, id, path);
        disk_remove(object->disk, path);
    }
    close(fd);
}

void disk_object_hide(struct disk_object *object, uint32_t stream, uint64_t first, uint64_t last)
{
    each_part(object, stream, first, last, hide_part);
}

void disk_object_discard(struct disk_object *object, uint32_t stream, uint64_t first, uint64_t last)
{
    if (object->disk->is_for_reading)
        disk_object_hide(object, stream, first, last);
    else
        each_part(object, stream, first, last, discard_part);
}
