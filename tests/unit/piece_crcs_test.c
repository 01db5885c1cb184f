#include "member/piece_crcs.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "member/inflate.h"
#include "member/piece.h"
#include "test.h"

#define SIZE (5u * ZIP_PIECE + 777)

static uint8_t content[SIZE];

static uint32_t piece_crc(uint64_t size, uint64_t index)
{
    return zip_crc32(0, content + index * ZIP_PIECE, zip_piece_len(size, index));
}

static void fill(void)
{
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (uint8_t)(i * 31 + i / 1000);
}

TEST(zip_pieces)
{
    CHECK_EQ(zip_piece_count(0), 0);
    CHECK_EQ(zip_piece_count(1), 1);
    CHECK_EQ(zip_piece_count(ZIP_PIECE), 1);
    CHECK_EQ(zip_piece_count(ZIP_PIECE + 1), 2);
    CHECK_EQ(zip_piece_len(1, 0), 1);
    CHECK_EQ(zip_piece_len(ZIP_PIECE + 1, 0), ZIP_PIECE);
    CHECK_EQ(zip_piece_len(ZIP_PIECE + 1, 1), 1);
    CHECK_EQ(zip_piece_len(2 * ZIP_PIECE, 1), ZIP_PIECE);
    CHECK_EQ(zip_piece_count(UINT64_MAX), UINT64_MAX / ZIP_PIECE + 1);
    CHECK_EQ(zip_piece_len(UINT64_C(5) << 30, (UINT64_C(5) << 30) / ZIP_PIECE - 1), ZIP_PIECE);
}

TEST(zip_crc_of_the_format)
{
    CHECK_EQ(zip_crc32(0, (const uint8_t *)"123456789", 9), 0xcbf43926);
    CHECK_EQ(zip_crc32(zip_crc32(0, (const uint8_t *)"1234", 4), (const uint8_t *)"56789", 5),
             0xcbf43926);
    CHECK_EQ(zip_crc32(0, NULL, 0), 0);
}

/* In any order, each size: right, and wrong with the last piece and no sooner. */
TEST(piece_crcs_in_any_order)
{
    static const uint32_t sizes[] = {1, ZIP_PIECE, ZIP_PIECE + 1, 3 * ZIP_PIECE, SIZE};
    static const uint64_t steps[] = {1, 5, 7};

    fill();
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
        for (size_t o = 0; o < 3; o++)
            for (uint32_t wrong = 0; wrong < 2; wrong++) {
                uint32_t size = sizes[s], crc = zip_crc32(0, content, size);
                uint64_t count = zip_piece_count(size);
                struct piece_crcs crcs;

                piece_crcs_init(&crcs, size, crc ^ wrong);
                for (uint64_t i = 0; i < count; i++) {
                    uint64_t index = (i * steps[o] + 1) % count;
                    int is_last = i + 1 == count;

                    CHECK(!piece_crcs_has(&crcs, index));
                    CHECK_EQ(piece_crcs_note(&crcs, index, piece_crc(size, index)),
                             is_last && wrong ? -EIO : 0);
                    CHECK(piece_crcs_has(&crcs, index));
                    if (is_last)
                        continue;
                    CHECK_EQ(piece_crcs_note(&crcs, index, piece_crc(size, index)), 0);
                    CHECK_EQ(piece_crcs_note(&crcs, index, ~piece_crc(size, index)), -EIO);
                }
                piece_crcs_free(&crcs);
            }
}

TEST(piece_crcs_anew)
{
    struct piece_crcs crcs;

    fill();
    piece_crcs_init(&crcs, 2 * ZIP_PIECE, zip_crc32(0, content, 2 * ZIP_PIECE));
    CHECK_EQ(piece_crcs_note(&crcs, 0, 99), 0);
    CHECK_EQ(piece_crcs_note(&crcs, 1, piece_crc(SIZE, 1)), -EIO);
    piece_crcs_reset(&crcs);
    CHECK(!piece_crcs_has(&crcs, 0) && !piece_crcs_has(&crcs, 1));
    CHECK_EQ(piece_crcs_note(&crcs, 1, piece_crc(SIZE, 1)), 0);
    CHECK_EQ(piece_crcs_note(&crcs, 0, piece_crc(SIZE, 0)), 0);
    piece_crcs_free(&crcs);
    piece_crcs_free(&crcs);
}

/* ---- over many pieces, and of sizes that are merely claimed ---- */

#define PIECES (2u * CRC_LEAF_PIECES + 4)
#define LARGE  ((uint64_t)(PIECES - 1) * ZIP_PIECE + 777)

static uint32_t known[PIECES];

static uint32_t crc_of_all(void)
{
    uint32_t crc = 0;

    for (uint32_t i = 0; i < PIECES; i++) {
        known[i] = i * 2654435u + 1;
        crc = (uint32_t)crc32_combine64(crc, known[i], zip_piece_len(LARGE, i));
    }
    return crc;
}

TEST(piece_crcs_over_several_leaves)
{
    static const uint32_t steps[] = {1, PIECES - 1, 3001};
    uint32_t crc = crc_of_all();

    for (int s = 0; s < 3; s++)
        for (uint32_t wrong = 0; wrong < 2; wrong++) {
            struct piece_crcs crcs;

            piece_crcs_init(&crcs, LARGE, crc ^ wrong);
            for (uint32_t i = 0; i < PIECES; i++) {
                uint32_t at = (uint32_t)((uint64_t)i * steps[s] % PIECES);
                int is_last = i + 1 == PIECES;

                CHECK(!piece_crcs_has(&crcs, at));
                CHECK_EQ(piece_crcs_note(&crcs, at, known[at]), is_last && wrong ? -EIO : 0);
                CHECK(piece_crcs_has(&crcs, at));
                if (is_last && wrong)
                    continue;
                CHECK_EQ(piece_crcs_note(&crcs, at, known[at]), 0);
                CHECK_EQ(piece_crcs_note(&crcs, at, ~known[at]), -EIO);
            }
            piece_crcs_free(&crcs);
        }
}

/* What is claimed costs nothing; what is noted, little. */
TEST(piece_crcs_of_a_claimed_size)
{
    struct piece_crcs crcs;
    const uint64_t claimed = UINT64_C(1) << 47;

    piece_crcs_init(&crcs, claimed, 0);
    CHECK(!piece_crcs_has(&crcs, 0) && !piece_crcs_has(&crcs, claimed / ZIP_PIECE - 1));
    for (uint64_t i = 0; i < 100; i++)
        CHECK_EQ(piece_crcs_note(&crcs, i, 1), 0);
    CHECK_EQ(crcs.leaf_count, 1);
    CHECK_EQ(piece_crcs_note(&crcs, 10 * CRC_LEAF_PIECES, 1), 0);
    CHECK(crcs.leaf_count < 50);
    piece_crcs_free(&crcs);
}
