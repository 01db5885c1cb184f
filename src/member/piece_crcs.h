/*
 * The CRC-32 of each piece of a member, noted in any order as pieces are made, and compared with
 * the CRC-32 of the whole member once all pieces are known. A piece that is made again must have
 * the same CRC-32 as before: the kernel may have cached its former content and show it without
 * asking again.
 *
 * Memory grows with the pieces that were noted, not with the size that the archive claims: CRCs are
 * kept in leaves, which are allocated with their first piece.
 *
 * Not thread-safe; guarded by the member's lock.
 */
#ifndef TASKFS_MEMBER_PIECE_CRCS_H
#define TASKFS_MEMBER_PIECE_CRCS_H

#include <stddef.h>
#include <stdint.h>

#define CRC_LEAF_PIECES 512u /* a leaf takes 2 KB */

struct crc_leaf;

struct piece_crcs {
    uint64_t size;           /* of the member, bytes */
    uint32_t crc32;          /* of the whole member, as the directory has it */
    uint64_t pieces;         /* of the member */
    uint64_t known;          /* pieces that have been noted */
    struct crc_leaf *leaves; /* each for CRC_LEAF_PIECES pieces, up to the last one needed */
    uint64_t leaf_count;
};

/* Allocates nothing, whatever `size` is. */
void piece_crcs_init(struct piece_crcs *crcs, uint64_t size, uint32_t crc32);
void piece_crcs_free(struct piece_crcs *crcs);
/* Discards all that was noted. */
void piece_crcs_reset(struct piece_crcs *crcs);

/* Bytes of memory that are allocated. */
size_t piece_crcs_memory(const struct piece_crcs *crcs);

/* Whether piece `index` has been noted. */
int piece_crcs_has(const struct piece_crcs *crcs, uint64_t index);
/* Notes the CRC of piece `index` < zip_piece_count(size), each time that the piece is made. Returns
 * 0; -ENOMEM; or -EIO when the piece had another CRC before, or was the last one missing and the
 * CRC of the whole is wrong. */
int piece_crcs_note(struct piece_crcs *crcs, uint64_t index, uint32_t crc);

#endif
