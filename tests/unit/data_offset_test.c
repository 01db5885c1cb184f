/* What the first read of a member asks of the source, and what readahead takes it for. */
#include <stdlib.h>

#include "member/piece.h"
#include "support/made_archive.h"
#include "support/watched_archive.h"
#include "test.h"

#define zip_member builder_member
#include "support/zip_builder.h"
#undef zip_member

#define KIB    1024u
#define SIZE   (1500u * KIB)
#define MINUTE 60000

static uint8_t content[SIZE];

/* A stored member behind `before` bytes of another, with a local extra field or without. */
static void make(struct watched_archive *watched, size_t before, size_t size, int has_extra)
{
    static const uint8_t extra[9] = {'U', 'T', 5, 0, 1};
    struct zip_builder builder = {0};
    struct builder_member member = {.name = "member",
                                    .data = content,
                                    .data_len = size,
                                    .local_extra = extra,
                                    .local_extra_len = has_extra ? sizeof(extra) : 0};

    made_content(content, SIZE);
    zip_builder_file(&builder, "before", content, before);
    zip_builder_add(&builder, &member);
    zip_builder_file(&builder, "behind", content, 300 * KIB);
    zip_builder_end(&builder, NULL);
    watched_open(watched, builder.out.bytes, builder.out.n, 64u << 20);
    builder.out.bytes = NULL;
    zip_builder_free(&builder);
}

/* 4 KiB at `at`, by a fresh opener of a fresh source. */
static int read_somewhere(struct watched_archive *watched, uint64_t at)
{
    struct zip_member *member = watched_member(watched, 1);
    int rc;

    watched_reset(&watched->source);
    rc = watched_read(watched, member, at, 4 * KIB, content, MINUTE);
    zip_member_unref(member);
    return rc;
}

static const size_t befores[] = {0, 30000, 65000, 65536 - 72, 65536 - 40, 100000};
static const size_t sizes[] = {100 * KIB, 200 * KIB, 300 * KIB, SIZE};

TEST(view_of_a_stored_member_is_one_range)
{
    for (size_t b = 0; b < sizeof(befores) / sizeof(befores[0]); b++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
            static struct watched_archive watched;

            make(&watched, befores[b], sizes[s], 0);
            for (uint64_t at = 0; at + 4 * KIB <= sizes[s]; at += 12 * KIB) {
                if (at / ZIP_PIECE != (at + 4 * KIB - 1) / ZIP_PIECE)
                    continue;
                CHECK_EQ(read_somewhere(&watched, at), 0);
                CHECK_EQ(watched.source.ranges, 1);
                CHECK(watched.source.largest <= 256 * KIB);
                CHECK_EQ(watched.source.ahead, 0);
            }
            CHECK_EQ(watched_close(&watched), 0);
        }
}

/* The directory does not say where the data begins: far from the header, a range for each. */
TEST(view_of_a_stored_member_with_an_extra_field)
{
    for (size_t b = 0; b < sizeof(befores) / sizeof(befores[0]); b++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
            static struct watched_archive watched;

            make(&watched, befores[b], sizes[s], 1);
            for (uint64_t at = 0; at + 4 * KIB <= sizes[s]; at += 12 * KIB) {
                if (at / ZIP_PIECE != (at + 4 * KIB - 1) / ZIP_PIECE)
                    continue;
                CHECK_EQ(read_somewhere(&watched, at), 0);
                CHECK(watched.source.ranges <= (at < 256 * KIB ? 1 : 2));
                CHECK(watched.source.largest <=
                      (at < 128 * KIB || at >= 256 * KIB ? 256 : 384) * KIB);
                CHECK_EQ(watched.source.ahead, 0);
            }
            CHECK_EQ(watched_close(&watched), 0);
        }
}

/* The header says otherwise than what the directory had proved: it is not read in two ways. */
TEST(view_of_a_header_that_contradicts_the_directory)
{
    static struct watched_archive watched;
    struct zip_member *member;

    make(&watched, 100, SIZE, 0);
    watched.bytes[watched.dir.entries[1].header_offset + 26] -= 1; /* the name's length */
    member = watched_member(&watched, 1);
    CHECK_EQ(watched_read(&watched, member, SIZE - 4096, 4096, content, MINUTE), 0);
    CHECK_EQ(watched_read(&watched, member, 0, 4096, NULL, MINUTE), -EIO);
    CHECK(zip_member_is_damaged(member));
    CHECK_EQ(stats_get(&watched.stats, STAT_CHECK_FAILURES), 1);
    zip_member_unref(member);
    CHECK_EQ(watched_close(&watched), 0);
}
