#include "zip/central_record.h"

#include <errno.h>
#include <string.h>

#include "zip/bytes.h"
#include "zip/extra_fields.h"
#include "zip/names.h"

#define CENTRAL_SIGNATURE      0x02014b50u
#define DIGITAL_SIGNATURE      0x05054b50u
#define DIGITAL_SIGNATURE_SIZE 6u

#define SENTINEL32             0xffffffffu

/* How far a byte can expand: deflate makes at most 258 bytes of two bits, and no other method comes
 * near to OTHER_RATIO_MAX (bzip2 makes 45.9 MB of 33 bytes). */
#define DEFLATE_RATIO_MAX 1032u
#define OTHER_RATIO_MAX   (1u << 22)

/* General purpose bits and attributes (APPNOTE 4.4.2, 4.4.4, 4.4.15). */
enum { GP_ENCRYPTED = 1 << 0, GP_DESCRIPTOR = 1 << 3, GP_UTF8 = 1 << 11 };
enum { HOST_FAT = 0, HOST_UNIX = 3, HOST_NTFS = 10, HOST_VFAT = 14, HOST_MACOS = 19 };
enum { DOS_DIRECTORY = 0x10 };
enum { MODE_TYPE = 0170000, MODE_DIRECTORY = 0040000, MODE_LINK = 0120000, MODE_EXECUTE = 0100 };

int zip_central_record_length(const uint8_t *bytes, size_t n, uint64_t left, uint32_t *length)
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
    *length = ZIP_CENTRAL_RECORD_SIZE;
    if (n >= ZIP_CENTRAL_RECORD_SIZE)
        *length += (uint32_t)zip_le16(bytes + 28) + zip_le16(bytes + 30) + zip_le16(bytes + 32);
    return left < *length ? -EIO : 0;
}

int zip_central_record_is_entry(const uint8_t *record)
{
    return zip_le32(record) == CENTRAL_SIGNATURE;
}

/* ---- sizes and offset ---- */

/*
 * Takes the next number of the Zip64 field, which contains only those numbers whose own field is a
 * sentinel, in the order size, compressed size, offset. Returns 0 when there is a Zip64 field that
 * lacks the number. Without a Zip64 field a sentinel is an ordinary number.
 */
static int zip64_take(struct zip_extra_field *zip64, uint64_t *value)
{
    if (*value != SENTINEL32 || !zip64->bytes)
        return 1;
    if (zip64->n < 8)
        return 0;
    *value = zip_le64(zip64->bytes);
    zip64->bytes += 8;
    zip64->n = (uint16_t)(zip64->n - 8);
    return 1;
}

/* Reads the numbers, with the offset made absolute; one that overflows becomes larger than every
 * limit. Returns 0 when some are missing. The disk number does not count: where no part of the
 * member is in this object, it has no local header. */
static int read_numbers(struct zip_entry *entry, const struct zip_end *end, const uint8_t *record,
                        const struct zip_extra *extra)
{
    struct zip_extra_field zip64 = extra->zip64;
    int is_whole;

    entry->compressed_size = zip_le32(record + 20);
    entry->size = zip_le32(record + 24);
    entry->header_offset = zip_le32(record + 42);
    is_whole = zip64_take(&zip64, &entry->size) && zip64_take(&zip64, &entry->compressed_size) &&
               zip64_take(&zip64, &entry->header_offset);
    if (entry->header_offset > UINT64_MAX - end->prefix)
        entry->header_offset = UINT64_MAX;
    else
        entry->header_offset += end->prefix;
    return is_whole;
}

static int offset_is_possible(const struct zip_entry *entry, uint64_t limit)
{
    return entry->header_offset <= limit && limit - entry->header_offset >= ZIP_LOCAL_HEADER_SIZE &&
           limit - entry->header_offset - ZIP_LOCAL_HEADER_SIZE >= entry->compressed_size;
}

static int expands_to(uint64_t compressed, uint64_t ratio, uint64_t size)
{
    return size == 0 || (size - 1) / ratio < compressed;
}

/* How much a byte can expand with the entry's method. */
static uint64_t ratio_max(const struct zip_entry *entry)
{
    if (entry->method == ZIP_METHOD_DEFLATED)
        return DEFLATE_RATIO_MAX;
    return entry->method == ZIP_METHOD_STORED ? 1 : OTHER_RATIO_MAX;
}

static int sizes_are_possible(const struct zip_entry *entry)
{
    /* A stored member has one size, but for some bytes that encryption adds. */
    if (entry->method == ZIP_METHOD_STORED && !(entry->flags & ZIP_ENTRY_ENCRYPTED))
        return entry->size == entry->compressed_size;
    return entry->size <= INT64_MAX &&
           expands_to(entry->compressed_size, ratio_max(entry), entry->size);
}

/* Sets sizes to 0 that can't be true in an archive of this length, so that no listing and no sum
 * contains them. Others stay, even of a member that can't be read. */
