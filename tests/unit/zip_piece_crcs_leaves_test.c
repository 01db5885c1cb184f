/* Checks over many pieces, and of sizes that are merely claimed. */
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "test.h"
#include "zip/piece_crcs.h"

#define PIECES (2u * ZIP_LEAF_PIECES + 4)
#define SIZE   ((uint64_t)(PIECES - 1) * ZIP_PIECE + 777)

static uint32_t crcs[PIECES];

static uint32_t crc_of_all(void)
{
    uint32_t crc = 0;

    for (uint32_t i = 0; i < PIECES; i++) {
        crcs[i] = i * 2654435u + 1;
        crc = (uint32_t)crc32_combine64(crc, crcs[i], zip_piece_len(SIZE, i));
    }
    return crc;
}

TEST(zip_check_over_several_leaves)
{
    static const uint32_t steps[] = {1, PIECES - 1, 3001};
    uint32_t crc = crc_of_all();

    for (int s = 0; s < 3; s++)
        for (uint32_t wrong = 0; wrong < 2; wrong++) {
            struct zip_check check;

            zip_check_init(&check, SIZE, crc ^ wrong);
            for (uint32_t i = 0; i < PIECES; i++) {
                uint32_t at = (uint32_t)((uint64_t)i * steps[s] % PIECES);
                int is_last = i + 1 == PIECES;

                CHECK(!zip_check_has(&check, at));
                CHECK_EQ(zip_check_note(&check, at, crcs[at]), is_last && wrong ? -EIO : 0);
                CHECK(zip_check_has(&check, at));
                if (is_last && wrong)
                    continue;
                CHECK_EQ(zip_check_note(&check, at, crcs[at]), 0);
                CHECK_EQ(zip_check_note(&check, at, ~crcs[at]), -EIO);
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
