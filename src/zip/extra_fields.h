/*
 * The extra fields of a central record.
 *
 * Source: PKWARE APPNOTE 6.3.10, 4.5.3 (Zip64), 4.5.5 (NTFS), 4.6.9 (Unicode path); Info-ZIP's
 * extrafld.txt (0x5455, UT).
 */
#ifndef TASKFS_ZIP_EXTRA_FIELDS_H
#define TASKFS_ZIP_EXTRA_FIELDS_H

#include <stddef.h>
#include <stdint.h>

/* The payload of one field, a slice of the record; `bytes` is NULL when the field is absent. */
struct zip_extra_field {
    const uint8_t *bytes;
    uint16_t n;
};

/* The fields that are used here. Of two fields of one kind the first counts. */
struct zip_extra {
    struct zip_extra_field zip64;
    struct zip_extra_field ntfs;
    struct zip_extra_field ut;
    struct zip_extra_field unicode_path;
};

/* Splits `n` bytes of extra fields; ignores everything from a field that does not fit on. */
void zip_extra_parse(struct zip_extra *extra, const uint8_t *bytes, size_t n);

#define ZIP_TICKS_PER_SECOND INT64_C(10000000)

/* The modification time of the NTFS field, else of the UT field: returns 1 with *time in 100 ns
 * since 1970-01-01 UTC, or 0 when neither has one. */
int zip_extra_time(const struct zip_extra *extra, int64_t *time);

#endif
