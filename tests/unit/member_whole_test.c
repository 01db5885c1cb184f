/* Small members that are read as a whole, without being opened. */
#include <stdlib.h>
#include <string.h>

#include "member/member.h"
#include "support/made_archive.h"
#include "test.h"

#define MEMBER     1
#define CACHE_SIZE (8u << 20)

static uint8_t content[ZIP_PIECE + 1], out[ZIP_PIECE];
static struct made_archive made;

static int read_whole(void)
{
    memset(out, 0xee, sizeof(out));
    return zip_member_read_whole(&made.archive, MEMBER, out);
}

static void make(enum made_method method, size_t size)
{
    made_content(content, size);
    made_init(&made, method, content, size, CACHE_SIZE);
}

TEST(whole_is_the_content)
{
    static const size_t sizes[] = {0, 1, 30, 6000, 65536, ZIP_PIECE - 1, ZIP_PIECE};
    static const enum made_method methods[] = {MADE_STORED, MADE_DEFLATED};

    for (size_t m = 0; m < 2; m++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
            make(methods[m], sizes[s]);
            CHECK_EQ(read_whole(), 1);
            CHECK(memcmp(out, content, sizes[s]) == 0);
            CHECK(sizes[s] == ZIP_PIECE || out[sizes[s]] == 0xee);
            CHECK_EQ(stats_get(&made.stats, STAT_CACHE_BYTES), 0);
            CHECK_EQ(made_free(&made), 0);
        }
}

/* Its data begins in one block of the source and ends in another. */
TEST(whole_in_several_blocks)
{
    for (size_t block = 97; block < 20000; block = block * 3 / 2) {
        make(MADE_DEFLATED, 30000);
        made.source.block = block;
        CHECK_EQ(read_whole(), 1);
        CHECK(memcmp(out, content, 30000) == 0);
        CHECK_EQ(made_free(&made), 0);
    }
}

TEST(whole_is_not_for_others)
{
    make(MADE_DEFLATED, ZIP_PIECE + 1);
    CHECK_EQ(read_whole(), 0);
    CHECK_EQ(made_free(&made), 0);
    make(MADE_BZIP2, 6000);
    CHECK_EQ(read_whole(), 0);
    CHECK_EQ(made_free(&made), 0);
    make(MADE_DEFLATED, 6000);
    made.dir.entries[MEMBER].flags |= ZIP_ENTRY_ENCRYPTED;
    CHECK_EQ(read_whole(), 0);
    CHECK_EQ(made_free(&made), 0);
}

/* Nothing is fetched, and nothing waited for. */
TEST(whole_is_here)
{
    make(MADE_DEFLATED, 30000);
    fake_source_pend(&made.source, 4096);
    CHECK_EQ(read_whole(), 0);
    CHECK_EQ(made.source.pended, 0);
    CHECK_EQ(made_free(&made), 0);
    for (unsigned view = 1; view < 4; view++) {
        make(MADE_DEFLATED, 30000);
        made.source.block = 4096;
        made.source.fail_at = view;
        made.source.fail_with = -5;
        CHECK_EQ(read_whole(), 0);
        CHECK_EQ(made.source.views, view);
        CHECK_EQ(made_free(&made), 0);
    }
}

TEST(whole_is_right)
{
    static const enum made_method methods[] = {MADE_STORED, MADE_DEFLATED};

    for (size_t m = 0; m < 2; m++) {
        make(methods[m], 6000);
        made.dir.entries[MEMBER].crc32 ^= 1;
        CHECK_EQ(read_whole(), 0);
        made.dir.entries[MEMBER].crc32 ^= 1;
        made.dir.entries[MEMBER].size--; /* the data is longer, of a stored one the member */
        CHECK_EQ(read_whole(), 0);
        made.dir.entries[MEMBER].size += 2;
        CHECK_EQ(read_whole(), 0);
        made.dir.entries[MEMBER].size--;
        made.dir.entries[MEMBER].compressed_size--;
        CHECK_EQ(read_whole(), 0);
        made.dir.entries[MEMBER].compressed_size++;
        made.dir.entries[MEMBER].header_offset++;
        CHECK_EQ(read_whole(), 0);
        made.dir.entries[MEMBER].header_offset = made.n - 1;
        CHECK_EQ(read_whole(), 0);
        CHECK_EQ(made_free(&made), 0);
    }
}

/* Whichever byte of the archive is changed, zip_member_read_whole gives the content or nothing. */
TEST(whole_of_damaged_bytes)
{
    make(MADE_DEFLATED, 2000);
    for (size_t at = 0; at < made.n; at++) {
        made.bytes[at] ^= 0x10;
        if (read_whole())
            CHECK(memcmp(out, content, 2000) == 0);
        made.bytes[at] ^= 0x10;
    }
    CHECK_EQ(read_whole(), 1);
    CHECK_EQ(made_free(&made), 0);
}
