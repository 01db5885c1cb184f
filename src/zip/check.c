#include "zip/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

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
    free(check->crcs);
    free(check->is_known);
    check->crcs = NULL;
    check->is_known = NULL;
}

void zip_check_reset(struct zip_check *check)
{
    zip_check_free(check);
    check->known = 0;
}

int zip_check_has(const struct zip_check *check, uint64_t index)
{
    return check->is_known && check->is_known[index];
}

/* crc(A || B) from crc(A), crc(B) and the length of B; most B are whole pieces. */
static int compare(const struct zip_check *check)
{
    z_off64_t last = (z_off64_t)zip_piece_len(check->size, check->pieces - 1);
    uLong whole = crc32_combine_gen64(ZIP_PIECE), crc = check->crcs[0];

    for (uint64_t i = 1; i + 1 < check->pieces; i++)
        crc = crc32_combine_op(crc, check->crcs[i], whole);
    if (check->pieces > 1)
        crc = crc32_combine_op(crc, check->crcs[check->pieces - 1], crc32_combine_gen64(last));
    return crc == check->crc32 ? 0 : -EIO;
}

int zip_check_note(struct zip_check *check, uint64_t index, uint32_t crc)
{
    if (!check->crcs) {
        check->crcs = calloc(check->pieces, sizeof(*check->crcs));
        check->is_known = calloc(check->pieces, sizeof(*check->is_known));
        if (!check->crcs || !check->is_known) {
            zip_check_reset(check);
            return -ENOMEM;
        }
    }
    if (check->is_known[index])
        return 0;
    check->is_known[index] = 1;
    check->crcs[index] = crc;
    check->known++;
    return check->known == check->pieces ? compare(check) : 0;
}
