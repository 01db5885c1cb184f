#include "zip/directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "zip/bytes.h"
#include "zip/extra_fields.h"
#include "zip/names.h"

#define CENTRAL_SIZE           46u
#define CENTRAL_SIGNATURE      0x02014b50u
#define DIGITAL_SIGNATURE      0x05054b50u
#define DIGITAL_SIGNATURE_SIZE 6u

#define SENTINEL16             0xffffu
#define SENTINEL32             0xffffffffu
#define ENTRIES_MAX            0x7fffffffu
#define NAMES_MAX              UINT32_MAX

/* Deflate expands a byte to 1032 bytes at most (258 bytes for two bits), so a size beyond this is
 * false. */
#define DEFLATE_RATIO_MAX 1032u

/* General purpose bits and attributes (APPNOTE 4.4.2, 4.4.4, 4.4.15). */
enum { GP_ENCRYPTED = 1 << 0, GP_DESCRIPTOR = 1 << 3, GP_UTF8 = 1 << 11 };
enum { HOST_FAT = 0, HOST_UNIX = 3, HOST_NTFS = 10, HOST_VFAT = 14, HOST_MACOS = 19 };
enum { DOS_DIRECTORY = 0x10 };
enum { MODE_TYPE = 0170000, MODE_DIRECTORY = 0040000, MODE_LINK = 0120000, MODE_EXECUTE = 0100 };

void zip_directory_init(struct zip_directory *dir, const struct zip_end *end, uint64_t object_size)
{
    *dir = (struct zip_directory){.end = *end, .object_size = object_size, .ascending = 1};
}

void zip_directory_free(struct zip_directory *dir)
{
    free(dir->entries);
    free(dir->names);
    free(dir->partial);
    *dir = (struct zip_directory){.ascending = 0};
}

/* Grows by half. realloc moves a large block by remapping it, so there is never a second copy. */
static int entries_reserve(struct zip_directory *dir)
{
    uint64_t capacity;
    struct zip_entry *entries;

    if (dir->count < dir->capacity)
        return 0;
    if (dir->count >= ENTRIES_MAX)
        return -EIO;
    capacity = dir->capacity + dir->capacity / 2 + 64;
    entries = realloc(dir->entries, capacity * sizeof(*entries));
    if (!entries)
        return -ENOMEM;
    dir->entries = entries;
    dir->capacity = (uint32_t)capacity;
    return 0;
}

static int names_reserve(struct zip_directory *dir, uint32_t n)
{
    uint64_t wanted = (uint64_t)dir->names_len + n, capacity;
    char *names;

    if (wanted <= dir->names_capacity)
        return 0;
    if (wanted > NAMES_MAX)
        return -EIO;
    capacity = (uint64_t)dir->names_capacity + dir->names_capacity / 2 + n;
    if (capacity > NAMES_MAX)
        capacity = NAMES_MAX;
    names = realloc(dir->names, capacity);
    if (!names)
        return -ENOMEM;
    dir->names = names;
    dir->names_capacity = (uint32_t)capacity;
    return 0;
}

/*
 * Takes the next number of the Zip64 field, which contains only those numbers whose own field is a
 * sentinel, in the order size, compressed size, offset, disk. Returns 0 when there is a Zip64 field
 * that lacks the number. Without a Zip64 field a sentinel is an ordinary number.
 */
static int zip64_take(struct zip_extra_field *zip64, unsigned width, uint64_t sentinel,
                      uint64_t *value)
{
    if (*value != sentinel || !zip64->bytes)
        return 1;
    if (zip64->n < width)
        return 0;
    *value = width == 8 ? zip_le64(zip64->bytes) : zip_le32(zip64->bytes);
    zip64->bytes += width;
    zip64->n = (uint16_t)(zip64->n - width);
    return 1;
}

