#include "zip/extra_fields.h"

#include "zip/bytes.h"

#define TICKS_PER_SECOND INT64_C(10000000)
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

/* The UT field has a byte of flags and then, in a central record, at most the mtime: 32 bits, signed,
 * in seconds since 1970. */
static int ut_time(const struct zip_extra_field *field, int64_t *time)
{
    if (!field->bytes || field->n < 5 || !(field->bytes[0] & 1))
        return 0;
    *time = (int32_t)zip_le32(field->bytes + 1) * TICKS_PER_SECOND;
    return 1;
}

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

static int64_t dos_to_time(uint16_t date, uint16_t time)
{
    static const int16_t days_before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int year = 1980 + (date >> 9), month = clamp(date >> 5 & 15, 1, 12);
    int day = clamp(date & 31, 1, 31), hour = clamp(time >> 11, 0, 23);
    int minute = clamp(time >> 5 & 63, 0, 59), second = clamp((time & 31) * 2, 0, 59);
    int is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    /* Leap days from 1970 up to the year before `year`, which is 1980 to 2107. */
    int leap_days = (year - 1969) / 4 - (year > 2100);
    int64_t days = (year - 1970) * 365 + leap_days + days_before[month - 1] + (day - 1);

    if (is_leap && month > 2)
        days++;
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * TICKS_PER_SECOND;
}

int64_t zip_extra_time(const struct zip_extra *extra, uint16_t dos_date, uint16_t dos_time)
{
    int64_t time;

    if (ntfs_time(&extra->ntfs, &time) || ut_time(&extra->ut, &time))
        return time;
    return dos_to_time(dos_date, dos_time);
}
