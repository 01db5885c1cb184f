#include "zip/local_header.h"

#include <errno.h>

#include "zip/bytes.h"

#define DESCRIPTOR_LEAST 12u /* CRC-32 and two sizes of 32 bits, no signature (APPNOTE 4.3.9) */

uint64_t zip_entry_limit(const struct zip_directory *dir, uint32_t index)
{
    uint64_t limit = dir->end.directory_offset, next;
    const struct zip_entry *entry;

    if (!dir->ascending || index >= dir->count || index + 1 == dir->count)
        return limit;
    entry = &dir->entries[index];
    next = dir->entries[index + 1].header_offset;
    if (next >= limit || next < entry->header_offset)
        return limit;
    /* A neighbour that claims to begin within this member proves nothing about it. */
    return next - entry->header_offset < ZIP_LOCAL_HEADER_SIZE ||
                   entry->compressed_size > next - entry->header_offset - ZIP_LOCAL_HEADER_SIZE
               ? limit
               : next;
}

uint64_t zip_entry_data_offset(const struct zip_directory *dir, uint32_t index)
{
    const struct zip_entry *entry;
    uint64_t limit, fixed, slack;

    if (!dir->ascending || index >= dir->count)
        return 0;
    entry = &dir->entries[index];
    limit = zip_entry_limit(dir, index);
    fixed = ZIP_LOCAL_HEADER_SIZE + (uint64_t)entry->local_name_len;
    if (entry->header_offset > limit || fixed > limit - entry->header_offset)
        return 0;
    slack = limit - entry->header_offset - fixed;
    if (entry->compressed_size > slack)
        return 0;
    slack -= entry->compressed_size;
    /* The rest is a local extra field (none, or at least 4 bytes) and, where bit 3 is set, a
     * descriptor. Only the smallest possible rest can be divided in a single way. */
    if (slack != (entry->flags & ZIP_ENTRY_DESCRIPTOR ? DESCRIPTOR_LEAST : 0))
        return 0;
    return entry->header_offset + fixed;
}

int zip_local_header_parse(const uint8_t *bytes, size_t n, const struct zip_entry *entry,
                           uint64_t limit, uint64_t *data_offset)
{
    uint64_t length;

    if (n < ZIP_LOCAL_HEADER_SIZE || zip_le32(bytes) != 0x04034b50)
        return -EIO;
    if (zip_le16(bytes + 8) != entry->method)
        return -EIO;
    length = ZIP_LOCAL_HEADER_SIZE + (uint64_t)zip_le16(bytes + 26) + zip_le16(bytes + 28);
    if (entry->header_offset > limit || length > limit - entry->header_offset ||
        entry->compressed_size > limit - entry->header_offset - length)
        return -EIO;
    *data_offset = entry->header_offset + length;
    return 0;
}