/* Reads sizes, offset and disk of a record, and marks impossible ones. */
static void entry_numbers(struct zip_entry *entry, const struct zip_directory *dir,
                          const uint8_t *record, const struct zip_extra *extra)
{
    struct zip_extra_field zip64 = extra->zip64;
    uint64_t disk = zip_le16(record + 34), limit = dir->end.directory_offset;
    int is_whole;

    entry->compressed_size = zip_le32(record + 20);
    entry->size = zip_le32(record + 24);
    entry->header_offset = zip_le32(record + 42);
    is_whole = zip64_take(&zip64, 8, SENTINEL32, &entry->size) &&
               zip64_take(&zip64, 8, SENTINEL32, &entry->compressed_size) &&
               zip64_take(&zip64, 8, SENTINEL32, &entry->header_offset) &&
               zip64_take(&zip64, 4, SENTINEL16, &disk);
    if (!is_whole)
        entry->problem = ZIP_BAD_SIZE;
    /* The offset becomes absolute; an impossible one becomes larger than every limit. */
    if (entry->header_offset > UINT64_MAX - dir->end.prefix)
        entry->header_offset = UINT64_MAX;
    else
        entry->header_offset += dir->end.prefix;
    if (disk != 0 || entry->header_offset > limit ||
        limit - entry->header_offset < ZIP_LOCAL_HEADER_SIZE ||
        limit - entry->header_offset - ZIP_LOCAL_HEADER_SIZE < entry->compressed_size)
        entry->problem = ZIP_BAD_OFFSET;
}

/* Tells a directory, a link and an executable by name and attributes. */
static uint8_t entry_kind(const struct zip_entry *entry, const char *name, const uint8_t *record)
{
    uint8_t host = record[5];
    uint32_t attributes = zip_le32(record + 38), mode = attributes >> 16;
    int is_unix = host == HOST_UNIX || host == HOST_MACOS;
    int is_dos = host == HOST_FAT || host == HOST_NTFS || host == HOST_VFAT;

    if (entry->name_len > 0 && name[entry->name_len - 1] == '/')
        return ZIP_ENTRY_DIRECTORY;
    /* An entry that has content is no directory, whatever its attributes say. */
    if (entry->size == 0 && ((is_unix && (mode & MODE_TYPE) == MODE_DIRECTORY) ||
                             (is_dos && (attributes & DOS_DIRECTORY))))
        return ZIP_ENTRY_DIRECTORY;
    if (!is_unix)
        return 0;
    return (uint8_t)(((mode & MODE_TYPE) == MODE_LINK ? ZIP_ENTRY_SYMLINK : 0) |
                     (mode & MODE_EXECUTE ? ZIP_ENTRY_EXECUTABLE : 0));
}

/* Keeps sizes in the range of off_t, whatever else is wrong with them. */
static void entry_clamp_sizes(struct zip_entry *entry)
{
    if (entry->size > INT64_MAX) {
        entry->size = INT64_MAX;
        if (entry->problem == ZIP_OK)
            entry->problem = ZIP_BAD_SIZE;
    }
    if (entry->compressed_size > INT64_MAX)
        entry->compressed_size = INT64_MAX;
}

/* Marks sizes that are impossible with the entry's method. */
static void entry_check_sizes(struct zip_entry *entry)
{
    uint64_t size = entry->size, compressed = entry->compressed_size;

    if (entry->problem != ZIP_OK || entry->flags & ZIP_ENTRY_ENCRYPTED)
        return;
    if (entry->method == ZIP_METHOD_STORED && size != compressed)
        entry->problem = ZIP_BAD_SIZE;
    if (entry->method == ZIP_METHOD_DEFLATED && size > 0 &&
        (size - 1) / DEFLATE_RATIO_MAX >= compressed)
        entry->problem = ZIP_BAD_SIZE;
}

