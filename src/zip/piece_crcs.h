/*
 * Whether the bytes of a member are those that went into the archive: the CRC-32 of each piece,
 * noted in any order as pieces are made, and compared as a whole once all are known. A piece that is
 * made again must be what it was: others may have seen it, and keep it, that are not asked again.
 *
 * Memory goes with the pieces that were noted, not with the size that is claimed: CRCs are kept in
 * leaves, made as pieces of theirs come.
 *
 * Not thread-safe; guarded by the member's lock.
 */
#ifndef TASKFS_ZIP_PIECE_CRCS_H
#define TASKFS_ZIP_PIECE_CRCS_H

#include <stddef.h>
#include <stdint.h>

#define ZIP_PIECE       (128u * 1024) /* bytes of a member's content; the last one can be shorter */
#define CRC_LEAF_PIECES 4096u

struct crc_leaf;

struct piece_crcs {
    uint64_t size;           /* of the member, bytes */
    uint32_t crc32;          /* that the whole must have */
    uint64_t pieces;         /* how many there are */
    uint64_t known;          /* how many have been noted */
    struct crc_leaf *leaves; /* of CRC_LEAF_PIECES each; as many as have been needed */
    uint64_t leaf_count;
};

/* Allocates nothing, whatever `size` is. */
void piece_crcs_init(struct piece_crcs *check, uint64_t size, uint32_t crc32);
void piece_crcs_free(struct piece_crcs *check);
/* Forgets what was noted. */
void piece_crcs_reset(struct piece_crcs *check);

/* Bytes of memory that it takes. */
size_t piece_crcs_memory(const struct piece_crcs *check);

uint64_t zip_piece_count(uint64_t size);
/* Bytes of piece `index` < zip_piece_count(size). */
uint32_t zip_piece_len(uint64_t size, uint64_t index);

int piece_crcs_has(const struct piece_crcs *check, uint64_t index);
/* Notes a piece, index < zip_piece_count(size), as often as it is made. Returns 0; -ENOMEM; -EIO when
 * it was another before, or was the last one missing and the whole is wrong. */
int piece_crcs_note(struct piece_crcs *check, uint64_t index, uint32_t crc);

#endif
