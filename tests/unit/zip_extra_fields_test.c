#include <stdlib.h>
#include <zlib.h>

#include "support/zip_builder.h"
#include "test.h"
#include "zip/directory.h"

#define SECOND INT64_C(10000000)

TEST(zip64_field_holds_sentinels_only)
{
    /* Only the size is a sentinel, so the field's first number is the size. */
    static const uint8_t data[2000];
    static const uint8_t size_only[] = {1, 0, 8, 0, 9, 0, 0, 0, 0, 0, 0, 0};
    struct zip_member member = {.name = "f",
                                .data = "abc",
                                .data_len = 3,
                                .method = 12,
                                .set = ZIP_SET_SIZE,
                                .size = UINT32_MAX,
                                .central_extra = size_only,
                                .central_extra_len = 12};
    struct zip_entry entry = zip_entry_of(&member);

    CHECK_EQ(entry.size, 9);
    CHECK_EQ(entry.compressed_size, 3);
    CHECK_EQ(entry.header_offset, 0);
    CHECK_EQ(entry.problem, ZIP_OK);
    member.zip64 = 1;
    member.data = data;
    member.data_len = sizeof(data);
    member.size = UINT64_C(1) << 32;
    entry = zip_entry_of(&member);
    CHECK_EQ(entry.size, UINT64_C(1) << 32);
    CHECK_EQ(entry.compressed_size, sizeof(data));
    CHECK_EQ(entry.problem, ZIP_OK);
}

TEST(zip64_field_that_is_too_short)
{
    static const uint8_t half[] = {1, 0, 4, 0, 9, 0, 0, 0};
    struct zip_member member = {.name = "f",
                                .data = "abc",
                                .data_len = 3,
                                .method = 12,
                                .set = ZIP_SET_SIZE,
                                .size = UINT32_MAX,
                                .central_extra = half,
                                .central_extra_len = 8};

    CHECK_EQ(zip_entry_of(&member).problem, ZIP_BAD_SIZE);
}

static int64_t time_with_extra(const void *extra, size_t n, uint16_t date, uint16_t time)
{
    struct zip_member member = {.name = "f",
                                .dos_date = date,
                                .dos_time = time,
                                .central_extra = extra,
                                .central_extra_len = (uint16_t)n};

    return zip_entry_of(&member).time;
}

