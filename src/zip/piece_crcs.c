#include "zip/piece_crcs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct crc_leaf {
    uint32_t *crcs; /* of its pieces, and a bit each behind them; NULL: none is known */
    uint32_t known;
    uint32_t crc; /* of all, once they are known */
};

uint64_t zip_piece_count(uint64_t size)
{
    return size / ZIP_PIECE + (size % ZIP_PIECE != 0);
}

uint32_t zip_piece_len(uint64_t size, uint64_t index)
{
    uint64_t left = size - index * ZIP_PIECE;

    return left < ZIP_PIECE ? (uint32_t)left : ZIP_PIECE;
}

void piece_crcs_init(struct piece_crcs *check, uint64_t size, uint32_t crc32_wanted)
{
    *check = (struct piece_crcs){
        .size = size, .crc32 = crc32_wanted, .pieces = zip_piece_count(size)};
}

void piece_crcs_free(struct piece_crcs *check)
{
    for (uint64_t i = 0; i < check->leaf_count; i++)
        free(check->leaves[i].crcs);
    free(check->leaves);
    check->leaves = NULL;
    check->leaf_count = 0;
}

void piece_crcs_reset(struct piece_crcs *check)
{
    piece_crcs_free(check);
    check->known = 0;
}

/* How many pieces leaf `index` has; all but the last have as many as they can. */
static uint32_t leaf_pieces(const struct piece_crcs *check, uint64_t index)
{
    uint64_t left = check->pieces - index * CRC_LEAF_PIECES;

    return left < CRC_LEAF_PIECES ? (uint32_t)left : CRC_LEAF_PIECES;
}

static size_t leaf_memory(uint32_t pieces)
{
    return pieces * sizeof(uint32_t) + (pieces + 7) / 8;
}

size_t piece_crcs_memory(const struct piece_crcs *check)
{
    size_t bytes = (size_t)check->leaf_count * sizeof(*check->leaves);

    for (uint64_t i = 0; i < check->leaf_count; i++)
        if (check->leaves[i].crcs)
            bytes += leaf_memory(leaf_pieces(check, i));
    return bytes;
}

int piece_crcs_has(const struct piece_crcs *check, uint64_t index)
{
    uint64_t number = index / CRC_LEAF_PIECES;
    uint32_t at = (uint32_t)(index % CRC_LEAF_PIECES);
    const struct crc_leaf *leaf;
    const uint8_t *is_known;

    if (number >= check->leaf_count)
        return 0;
    leaf = &check->leaves[number];
    if (!leaf->crcs)
        return 0;
    is_known = (const uint8_t *)(leaf->crcs + leaf_pieces(check, number));
    return is_known[at / 8] >> at % 8 & 1;
}

/* The leaf, in a table that reaches to it. */
static struct crc_leaf *get_leaf(struct piece_crcs *check, uint64_t index)
{
    uint64_t most = (check->pieces - 1) / CRC_LEAF_PIECES + 1, count = 2 * index + 1;
    struct crc_leaf *leaves;

    if (index < check->leaf_count)
        return &check->leaves[index];
    if (count > most)
        count = most;
    leaves = realloc(check->leaves, (size_t)count * sizeof(*leaves));
    if (!leaves)
        return NULL;
    memset(leaves + check->leaf_count, 0, (size_t)(count - check->leaf_count) * sizeof(*leaves));
    check->leaves = leaves;
    check->leaf_count = count;
    return &leaves[index];
}

/* crc(A || B) from crc(A), crc(B) and the length of B; most B are whole pieces. */
static void fold(const struct piece_crcs *check, uint64_t index, struct crc_leaf *leaf)
{
    uint64_t first = index * CRC_LEAF_PIECES;
    uint32_t last = zip_piece_len(check->size, first + leaf->known - 1);
    uLong whole = crc32_combine_gen64(ZIP_PIECE), crc = leaf->crcs[0];

    for (uint32_t i = 1; i + 1 < leaf->known; i++)
        crc = crc32_combine_op(crc, leaf->crcs[i], whole);
    if (leaf->known > 1)
        crc = crc32_combine_op(crc, leaf->crcs[leaf->known - 1],
                               last == ZIP_PIECE ? whole : crc32_combine_gen64(last));
    leaf->crc = (uint32_t)crc;
}

static int compare(const struct piece_crcs *check)
{
    const uint64_t leaf_size = (uint64_t)CRC_LEAF_PIECES * ZIP_PIECE;
    uint64_t leaves = (check->pieces - 1) / CRC_LEAF_PIECES + 1;
    uLong whole = crc32_combine_gen64((z_off64_t)leaf_size), crc = check->leaves[0].crc;

    for (uint64_t i = 1; i < leaves; i++) {
        uint64_t left = check->size - i * leaf_size;

        crc = crc32_combine_op(crc, check->leaves[i].crc,
                               left < leaf_size ? crc32_combine_gen64((z_off64_t)left) : whole);
    }
    return crc == check->crc32 ? 0 : -EIO;
}

int piece_crcs_note(struct piece_crcs *check, uint64_t index, uint32_t crc)
{
    uint64_t number = index / CRC_LEAF_PIECES;
    uint32_t at = (uint32_t)(index % CRC_LEAF_PIECES);
    uint32_t count = leaf_pieces(check, number);
    struct crc_leaf *leaf;

    if (piece_crcs_has(check, index))
        return check->leaves[number].crcs[at] == crc ? 0 : -EIO;
    leaf = get_leaf(check, number);
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
    check->known++;
    if (leaf->known == count)
        fold(check, number, leaf);
    return check->known == check->pieces ? compare(check) : 0;
}