/* Decodes the name into the arena; a problem of the name takes precedence over all others. */
static void entry_name(struct zip_entry *entry, struct zip_directory *dir,
                       const struct zip_raw_name *raw, const struct zip_extra *extra)
{
    char *out = dir->names + dir->names_len;
    enum zip_problem problem;
    int was_cut;
    size_t n = zip_name_decode(raw, extra->unicode_path.bytes, extra->unicode_path.n, out,
                               &was_cut);

    entry->name = dir->names_len;
    entry->name_len = (uint16_t)n;
    entry->local_name_len = (uint16_t)raw->n;
    dir->names_len += (uint32_t)n;
    problem = was_cut ? ZIP_NAME_TOO_LONG : zip_name_check(out, n);
    if (problem != ZIP_OK)
        entry->problem = (uint8_t)problem;
}

/* Adds the entry of one whole central record (APPNOTE 4.3.12). */
static int record_parse(struct zip_directory *dir, const uint8_t *record)
{
    uint16_t bits = zip_le16(record + 8), extra_len = zip_le16(record + 30);
    struct zip_raw_name raw = {record + CENTRAL_SIZE, zip_le16(record + 28), (bits & GP_UTF8) != 0};
    struct zip_entry *entry;
    struct zip_extra extra;
    int rc = entries_reserve(dir);

    if (rc == 0)
        rc = names_reserve(dir, ZIP_NAME_MAX);
    if (rc < 0)
        return rc;
    zip_extra_parse(&extra, raw.bytes + raw.n, extra_len);
    entry = &dir->entries[dir->count];
    *entry = (struct zip_entry){
        .crc32 = zip_le32(record + 16),
        .method = zip_le16(record + 10),
        .time = zip_extra_time(&extra, zip_le16(record + 14), zip_le16(record + 12)),
        .flags = (uint8_t)((bits & GP_ENCRYPTED ? ZIP_ENTRY_ENCRYPTED : 0) |
                           (bits & GP_UTF8 ? ZIP_ENTRY_UTF8 : 0) |
                           (bits & GP_DESCRIPTOR ? ZIP_ENTRY_DESCRIPTOR : 0)),
    };
    entry_numbers(entry, dir, record, &extra);
    entry_name(entry, dir, &raw, &extra);
    entry->flags |= entry_kind(entry, dir->names + entry->name, record);
    entry_clamp_sizes(entry);
    if (!(entry->flags & ZIP_ENTRY_DIRECTORY))
        entry_check_sizes(entry);
    else if (entry->problem > ZIP_NAME_LAST_HIDDEN)
        entry->problem = ZIP_OK; /* nobody reads the data of a directory */
    if (dir->count > 0 && entry->header_offset <= dir->entries[dir->count - 1].header_offset)
        dir->ascending = 0;
    dir->count++;
    return 0;
}

/*
 * Tells how many bytes of the record at `bytes` are needed before the caller can proceed, from the
 * `n` >= 1 bytes that have arrived: *length, at most the whole record. `left` is how many bytes of the
 * directory begin here. Returns 0, or -EIO when no record begins like that or the record would run
 * past the end of the directory.
 */
static int record_length(const uint8_t *bytes, size_t n, uint64_t left, uint32_t *length)
{
    *length = DIGITAL_SIGNATURE_SIZE;
    if (n < *length)
        return left < *length ? -EIO : 0;
    if (zip_le32(bytes) == DIGITAL_SIGNATURE) {
        /* APPNOTE 4.3.13: optional, and the last record of a directory. */
        *length += zip_le16(bytes + 4);
        return left == *length ? 0 : -EIO;
    }
    if (zip_le32(bytes) != CENTRAL_SIGNATURE)
        return -EIO;
    *length = CENTRAL_SIZE;
    if (n >= CENTRAL_SIZE)
        *length += (uint32_t)zip_le16(bytes + 28) + zip_le16(bytes + 30) + zip_le16(bytes + 32);
    return left < *length ? -EIO : 0;
}

