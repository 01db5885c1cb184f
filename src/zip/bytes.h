/* Little-endian numbers at any alignment. The caller has checked that the bytes are there. */
#ifndef TASKFS_ZIP_BYTES_H
#define TASKFS_ZIP_BYTES_H

#include <stdint.h>

static inline uint16_t zip_le16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t zip_le32(const uint8_t *at)
{
    return (uint32_t)zip_le16(at) | (uint32_t)zip_le16(at + 2) << 16;
}

static inline uint64_t zip_le64(const uint8_t *at)
{
    return (uint64_t)zip_le32(at) | (uint64_t)zip_le32(at + 4) << 32;
}

#endif
