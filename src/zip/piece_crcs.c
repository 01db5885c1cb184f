#include "zip/piece_crcs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct zip_leaf {
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

void zip_check_init(struct zip_check *check, uint64_t size, uint32_t crc32_wanted)
{
    *check = (struct zip_check){
        .size = size, .crc32 = crc32_wanted, .pieces = zip_piece_count(size)};
}

void zip_check_free(struct zip_check *check)
{
    for (uint64_t i = 0; i < check->leaf_count; i++)
        free(check->leaves[i].crcs);
    free(check->leaves);
    check->leaves = NULL;
    check->leaf_count = 0;
}

void zip_check_reset(struct zip_check *check)
{
    zip_check_free(check);
    check->known = 0;
}

/* How many pieces leaf `index` has; all but the last have as many as they can. */
static uint32_t leaf_pieces(const struct zip_check *check, uint64_t index)
{
    uint64_t left = check->pieces - index * ZIP_LEAF_PIECES;

    return left < ZIP_LEAF_PIECES ? (uint32_t)left : ZIP_LEAF_PIECES;
}

static size_t leaf_memory(uint32_t pieces)
{
    return pieces * sizeof(uint32_t) + (pieces + 7) / 8;
}

size_t zip_check_memory(const struct zip_check *check)
{
    size_t bytes = (size_t)check->leaf_count * sizeof(*check->leaves);

    for (uint64_t i = 0; i < check->leaf_count; i++)
        if (check->leaves[i].crcs)
            bytes += leaf_memory(leaf_pieces(check, i));
    return bytes;
}

int zip_check_has(const struct zip_check *check, uint64_t index)
{
    uint64_t number = index / ZIP_LEAF_PIECES;
    uint32_t at = (uint32_t)(index % ZIP_LEAF_PIECES);
    const struct zip_leaf *leaf;
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
static struct zip_leaf *get_leaf(struct zip_check *check, uint64_t index)
{
    uint64_t most = (check->pieces - 1) / ZIP_LEAF_PIECES + 1, count = 2 * index + 1;
    struct zip_leaf *leaves;

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
static void fold(const struct zip_check *check, uint64_t index, struct zip_leaf *leaf)
{
    uint64_t first = index * ZIP_LEAF_PIECES;
    uint32_t last = zip_piece_len(check->size, first + leaf->known - 1);
    uLong whole = crc32_combine_gen64(ZIP_PIECE), crc = leaf->crcs[0];

    for (uint32_t i = 1; i + 1 < leaf->known; i++)
        crc = crc32_combine_op(crc, leaf->crcs[i], whole);
    if (leaf->known > 1)
        crc = crc32_combine_op(crc, leaf->crcs[leaf->known - 1],
                               last == ZIP_PIECE ? whole : crc32_combine_gen64(last));
    leaf->crc = (uint32_t)crc;
}

static int compare(const struct zip_check *check)
{
    const uint64_t leaf_size = (uint64_t)ZIP_LEAF_PIECES * ZIP_PIECE;
    uint64_t leaves = (check->pieces - 1) / ZIP_LEAF_PIECES + 1;
    uLong whole = crc32_combine_gen64((z_off64_t)leaf_size), crc = check->leaves[0].crc;

    for (uint64_t i = 1; i < leaves; i++) {
        uint64_t left = check->size - i * leaf_size;

        crc = crc32_combine_op(crc, check->leaves[i].crc,
                               left < leaf_size ? crc32_combine_gen64((z_off64_t)left) : whole);
    }
    return crc == check->crc32 ? 0 : -EIO;
}

int zip_check_note(struct zip_check *check, uint64_t index, uint32_t crc)
{
    uint64_t number = index / ZIP_LEAF_PIECES;
    uint32_t at = (uint32_t)(index % ZIP_LEAF_PIECES);
    uint32_t count = leaf_pieces(check, number);
    struct zip_leaf *leaf;

    if (zip_check_has(check, index))
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
