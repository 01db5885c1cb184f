/*
 * One record of a central directory: its length, and the entry that it describes.
 *
 * Source: PKWARE APPNOTE 6.3.10, sections 4.3.12, 4.3.13, 4.4 and 4.5.
 */
#ifndef TASKFS_ZIP_CENTRAL_RECORD_H
#define TASKFS_ZIP_CENTRAL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "zip/dos_time.h"
#include "zip/end_record.h"
#include "zip/entry.h"

#define ZIP_CENTRAL_RECORD_SIZE 46u /* bytes, without name, extra fields and comment */

/*
 * Tells how many bytes of the record at `bytes` are needed before the caller can proceed, from the
 * `n` >= 1 bytes that have arrived: *length, at most the whole record. `left` is how many bytes of
 * the directory begin here. Returns 0, or -EIO when no record begins like that or the record would
 * run past the end of the directory.
 */
int zip_central_record_length(const uint8_t *bytes, size_t n, uint64_t left, uint32_t *length);

/* Whether a whole record describes an entry; the other kind is a digital signature. */
int zip_central_record_is_entry(const uint8_t *record);

/*
 * Reads the entry of a whole record. Its name goes to `name`, which has room for ZIP_NAME_MAX
 * bytes; entry->name is left for the caller to set. entry->problem tells whether it can be shown
 * and read, but for the name of an entry with ZIP_ENTRY_BACKSLASHES, which zip_entry_set_name
 * judges.
 */
void zip_central_record_parse(const uint8_t *record, const struct zip_end *end,
                              struct zip_dos_clock *clock, char *name, struct zip_entry *entry);

/* Gives an entry that has ZIP_ENTRY_BACKSLASHES its final name, of the same length as before, and
 * takes the flag away. */
void zip_entry_set_name(struct zip_entry *entry, const char *name);

#endif