TEST(dos_times)
{
    static const struct {
        unsigned date, time;
        int64_t seconds;
    } cases[] = {
        {0x0021, 0, 315532800},                        /* 1980-01-01 */
        {20 << 9 | 2 << 5 | 29, 0, 951782400},         /* 2000-02-29 */
        {20 << 9 | 3 << 5 | 1, 0, 951868800},          /* 2000-03-01 */
        {45 << 9 | 12 << 5 | 31, 0xbf7d, 1767225598},  /* 2025-12-31 23:59:58 */
        {120 << 9 | 2 << 5 | 28, 0, 4107456000},       /* 2100-02-28 */
        {120 << 9 | 3 << 5 | 1, 0, 4107542400},        /* 2100-03-01: no leap year */
        {127 << 9 | 12 << 5 | 31, 0xbf7d, 4354819198}, /* 2107-12-31 23:59:58 */
        {0, 0, 315532800},                             /* no date at all */
        {0xffff, 0xffff, 4354819199},                  /* clamped in every part */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_EQ(time_with_extra("", 0, (uint16_t)cases[i].date, (uint16_t)cases[i].time),
                 cases[i].seconds * SECOND);
    for (unsigned value = 0; value < 65536; value += 7) {
        CHECK(time_with_extra("", 0, (uint16_t)value, 0) >= 315532800 * SECOND);
        CHECK(time_with_extra("", 0, 0x0021, (uint16_t)value) < (315532800 + 86400) * SECOND);
        value += 300;
    }
}

/* An NTFS field whose mtime is `ticks`. */
static size_t put_ntfs(struct zip_bytes *extra, uint64_t ticks)
{
    zip_bytes_le(extra, 0x000a, 2);
    zip_bytes_le(extra, 32, 2);
    zip_bytes_le(extra, 0, 4);
    zip_bytes_le(extra, 1, 2);
    zip_bytes_le(extra, 24, 2);
    zip_bytes_le(extra, ticks, 8);
    zip_bytes_le(extra, 7, 8);
    zip_bytes_le(extra, 8, 8);
    return extra->n;
}

static size_t put_ut(struct zip_bytes *extra, unsigned flags, uint32_t seconds)
{
    zip_bytes_le(extra, 0x5455, 2);
    zip_bytes_le(extra, 5, 2);
    zip_bytes_le(extra, flags, 1);
    zip_bytes_le(extra, seconds, 4);
    return extra->n;
}

TEST(ntfs_time_wins_over_ut_wins_over_dos)
{
    struct zip_bytes both = {0}, ut = {0}, negative = {0}, absent = {0};
    int64_t ticks = INT64_C(1767607200) * SECOND + 1234567;

    put_ut(&both, 1, 1000000000);
    put_ntfs(&both, (uint64_t)ticks + UINT64_C(116444736000000000));
    CHECK_EQ(time_with_extra(both.bytes, both.n, 0x0021, 0), ticks);
    put_ut(&ut, 3, 1000000000);
    CHECK_EQ(time_with_extra(ut.bytes, ut.n, 0x0021, 0), 1000000000 * SECOND);
    put_ut(&negative, 1, (uint32_t)-86400);
    CHECK_EQ(time_with_extra(negative.bytes, negative.n, 0x0021, 0), -86400 * SECOND);
    put_ut(&absent, 2, 1000000000); /* says that there is no mtime */
    CHECK_EQ(time_with_extra(absent.bytes, absent.n, 0x0021, 0), 315532800 * SECOND);
    free(both.bytes);
    free(ut.bytes);
    free(negative.bytes);
    free(absent.bytes);
}

TEST(ntfs_times_that_mean_nothing)
{
    static const uint64_t ticks[] = {0, UINT64_MAX, UINT64_C(1) << 63};

    for (size_t i = 0; i < 3; i++) {
        struct zip_bytes extra = {0};

        put_ntfs(&extra, ticks[i]);
        CHECK_EQ(time_with_extra(extra.bytes, extra.n, 0x0021, 0), 315532800 * SECOND);
        free(extra.bytes);
    }
}

TEST(extra_fields_cut_anywhere)
{
    struct zip_bytes extra = {0};

    put_ntfs(&extra, UINT64_C(133000000000000000));
    put_ut(&extra, 1, 1000000000);
    for (size_t n = 0; n < extra.n; n++) {
        int64_t time = time_with_extra(extra.bytes, n, 0x0021, 0);

        CHECK_EQ(time, n < 36 ? 315532800 * SECOND : INT64_C(16555264000000000));
    }
    /* Lengths inside of the NTFS field that do not fit it. */
    for (unsigned length = 0; length < 70000; length += 13) {
        extra.bytes[10] = (uint8_t)length;
        extra.bytes[11] = (uint8_t)(length >> 8);
        time_with_extra(extra.bytes, extra.n, 0x0021, 0);
    }
    free(extra.bytes);
}

TEST(unicode_path_of_a_record)
{
    struct zip_bytes extra = {0};
    struct zip_member member = {.name = "\x81.txt"};
    struct zip_builder builder = {0};
    struct zip_directory dir;

    zip_bytes_le(&extra, 0x7075, 2);
    zip_bytes_le(&extra, 5 + 7, 2);
    zip_bytes_le(&extra, 1, 1);
    zip_bytes_le(&extra, crc32(0, (const Bytef *)member.name, 5), 4);
    zip_bytes_add(&extra, "\u20ac.txt", 7);
    member.central_extra = extra.bytes;
    member.central_extra_len = (uint16_t)extra.n;
    zip_builder_add(&builder, &member);
    CHECK_EQ(zip_builder_open(&builder, &dir), 0);
    CHECK_EQ(dir.entries[0].name_len, 7);
    CHECK_EQ(dir.entries[0].local_name_len, 5);
    CHECK(memcmp(zip_entry_name(&dir, &dir.entries[0]), "\u20ac.txt", 7) == 0);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
    free(extra.bytes);
}
