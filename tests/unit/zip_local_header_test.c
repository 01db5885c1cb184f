#include <errno.h>

#include "support/zip_builder.h"
#include "test.h"
#include "zip/local_header.h"

TEST(data_offset_that_the_directory_proves)
{
    struct zip_builder builder = {0};
    struct zip_member with_extra = {.name = "extra",
                                    .data = "12345",
                                    .data_len = 5,
                                    .local_extra = "\0\0\0",
                                    .local_extra_len = 4};
    struct zip_member streamed = {.name = "s", .data = "12345", .data_len = 5, .descriptor = 16};
    struct zip_member bare = {.name = "b", .data = "12345", .data_len = 5, .descriptor = 12};
    struct zip_directory dir;

    zip_bytes_fill(&builder.out, '#', 10);
    zip_builder_start(&builder);
    zip_builder_file(&builder, "one", "111", 3);
    zip_builder_add(&builder, &with_extra);
    zip_builder_add(&builder, &streamed);
    zip_builder_add(&builder, &bare);
    zip_builder_file(&builder, "last", "222", 3);
    CHECK_EQ(zip_builder_open(&builder, &dir), 0);
    CHECK_EQ(zip_entry_data_offset(&dir, 0), 10 + 33);
    CHECK_EQ(zip_entry_data_offset(&dir, 1), 0);
    CHECK_EQ(zip_entry_data_offset(&dir, 2), 0);
    CHECK_EQ(zip_entry_data_offset(&dir, 3), dir.entries[3].header_offset + 31);
    CHECK_EQ(zip_entry_data_offset(&dir, 4), dir.entries[4].header_offset + 34);
    CHECK_EQ(zip_entry_data_offset(&dir, 5), 0);
    CHECK_EQ(zip_entry_limit(&dir, 0), dir.entries[1].header_offset);
    CHECK_EQ(zip_entry_limit(&dir, 4), dir.end.directory_offset);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
}

TEST(nothing_is_proved_when_offsets_do_not_ascend)
{
    struct zip_builder builder = {0};
    struct zip_member again = {.name = "one", .set = ZIP_SET_OFFSET, .offset = 0};
    struct zip_directory dir;

    zip_builder_file(&builder, "one", "111", 3);
    zip_builder_add(&builder, &again);
    CHECK_EQ(zip_builder_open(&builder, &dir), 0);
    CHECK_EQ(dir.ascending, 0);
    CHECK_EQ(zip_entry_data_offset(&dir, 0), 0);
    CHECK_EQ(zip_entry_limit(&dir, 0), dir.end.directory_offset);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
}

TEST(local_header)
{
    struct zip_builder builder = {0};
    struct zip_member member = {.name = "f",
                                .data = "12345",
                                .data_len = 5,
                                .local_extra = "abcdefg",
                                .local_extra_len = 7};
    struct zip_directory dir;
    const struct zip_entry *entry;
    uint64_t at, limit;
    const uint8_t *bytes;

    zip_bytes_fill(&builder.out, '#', 10);
    zip_builder_start(&builder);
    zip_builder_add(&builder, &member);
    CHECK_EQ(zip_builder_open(&builder, &dir), 0);
    entry = &dir.entries[0];
    bytes = builder.out.bytes + 10;
    limit = zip_entry_limit(&dir, 0);
    CHECK_EQ(zip_local_header_parse(bytes, 30, entry, limit, &at), 0);
    CHECK_EQ(at, 10 + 30 + 1 + 7);
    CHECK_EQ(at + 5, limit);
    CHECK_EQ(zip_local_header_parse(bytes, 29, entry, limit, &at), -EIO);
    CHECK_EQ(zip_local_header_parse(bytes, 30, entry, limit - 1, &at), -EIO);
    CHECK_EQ(zip_local_header_parse(bytes, 30, entry, 11, &at), -EIO);
    CHECK_EQ(zip_local_header_parse(bytes, 30, entry, 0, &at), -EIO);
    CHECK_EQ(zip_local_header_parse(bytes + 1, 30, entry, limit, &at), -EIO);
    builder.out.bytes[10 + 8] = 8;
    CHECK_EQ(zip_local_header_parse(bytes, 30, entry, limit, &at), -EIO);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
}

TEST(members_that_overlap_prove_nothing)
{
    struct zip_builder builder = {0};
    struct zip_member near = {.name = "near", .set = ZIP_SET_OFFSET, .offset = 20};
    struct zip_member data = {.name = "long", .set = ZIP_SET_OFFSET, .offset = 10};
    struct zip_directory dir;

    data.data = "1234567890123456789012345678901234567890";
    data.data_len = 40;
    zip_builder_file(&builder, "one", "", 0);
    zip_builder_add(&builder, &data);
    zip_builder_add(&builder, &near);
    CHECK_EQ(zip_builder_open(&builder, &dir), 0);
    CHECK_EQ(dir.ascending, 1);
    CHECK_EQ(zip_entry_data_offset(&dir, 0), 0);
    CHECK_EQ(zip_entry_data_offset(&dir, 1), 0);
    CHECK_EQ(zip_entry_data_offset(&dir, 2), 0);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
}

TEST(data_that_reaches_into_the_next_member_proves_nothing)
{
    struct zip_builder builder = {0};
    struct zip_member member = {.name = "f",
                                .data = "12345",
                                .data_len = 5,
                                .set = ZIP_SET_COMPRESSED | ZIP_SET_SIZE,
                                .compressed_size = 6,
                                .size = 6};
    struct zip_directory dir;

    zip_builder_add(&builder, &member);
    zip_builder_file(&builder, "next", "", 0);
    CHECK_EQ(zip_builder_open(&builder, &dir), 0);
    CHECK_EQ(zip_entry_data_offset(&dir, 0), 0);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
}
