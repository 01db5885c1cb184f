/*
 * Where a member's data lies: proved by the directory alone, or read from the member's local
 * header.
 *
 * Source: PKWARE APPNOTE 6.3.10, section 4.3.7.
 */
#ifndef TASKFS_ZIP_LOCAL_HEADER_H
#define TASKFS_ZIP_LOCAL_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "zip/directory.h"

/*
 * Where the data of entry `index` begins, if the directory alone proves it: offsets ascend, and the
 * gap up to the next header (or to the directory) is exactly header + name + data. Returns the
 * absolute offset, or 0 when only the local header can tell.
 */
uint64_t zip_entry_data_offset(const struct zip_directory *dir, uint32_t index);

/* An upper bound for the end of the member's bytes: the absolute offset of the next member or,
 * behind the last one, of the central directory. The directory's offset also where offsets do not
 * ascend or the next header would lie within this member's data. */
uint64_t zip_entry_limit(const struct zip_directory *dir, uint32_t index);

/*
 * Checks a local header (APPNOTE 4.3.7): `bytes` are the first `n` >= ZIP_LOCAL_HEADER_SIZE bytes
 * at entry->header_offset. Returns 0 and the absolute offset of the member's data, or -EIO when
 * there is no local header, it contradicts the central directory (method), or the data would not
 * fit before `limit` (an absolute offset).
 */
int zip_local_header_parse(const uint8_t *bytes, size_t n, const struct zip_entry *entry,
                           uint64_t limit, uint64_t *data_offset);

#endif
