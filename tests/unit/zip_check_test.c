#include "zip/check.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "test.h"
#include "zip/inflate.h"

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
TEST(zip_check_in_any_order)
{
    static const uint32_t sizes[] = {1, ZIP_PIECE, ZIP_PIECE + 1, 3 * ZIP_PIECE, SIZE};
    static const uint64_t steps[] = {1, 5, 7};

    fill();
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
        for (size_t o = 0; o < 3; o++)
            for (uint32_t wrong = 0; wrong < 2; wrong++) {
                uint32_t size = sizes[s], crc = zip_crc32(0, content, size);
                uint64_t count = zip_piece_count(size);
                struct zip_check check;

                zip_check_init(&check, size, crc ^ wrong);
                for (uint64_t i = 0; i < count; i++) {
                    uint64_t index = (i * steps[o] + 1) % count;
                    int is_last = i + 1 == count;

                    CHECK(!zip_check_has(&check, index));
                    CHECK_EQ(zip_check_note(&check, index, piece_crc(size, index)),
                             is_last && wrong ? -EIO : 0);
                    CHECK(zip_check_has(&check, index));
                    if (is_last)
                        continue;
                    CHECK_EQ(zip_check_note(&check, index, piece_crc(size, index)), 0);
                    CHECK_EQ(zip_check_note(&check, index, ~piece_crc(size, index)), -EIO);
                }
                zip_check_free(&check);
            }
}

TEST(zip_check_anew)
{
    struct zip_check check;

    fill();
    zip_check_init(&check, 2 * ZIP_PIECE, zip_crc32(0, content, 2 * ZIP_PIECE));
    CHECK_EQ(zip_check_note(&check, 0, 99), 0);
    CHECK_EQ(zip_check_note(&check, 1, piece_crc(SIZE, 1)), -EIO);
    zip_check_reset(&check);
    CHECK(!zip_check_has(&check, 0) && !zip_check_has(&check, 1));
    CHECK_EQ(zip_check_note(&check, 1, piece_crc(SIZE, 1)), 0);
    CHECK_EQ(zip_check_note(&check, 0, piece_crc(SIZE, 0)), 0);
    zip_check_free(&check);
    zip_check_free(&check);
}

/* A check of so many pieces that it has several leaves. */
#define MANY_PIECES (2u * ZIP_LEAF_PIECES + 4)
#define MANY_SIZE   ((uint64_t)(MANY_PIECES - 1) * ZIP_PIECE + 777)

static uint32_t many_crcs[MANY_PIECES];

static uint32_t crc_of_all(void)
{
    uint32_t crc = 0;

    for (uint32_t i = 0; i < MANY_PIECES; i++) {
        many_crcs[i] = i * 2654435u + 1;
        crc = (uint32_t)crc32_combine64(crc, many_crcs[i], zip_piece_len(MANY_SIZE, i));
    }
    return crc;
}

TEST(zip_check_over_several_leaves)
{
    static const uint32_t steps[] = {1, MANY_PIECES - 1, 3001};
    uint32_t crc = crc_of_all();

    for (int s = 0; s < 3; s++)
        for (uint32_t wrong = 0; wrong < 2; wrong++) {
            struct zip_check check;

            zip_check_init(&check, MANY_SIZE, crc ^ wrong);
            for (uint32_t i = 0; i < MANY_PIECES; i++) {
                uint32_t at = (uint32_t)((uint64_t)i * steps[s] % MANY_PIECES);
                int is_last = i + 1 == MANY_PIECES;

                CHECK(!zip_check_has(&check, at));
                CHECK_EQ(zip_check_note(&check, at, many_crcs[at]), is_last && wrong ? -EIO : 0);
                CHECK(zip_check_has(&check, at));
                if (is_last && wrong)
                    continue;
                CHECK_EQ(zip_check_note(&check, at, many_crcs[at]), 0);
                CHECK_EQ(zip_check_note(&check, at, ~many_crcs[at]), -EIO);
            }
            zip_check_free(&check);
        }
}

/* What is claimed costs nothing; what is noted, little. */
TEST(zip_check_of_a_claimed_size)
{
    struct zip_check check;
    const uint64_t claimed = UINT64_C(1) << 47;

    zip_check_init(&check, claimed, 0);
    CHECK(!zip_check_has(&check, 0) && !zip_check_has(&check, claimed / ZIP_PIECE - 1));
    for (uint64_t i = 0; i < 100; i++)
        CHECK_EQ(zip_check_note(&check, i, 1), 0);
    CHECK_EQ(check.leaf_count, 1);
    CHECK_EQ(zip_check_note(&check, 10 * ZIP_LEAF_PIECES, 1), 0);
    CHECK(check.leaf_count < 50);
    zip_check_free(&check);
}
