/* A member's content is decoded, checked and cached in pieces. */
#ifndef TASKFS_MEMBER_PIECE_H
#define TASKFS_MEMBER_PIECE_H

#include <stdint.h>

#define ZIP_PIECE (128u * 1024) /* bytes; the last piece of a member can be shorter */

static inline uint64_t zip_piece_count(uint64_t size)
{
    return size / ZIP_PIECE + (size % ZIP_PIECE != 0);
}

/* Bytes of piece `index` < zip_piece_count(size). */
static inline uint32_t zip_piece_len(uint64_t size, uint64_t index)
{
    uint64_t left = size - index * ZIP_PIECE;

    return left < ZIP_PIECE ? (uint32_t)left : ZIP_PIECE;
}

#endif