static void clear_impossible_sizes(struct zip_entry *entry, uint64_t limit)
{
    uint64_t compressed = entry->compressed_size < limit ? entry->compressed_size : limit;

    if (entry->method == ZIP_METHOD_STORED)
        compressed = limit;
    if (entry->size > INT64_MAX || !expands_to(compressed, ratio_max(entry), entry->size))
        entry->size = 0;
    if (entry->compressed_size > limit)
        entry->compressed_size = 0;
}

static enum zip_problem judge_numbers(struct zip_entry *entry, int is_whole, uint64_t limit)
{
    int has_good_offset = offset_is_possible(entry, limit);
    int has_good_sizes = is_whole && sizes_are_possible(entry);

    clear_impossible_sizes(entry, limit);
    if (!has_good_offset)
        return ZIP_BAD_OFFSET;
    return has_good_sizes ? ZIP_OK : ZIP_BAD_SIZE;
}

/* ---- kind and name ---- */

static int host_is_dos(uint8_t host)
{
    return host == HOST_FAT || host == HOST_NTFS || host == HOST_VFAT;
}

static int ends_with_slash(const char *name, size_t n)
{
    return n > 0 && name[n - 1] == '/';
}

/* Tells a directory, a link and an executable by name and attributes. `size`: as recorded. */
static unsigned kind_of(const char *name, size_t n, const uint8_t *record, uint64_t size)
{
    uint8_t host = record[5];
    uint32_t attributes = zip_le32(record + 38), mode = attributes >> 16;
    int is_unix = host == HOST_UNIX || host == HOST_MACOS;

    if (ends_with_slash(name, n))
        return ZIP_ENTRY_DIRECTORY;
    /* An entry that has content is no directory, whatever its attributes say. */
    if (size == 0 && ((is_unix && (mode & MODE_TYPE) == MODE_DIRECTORY) ||
                      (host_is_dos(host) && (attributes & DOS_DIRECTORY))))
        return ZIP_ENTRY_DIRECTORY;
    if (!is_unix)
        return 0;
    return ((mode & MODE_TYPE) == MODE_LINK ? ZIP_ENTRY_SYMLINK : 0u) |
           (mode & MODE_EXECUTE ? ZIP_ENTRY_EXECUTABLE : 0u);
}

static unsigned flags_of(uint16_t bits)
{
    return (bits & GP_ENCRYPTED ? ZIP_ENTRY_ENCRYPTED : 0u) |
           (bits & GP_UTF8 ? ZIP_ENTRY_UTF8 : 0u) |
           (bits & GP_DESCRIPTOR ? ZIP_ENTRY_DESCRIPTOR : 0u);
}

/* A problem of the name takes precedence; other problems of a directory do not count, because
 * nobody reads its data. */
static void set_problem(struct zip_entry *entry, enum zip_problem of_name)
{
    if (of_name != ZIP_OK)
        entry->problem = (uint8_t)of_name;
    else if (entry->flags & ZIP_ENTRY_DIRECTORY)
        entry->problem = ZIP_OK;
}

static int64_t time_of(const uint8_t *record, const struct zip_extra *extra,
                       struct zip_dos_clock *clock)
{
    int64_t time;

    if (zip_extra_time(extra, &time))
        return time;
    return zip_dos_time(clock, zip_le16(record + 14), zip_le16(record + 12)) * ZIP_TICKS_PER_SECOND;
}

void zip_central_record_parse(const uint8_t *record, const struct zip_end *end,
                              struct zip_dos_clock *clock, char *name, struct zip_entry *entry)
{
    uint16_t bits = zip_le16(record + 8);
    struct zip_raw_name raw = {record + ZIP_CENTRAL_RECORD_SIZE, zip_le16(record + 28),
                               (bits & GP_UTF8) != 0};
    struct zip_extra extra;
    int was_cut, is_whole;
    size_t n;

    zip_extra_parse(&extra, raw.bytes + raw.n, zip_le16(record + 30));
    n = zip_name_decode(&raw, extra.unicode_path.bytes, extra.unicode_path.n, name, &was_cut);
    *entry = (struct zip_entry){.crc32 = zip_le32(record + 16),
                                .method = zip_le16(record + 10),
                                .time = time_of(record, &extra, clock),
                                .name_len = (uint16_t)n,
                                .local_name_len = (uint16_t)raw.n};
    is_whole = read_numbers(entry, end, record, &extra);
    entry->flags = (uint8_t)(flags_of(bits) | kind_of(name, n, record, entry->size));
    entry->problem = (uint8_t)judge_numbers(entry, is_whole, end->directory_offset);
    if (was_cut)
        set_problem(entry, ZIP_NAME_TOO_LONG);
    else if (host_is_dos(record[5]) && memchr(name, '\\', n) && !memchr(name, '/', n))
        entry->flags |= ZIP_ENTRY_BACKSLASHES;
    else
        set_problem(entry, zip_name_check(name, n));
}

void zip_entry_set_name(struct zip_entry *entry, const char *name)
{
    entry->flags &= (uint8_t)~ZIP_ENTRY_BACKSLASHES;
    if (ends_with_slash(name, entry->name_len))
        entry->flags |= ZIP_ENTRY_DIRECTORY;
    set_problem(entry, zip_name_check(name, entry->name_len));
}