/* Parses a whole record of any kind. */
static int record_dispatch(struct zip_directory *dir, const uint8_t *record)
{
    return zip_le32(record) == CENTRAL_SIGNATURE ? record_parse(dir, record) : 0;
}

static int partial_append(struct zip_directory *dir, const uint8_t *bytes, uint32_t n)
{
    uint32_t wanted = dir->partial_len + n;

    if (wanted > dir->partial_capacity) {
        uint32_t capacity = wanted + wanted / 2 + CENTRAL_SIZE;
        uint8_t *partial = realloc(dir->partial, capacity);

        if (!partial)
            return -ENOMEM;
        dir->partial = partial;
        dir->partial_capacity = capacity;
    }
    memcpy(dir->partial + dir->partial_len, bytes, n);
    dir->partial_len = wanted;
    return 0;
}

/* Completes the record that the last piece left unfinished. Returns how many bytes it consumed, or a
 * negative errno; the record is complete when partial_len is 0 again. */
static int64_t partial_feed(struct zip_directory *dir, const uint8_t *bytes, size_t n,
                            uint64_t left)
{
    size_t taken = 0;
    int rc;

    for (;;) {
        uint32_t length, missing;

        rc = record_length(dir->partial, dir->partial_len, left, &length);
        if (rc < 0)
            return rc;
        if (length == dir->partial_len)
            break;
        if (taken == n)
            return (int64_t)taken;
        missing = length - dir->partial_len;
        if (missing > n - taken)
            missing = (uint32_t)(n - taken);
        rc = partial_append(dir, bytes + taken, missing);
        if (rc < 0)
            return rc;
        taken += missing;
    }
    dir->partial_len = 0;
    rc = record_dispatch(dir, dir->partial);
    return rc < 0 ? rc : (int64_t)taken;
}

int zip_directory_feed(struct zip_directory *dir, const uint8_t *bytes, size_t n)
{
    /* Bytes of the directory from the first byte of the unfinished record on. */
    uint64_t left = dir->end.directory_size - dir->fed + dir->partial_len;

    if (n > dir->end.directory_size - dir->fed)
        return -EIO;
    dir->fed += n;
    if (dir->partial_len > 0) {
        uint32_t before = dir->partial_len;
        int64_t taken = partial_feed(dir, bytes, n, left);

        if (taken < 0)
            return (int)taken;
        left -= before + (uint64_t)taken;
        bytes += taken;
        n -= (size_t)taken;
    }
    while (n > 0) {
        uint32_t length;
        int rc = record_length(bytes, n, left, &length);

        if (rc < 0)
            return rc;
        if (length > n)
            return partial_append(dir, bytes, (uint32_t)n);
        rc = record_dispatch(dir, bytes);
        if (rc < 0)
            return rc;
        bytes += length;
        n -= length;
        left -= length;
    }
    return 0;
}

static int count_is_right(const struct zip_directory *dir)
{
    if (dir->end.is_zip64)
        return dir->count == dir->end.entries;
    return (dir->count & SENTINEL16) == (dir->end.entries & SENTINEL16);
}

/* memory_fit for any size: an empty block is freed. */
static void *fit_block(void *block, size_t size)
{
    if (size)
        return memory_fit(block, size);
    free(block);
    return NULL;
}

int zip_directory_finish(struct zip_directory *dir)
{
    if (dir->fed != dir->end.directory_size || dir->partial_len != 0 || !count_is_right(dir))
        return -EIO;
    free(dir->partial);
    dir->partial = NULL;
    dir->partial_capacity = 0;
    dir->entries = fit_block(dir->entries, dir->count * sizeof(*dir->entries));
    dir->capacity = dir->count;
    /* While there are entries the arena is not freed: empty names point into it too. */
    dir->names = fit_block(dir->names, dir->names_len > 0 ? dir->names_len : dir->count > 0);
    dir->names_capacity = dir->names_len;
    return 0;
}
