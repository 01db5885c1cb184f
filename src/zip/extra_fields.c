#include "zip/extra_fields.h"

#include "zip/bytes.h"

/* 1601-01-01 to 1970-01-01 in units of 100 ns. */
#define NTFS_EPOCH UINT64_C(116444736000000000)

enum { EXTRA_ZIP64 = 0x0001, EXTRA_NTFS = 0x000a, EXTRA_UT = 0x5455, EXTRA_UNICODE_PATH = 0x7075 };

static struct zip_extra_field *extra_slot(struct zip_extra *extra, uint16_t id)
{
    switch (id) {
    case EXTRA_ZIP64:
        return &extra->zip64;
    case EXTRA_NTFS:
        return &extra->ntfs;
    case EXTRA_UT:
        return &extra->ut;
    case EXTRA_UNICODE_PATH:
        return &extra->unicode_path;
    default:
        return NULL;
    }
}

void zip_extra_parse(struct zip_extra *extra, const uint8_t *bytes, size_t n)
{
    *extra = (struct zip_extra){{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    while (n >= 4) {
        struct zip_extra_field *slot = extra_slot(extra, zip_le16(bytes));
        uint16_t size = zip_le16(bytes + 2);

        if (size > n - 4)
            return;
        if (slot && !slot->bytes)
            *slot = (struct zip_extra_field){bytes + 4, size};
        bytes += 4 + size;
        n -= 4u + size;
    }
}

/* The NTFS field has 4 reserved bytes and then attributes (tag, size, value); the value of tag 1 is
 * mtime, atime and ctime in 100 ns since 1601. */
static int ntfs_time(const struct zip_extra_field *field, int64_t *time)
{
    size_t at = 4;

    while (field->bytes && at + 4 <= field->n) {
        uint16_t tag = zip_le16(field->bytes + at), size = zip_le16(field->bytes + at + 2);
        uint64_t ticks;

        at += 4;
        if (size > field->n - at)
            return 0;
        if (tag == 1 && size >= 8) {
            ticks = zip_le64(field->bytes + at);
            if (ticks == 0 || ticks > INT64_MAX)
                return 0;
            *time = (int64_t)ticks - (int64_t)NTFS_EPOCH;
            return 1;
        }
        at += size;
    }
    return 0;
}

/* The UT field has a byte of flags and then, in a central record, at most the mtime: 32 bits,
 * signed, in seconds since 1970. */
static int ut_time(const struct zip_extra_field *field, int64_t *time)
{
    if (!field->bytes || field->n < 5 || !(field->bytes[0] & 1))
        return 0;
    *time = (int32_t)zip_le32(field->bytes + 1) * ZIP_TICKS_PER_SECOND;
    return 1;
}

int zip_extra_time(const struct zip_extra *extra, int64_t *time)
{
    return ntfs_time(&extra->ntfs, time) || ut_time(&extra->ut, time);
}
