#include "member/piece_crcs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "member/piece.h"

struct crc_leaf {
    uint32_t *crcs; /* of the pieces, then a bit for each that is known; NULL: none is known */
    uint32_t known;
    uint32_t crc; /* of all pieces together, once all are known */
};

void piece_crcs_init(struct piece_crcs *crcs, uint64_t size, uint32_t crc32_wanted)
{
    *crcs = (struct piece_crcs){
        .size = size, .crc32 = crc32_wanted, .pieces = zip_piece_count(size)};
}

void piece_crcs_free(struct piece_crcs *crcs)
{
    for (uint64_t i = 0; i < crcs->leaf_count; i++)
        free(crcs->leaves[i].crcs);
    free(crcs->leaves);
    crcs->leaves = NULL;
    crcs->leaf_count = 0;
}

void piece_crcs_reset(struct piece_crcs *crcs)
{
    piece_crcs_free(crcs);
    crcs->known = 0;
}

/* The number of pieces of leaf `index`: CRC_LEAF_PIECES for all but the last. */
static uint32_t leaf_pieces(const struct piece_crcs *crcs, uint64_t index)
{
    uint64_t left = crcs->pieces - index * CRC_LEAF_PIECES;

    return left < CRC_LEAF_PIECES ? (uint32_t)left : CRC_LEAF_PIECES;
}

static size_t leaf_memory(uint32_t pieces)
{
    return pieces * sizeof(uint32_t) + (pieces + 7) / 8;
}

size_t piece_crcs_memory(const struct piece_crcs *crcs)
{
    size_t bytes = (size_t)crcs->leaf_count * sizeof(*crcs->leaves);

    for (uint64_t i = 0; i < crcs->leaf_count; i++)
        if (crcs->leaves[i].crcs)
            bytes += leaf_memory(leaf_pieces(crcs, i));
    return bytes;
}

int piece_crcs_has(const struct piece_crcs *crcs, uint64_t index)
{
    uint64_t number = index / CRC_LEAF_PIECES;
    uint32_t at = (uint32_t)(index % CRC_LEAF_PIECES);
    const struct crc_leaf *leaf;
    const uint8_t *is_known;

    if (number >= crcs->leaf_count)
        return 0;
    leaf = &crcs->leaves[number];
    if (!leaf->crcs)
        return 0;
    is_known = (const uint8_t *)(leaf->crcs + leaf_pieces(crcs, number));
    return is_known[at / 8] >> at % 8 & 1;
}

/* Grows the table to leaf `index`, and returns the leaf; NULL when out of memory. */
static struct crc_leaf *reach_leaf(struct piece_crcs *crcs, uint64_t index)
{
    uint64_t most = (crcs->pieces - 1) / CRC_LEAF_PIECES + 1, count = index + index / 4 + 1;
    struct crc_leaf *leaves;

    if (index < crcs->leaf_count)
        return &crcs->leaves[index];
    if (count > most)
        count = most;
    leaves = realloc(crcs->leaves, (size_t)count * sizeof(*leaves));
    if (!leaves)
        return NULL;
    memset(leaves + crcs->leaf_count, 0, (size_t)(count - crcs->leaf_count) * sizeof(*leaves));
    crcs->leaves = leaves;
    crcs->leaf_count = count;
    return &leaves[index];
}

/* Combines the CRCs of all pieces of leaf `index`. crc32_combine_op needs the length of the second
 * part, which is ZIP_PIECE for all but the last piece of the member. */
static void combine_leaf(const struct piece_crcs *crcs, uint64_t index, struct crc_leaf *leaf)
{
    uint64_t first = index * CRC_LEAF_PIECES;
    uint32_t last = zip_piece_len(crcs->size, first + leaf->known - 1);
    uLong whole = crc32_combine_gen64(ZIP_PIECE), crc = leaf->crcs[0];

    for (uint32_t i = 1; i + 1 < leaf->known; i++)
        crc = crc32_combine_op(crc, leaf->crcs[i], whole);
    if (leaf->known > 1)
        crc = crc32_combine_op(crc, leaf->crcs[leaf->known - 1],
                               last == ZIP_PIECE ? whole : crc32_combine_gen64(last));
    leaf->crc = (uint32_t)crc;
}

/* All pieces are known: 0, or -EIO when the CRC of the whole is wrong. */
static int compare_whole(const struct piece_crcs *crcs)
{
    const uint64_t leaf_size = (uint64_t)CRC_LEAF_PIECES * ZIP_PIECE;
    uint64_t leaves = (crcs->pieces - 1) / CRC_LEAF_PIECES + 1;
    uLong whole = crc32_combine_gen64((z_off64_t)leaf_size), crc = crcs->leaves[0].crc;

    for (uint64_t i = 1; i < leaves; i++) {
        uint64_t left = crcs->size - i * leaf_size;

        crc = crc32_combine_op(crc, crcs->leaves[i].crc,
                               left < leaf_size ? crc32_combine_gen64((z_off64_t)left) : whole);
    }
    return crc == crcs->crc32 ? 0 : -EIO;
}

int piece_crcs_note(struct piece_crcs *crcs, uint64_t index, uint32_t crc)
{
    uint64_t number = index / CRC_LEAF_PIECES;
    uint32_t at = (uint32_t)(index % CRC_LEAF_PIECES);
    uint32_t count = leaf_pieces(crcs, number);
    struct crc_leaf *leaf;

    if (piece_crcs_has(crcs, index))
        return crcs->leaves[number].crcs[at] == crc ? 0 : -EIO;
    leaf = reach_leaf(crcs, number);
    if (!leaf)
        return -ENOMEM;
    if (!leaf->crcs) {
        leaf->crcs = calloc(1, leaf_memory(count));
        if (!leaf->crcs)
            return -ENOMEM;
    }
    ((uint8_t *)(leaf->crcs + count))[at / 8] |= (uint8_t)(1u << at % 8);
    leaf->crcs[at] = crc;
    leaf->known++;
    crcs->known++;
    if (leaf->known == count)
        combine_leaf(crcs, number, leaf);
    return crcs->known == crcs->pieces ? compare_whole(crcs) : 0;
}
