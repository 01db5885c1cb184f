#include <errno.h>
#include <stdlib.h>

#include "support/zip_builder.h"
#include "test.h"
#include "zip/directory.h"

#define SECOND INT64_C(10000000)

TEST(fields_of_an_entry)
{
    struct zip_builder builder = {0};
    struct zip_member member = {.name = "a/b.txt",
                                .data = "hello",
                                .data_len = 5,
                                .made_by = 3,
                                .attributes = 0100755u << 16,
                                .dos_date = (2026 - 1980) << 9 | 1 << 5 | 5,
                                .dos_time = 10 << 11 | 30 << 5 | 7};
    struct zip_directory dir;

    zip_builder_file(&builder, "first", "", 0);
    zip_builder_add(&builder, &member);
    CHECK_EQ(zip_builder_open(&builder, &dir), 0);
    CHECK_EQ(dir.count, 2);
    CHECK_EQ(dir.ascending, 1);
    CHECK_EQ(dir.entries[1].header_offset, 35);
    CHECK_EQ(dir.entries[1].compressed_size, 5);
    CHECK_EQ(dir.entries[1].size, 5);
    CHECK_EQ(dir.entries[1].crc32, 0x3610a686);
    CHECK_EQ(dir.entries[1].method, ZIP_METHOD_STORED);
    CHECK_EQ(dir.entries[1].name_len, 7);
    CHECK_EQ(dir.entries[1].local_name_len, 7);
    CHECK(memcmp(zip_entry_name(&dir, &dir.entries[1]), "a/b.txt", 7) == 0);
    CHECK_EQ(dir.entries[1].flags, ZIP_ENTRY_EXECUTABLE);
    CHECK_EQ(dir.entries[1].problem, ZIP_OK);
    /* 2026-01-05 10:30:14 */
    CHECK_EQ(dir.entries[1].time, INT64_C(1767609014) * SECOND);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
}

static void build_varied(struct zip_builder *builder)
{
    static const char extra[1000];
    char name[300];

    for (int i = 0; i < 40; i++) {
        struct zip_member member = {.name = name,
                                    .central_extra = extra,
                                    .central_extra_len = (uint16_t)(i * 25),
                                    .comment = i % 3 ? "a comment" : NULL,
                                    .zip64 = i % 4 == 0};

        memset(name, 'a' + i % 26, sizeof(name));
        name[1 + i * 6] = '\0';
        zip_builder_add(builder, &member);
    }
}

TEST(pieces_of_any_size_give_the_same)
{
    static const size_t pieces[] = {1, 2, 3, 5, 7, 45, 46, 47, 100, 333, 1000, 4096};
    struct zip_builder builder = {0};
    struct zip_directory whole, dir;

    build_varied(&builder);
    CHECK_EQ(zip_builder_open(&builder, &whole), 0);
    CHECK_EQ(whole.count, 40);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        CHECK_EQ(zip_open_bytes(builder.out.bytes, builder.out.n, pieces[i], &dir), 0);
        CHECK_EQ(dir.count, whole.count);
        CHECK_EQ(dir.names_len, whole.names_len);
        CHECK(memcmp(dir.entries, whole.entries, 40 * sizeof(*dir.entries)) == 0);
        CHECK(memcmp(dir.names, whole.names, dir.names_len) == 0);
        zip_directory_free(&dir);
    }
    zip_directory_free(&whole);
    zip_builder_free(&builder);
}

TEST(pieces_of_random_sizes_give_the_same)
{
    struct zip_builder builder = {0};
    unsigned state = 1;

    build_varied(&builder);
    zip_builder_end(&builder, NULL);
    for (int round = 0; round < 50; round++) {
        struct zip_directory dir;
        struct zip_end end;
        uint64_t need, at;

        CHECK_EQ(zip_end_find(builder.out.bytes, builder.out.n, builder.out.n, &end, &need), 0);
        zip_directory_init(&dir, &end, builder.out.n, ZIP_DOS_UTC);
        for (at = 0; at < end.directory_size;) {
            uint64_t n;

            state = (unsigned)((state * UINT64_C(1103515245) + 12345) & 0x7fffffff);
            n = (state >> 8) % 400;
            if (n > end.directory_size - at)
                n = end.directory_size - at;
            CHECK_EQ(zip_directory_feed(&dir, builder.out.bytes + end.directory_offset + at, n), 0);
            at += n;
        }
        CHECK_EQ(zip_directory_finish(&dir), 0);
        CHECK_EQ(dir.count, 40);
        zip_directory_free(&dir);
    }
    zip_builder_free(&builder);
}

TEST(largest_record_in_single_bytes)
{
    struct zip_bytes filler = {0};
    struct zip_builder builder = {0};
    struct zip_directory dir;
    struct zip_member member = {.name_len = 65535, .central_extra_len = 65535};

    zip_bytes_fill(&filler, 'n', 65536);
    filler.bytes[65535] = 0;
    member.name = member.comment = (const char *)filler.bytes;
    member.central_extra = filler.bytes;
    zip_builder_add(&builder, &member);
    zip_builder_end(&builder, NULL);
    CHECK_EQ(zip_open_bytes(builder.out.bytes, builder.out.n, 1, &dir), 0);
    CHECK_EQ(dir.count, 1);
    CHECK_EQ(dir.entries[0].problem, ZIP_NAME_TOO_LONG);
    CHECK_EQ(dir.entries[0].name_len, 4096);
    CHECK_EQ(dir.entries[0].local_name_len, 65535);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
    free(filler.bytes);
}

TEST(empty_archive_has_no_entries)
{
    struct zip_builder builder = {0};
    struct zip_directory dir;

    CHECK_EQ(zip_builder_open(&builder, &dir), 0);
    CHECK_EQ(dir.count, 0);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
}

TEST(archive_of_empty_names)
{
    struct zip_builder builder = {0};
    struct zip_directory dir;

    zip_builder_file(&builder, "", "1", 1);
    zip_builder_file(&builder, "", "2", 1);
    CHECK_EQ(zip_builder_open(&builder, &dir), 0);
    CHECK_EQ(dir.count, 2);
    CHECK_EQ(dir.entries[1].problem, ZIP_NAME_EMPTY);
    CHECK_EQ(dir.entries[1].name_len, 0);
    CHECK(zip_entry_name(&dir, &dir.entries[1]) != NULL);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
}

TEST(bad_signature)
{
    struct zip_builder builder = {0};
    struct zip_directory dir;

    zip_builder_file(&builder, "one", "1", 1);
    zip_builder_file(&builder, "two", "2", 1);
    zip_builder_end(&builder, NULL);
    builder.out.bytes[builder.out.n - 22 - 49] ^= 1;
    CHECK_EQ(zip_open_bytes(builder.out.bytes, builder.out.n, 0, &dir), -EIO);
    zip_directory_free(&dir);
    CHECK_EQ(zip_open_bytes(builder.out.bytes, builder.out.n, 1, &dir), -EIO);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
}

TEST(record_past_the_end_of_the_directory)
{
    static const int fields[] = {28, 30, 32}; /* lengths of name, extra field, comment */

    for (int i = 0; i < 3; i++) {
        struct zip_builder builder = {0};
        struct zip_directory dir;

        zip_builder_file(&builder, "one", "1", 1);
        zip_builder_end(&builder, NULL);
        builder.out.bytes[builder.out.n - 22 - 49 + (size_t)fields[i]] += 1;
        CHECK_EQ(zip_open_bytes(builder.out.bytes, builder.out.n, 0, &dir), -EIO);
        zip_directory_free(&dir);
        CHECK_EQ(zip_open_bytes(builder.out.bytes, builder.out.n, 1, &dir), -EIO);
        zip_directory_free(&dir);
        zip_builder_free(&builder);
    }
}

TEST(more_bytes_than_the_directory_has)
{
    struct zip_directory dir;
    struct zip_end end = {.directory_size = 3};

    zip_directory_init(&dir, &end, 100, ZIP_DOS_UTC);
    CHECK_EQ(zip_directory_feed(&dir, (const uint8_t *)"PK\1\2", 4), -EIO);
    zip_directory_free(&dir);
}

TEST(a_byte_more_than_the_directory_has)
{
    struct zip_builder builder = {0};
    struct zip_directory dir;
    const uint8_t *bytes;
    struct zip_end end;
    uint64_t need;

    build_varied(&builder);
    zip_builder_end(&builder, NULL);
    CHECK_EQ(zip_end_find(builder.out.bytes, builder.out.n, builder.out.n, &end, &need), 0);
    bytes = builder.out.bytes + end.directory_offset;
    zip_directory_init(&dir, &end, builder.out.n, ZIP_DOS_UTC);
    CHECK_EQ(zip_directory_feed(&dir, bytes, end.directory_size + 1), -EIO);
    zip_directory_free(&dir);
    zip_directory_init(&dir, &end, builder.out.n, ZIP_DOS_UTC);
    CHECK_EQ(zip_directory_feed(&dir, bytes, end.directory_size), 0);
    CHECK_EQ(zip_directory_feed(&dir, bytes + end.directory_size, 1), -EIO);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
}

TEST(finish_too_early)
{
    struct zip_builder builder = {0};
    struct zip_directory dir;
    struct zip_end end;
    uint64_t need;

    build_varied(&builder);
    zip_builder_end(&builder, NULL);
    CHECK_EQ(zip_end_find(builder.out.bytes, builder.out.n, builder.out.n, &end, &need), 0);
    zip_directory_init(&dir, &end, builder.out.n, ZIP_DOS_UTC);
    CHECK_EQ(zip_directory_feed(&dir, builder.out.bytes + end.directory_offset, 100), 0);
    CHECK_EQ(zip_directory_finish(&dir), -EIO);
    zip_directory_free(&dir);
    /* All records are whole, and the directory is said to go on. */
    end.directory_size += 6;
    zip_directory_init(&dir, &end, builder.out.n, ZIP_DOS_UTC);
    CHECK_EQ(
        zip_directory_feed(&dir, builder.out.bytes + end.directory_offset, end.directory_size - 6),
        0);
    CHECK_EQ(zip_directory_finish(&dir), -EIO);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
}

static int open_with_count(uint64_t real, uint64_t recorded, int zip64)
{
    struct zip_builder builder = {0};
    struct zip_ending ending = {.set_entries = 1, .entries = recorded, .zip64 = zip64};
    struct zip_directory dir;
    int rc;

    for (uint64_t i = 0; i < real; i++)
        zip_builder_file(&builder, "f", "", 0);
    zip_builder_end(&builder, &ending);
    rc = zip_open_bytes(builder.out.bytes, builder.out.n, 4000, &dir);
    if (rc == 0 && dir.count != real)
        rc = -EPROTO;
    zip_directory_free(&dir);
    zip_builder_free(&builder);
    return rc;
}

TEST(recorded_count)
{
    CHECK_EQ(open_with_count(3, 3, 0), 0);
    CHECK_EQ(open_with_count(3, 2, 0), -EIO);
    CHECK_EQ(open_with_count(3, 4, 0), -EIO);
    CHECK_EQ(open_with_count(3, 0, 0), -EIO);
    CHECK_EQ(open_with_count(3, 3, 1), 0);
    CHECK_EQ(open_with_count(3, 2, 1), -EIO);
    CHECK_EQ(open_with_count(3, 0, 1), -EIO);
    CHECK_EQ(open_with_count(65535, 65535, 0), 0);
    CHECK_EQ(open_with_count(65536, 0, 0), 0);
    CHECK_EQ(open_with_count(65540, 4, 0), 0);
    CHECK_EQ(open_with_count(65540, 5, 0), -EIO);
    CHECK_EQ(open_with_count(65540, 65540, 1), 0);
    CHECK_EQ(open_with_count(65540, 4, 1), -EIO);
}

TEST(digital_signature_ends_a_directory)
{
    for (size_t piece = 0; piece < 9; piece++) {
        struct zip_builder builder = {0};
        struct zip_ending ending = {.signature = "signed", .signature_len = piece % 7};
        struct zip_directory dir;

        zip_builder_file(&builder, "one", "1", 1);
        zip_builder_end(&builder, &ending);
        CHECK_EQ(zip_open_bytes(builder.out.bytes, builder.out.n, piece, &dir), 0);
        CHECK_EQ(dir.count, 1);
        zip_directory_free(&dir);
        /* A length that does not reach the directory's end, or runs past it. */
        builder.out.bytes[builder.out.n - 22 - ending.signature_len - 2] ^= 8;
        CHECK_EQ(zip_open_bytes(builder.out.bytes, builder.out.n, piece, &dir), -EIO);
        zip_directory_free(&dir);
        zip_builder_free(&builder);
    }
}

TEST(sizes_that_can_not_be)
{
    static const struct {
        uint16_t method, bits;
        uint64_t size, data_len;
        int problem;
        uint64_t shown;
    } cases[] = {
        {0, 0, 5, 5, ZIP_OK, 5},
        {0, 0, 6, 5, ZIP_BAD_SIZE, 6},
        {0, 0, 36, 5, ZIP_BAD_SIZE, 36}, /* as long as all before the directory */
        {0, 0, 37, 5, ZIP_BAD_SIZE, 0},
        {0, 0, UINT32_MAX, 5, ZIP_BAD_SIZE, 0},
        {0, 1, 5, 17, ZIP_OK, 5}, /* encrypted: 12 bytes more */
        {8, 0, 5 * 1032, 5, ZIP_OK, 5 * 1032},
        {8, 0, 5 * 1032 + 1, 5, ZIP_BAD_SIZE, 0},
        {8, 0, 0, 2, ZIP_OK, 0},
        {8, 0, 1, 0, ZIP_BAD_SIZE, 0},
        {0, 1, 6, 5, ZIP_BAD_SIZE, 6},
        {8, 1, 5 * 1032 + 1, 5, ZIP_BAD_SIZE, 0},
        {8, 0, INT64_MAX, 5, ZIP_BAD_SIZE, 0},
        {93, 0, 4000000, 5, ZIP_OK, 4000000},
        {93, 0, 5 << 22, 5, ZIP_OK, 5 << 22},
        {93, 0, (5 << 22) + 1, 5, ZIP_BAD_SIZE, 0},
        {93, 0, INT64_MAX, 5, ZIP_BAD_SIZE, 0},
        {93, 0, UINT64_C(1) << 63, 5, ZIP_BAD_SIZE, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct zip_member member = {.name = "f",
                                    .data = "12345678901234567",
                                    .data_len = cases[i].data_len,
                                    .method = cases[i].method,
                                    .bits = cases[i].bits,
                                    .zip64 = 1,
                                    .set = ZIP_SET_SIZE,
                                    .size = cases[i].size};
        struct zip_entry entry = zip_entry_of(&member);

        CHECK_EQ(entry.problem, cases[i].problem);
        CHECK_EQ(entry.size, cases[i].shown);
        CHECK_EQ(entry.compressed_size, cases[i].data_len);
    }
}

TEST(one_bad_offset_leaves_the_siblings_whole)
{
    static const uint64_t offsets[] = {1000000, UINT32_MAX, UINT64_MAX, UINT64_MAX - 29};

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        struct zip_builder builder = {0};
        struct zip_member bad = {
            .name = "bad", .zip64 = 1, .set = ZIP_SET_OFFSET, .offset = offsets[i]};
        struct zip_directory dir;

        zip_bytes_fill(&builder.out, '#', 50);
        zip_builder_start(&builder);
        zip_builder_file(&builder, "one", "1", 1);
        zip_builder_add(&builder, &bad);
        zip_builder_file(&builder, "two", "2", 1);
        CHECK_EQ(zip_builder_open(&builder, &dir), 0);
        CHECK_EQ(dir.count, 3);
        CHECK_EQ(dir.entries[0].problem, ZIP_OK);
        CHECK_EQ(dir.entries[0].header_offset, 50);
        CHECK_EQ(dir.entries[1].problem, ZIP_OK);
        CHECK_EQ(dir.entries[2].problem, ZIP_BAD_OFFSET);
        CHECK_EQ(zip_directory_listed(&dir, 1), 2);
        CHECK_EQ(dir.ascending, 1);
        zip_directory_free(&dir);
        zip_builder_free(&builder);
    }
}

TEST(data_longer_than_the_archive)
{
    struct zip_member longer = {
        .name = "f", .method = 8, .set = ZIP_SET_COMPRESSED, .compressed_size = 2};
    struct zip_member directory = {
        .name = "d/", .disk = 1, .set = ZIP_SET_SIZE | ZIP_SET_OFFSET, .size = 77, .offset = 99999};

    CHECK_EQ(zip_entry_of(&longer).problem, ZIP_BAD_OFFSET);
    CHECK_EQ(zip_entry_of(&directory).problem, ZIP_OK); /* nobody reads it */
}

/* The local header tells whether the member is here. */
TEST(disk_number_of_a_member_does_not_count)
{
    struct zip_member other_disk = {.name = "f", .data = "abc", .data_len = 3, .disk = 1};
    struct zip_entry entry = zip_entry_of(&other_disk);

    CHECK_EQ(entry.problem, ZIP_OK);
    CHECK_EQ(entry.size, 3);
    CHECK_EQ(entry.header_offset, 0);
}

/* Sizes of a member whose offset alone is wrong are no lie. */
TEST(sizes_of_a_member_with_a_bad_offset)
{
    static const struct {
        uint16_t method;
        uint64_t size, compressed, offset, shown, shown_compressed;
    } cases[] = {
        {0, 3, 3, 100000, 3, 3},
        {8, 3000, 5, 100000, 3000, 5},
        {8, 6000, 5, 100000, 0, 5},           /* more than deflate makes */
        {0, UINT32_MAX, UINT32_MAX, 0, 0, 0}, /* longer than the archive */
        {0, UINT64_C(1) << 62, UINT64_C(1) << 62, 0, 0, 0},
        {8, UINT64_C(1) << 62, UINT64_C(1) << 62, 0, 0, 0},
        {99, 5, UINT64_C(1) << 62, 0, 5, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct zip_member member = {.name = "f",
                                    .data = "123",
                                    .data_len = 3,
                                    .method = cases[i].method,
                                    .zip64 = 1,
                                    .set = ZIP_SET_SIZE | ZIP_SET_COMPRESSED | ZIP_SET_OFFSET,
                                    .size = cases[i].size,
                                    .compressed_size = cases[i].compressed,
                                    .offset = cases[i].offset};
        struct zip_entry entry = zip_entry_of(&member);

        CHECK_EQ(entry.problem, ZIP_BAD_OFFSET);
        CHECK_EQ(entry.size, cases[i].shown);
        CHECK_EQ(entry.compressed_size, cases[i].shown_compressed);
    }
}

TEST(kinds_and_modes)
{
    static const struct {
        const char *name;
        int made_by;
        uint32_t attributes;
        int flags;
    } cases[] = {
        {"f", 3, 0100644u << 16, 0},
        {"f", 3, 0100755u << 16, ZIP_ENTRY_EXECUTABLE},
        {"f", 19, 0100700u << 16, ZIP_ENTRY_EXECUTABLE},
        {"f", 0, 0100755u << 16, 0},
        {"f", 3, 0100055u << 16, 0},
        {"f", 3, 0104755u << 16, ZIP_ENTRY_EXECUTABLE}, /* set-uid */
        {"f", 3, 0010644u << 16, 0},                    /* FIFO */
        {"f", 3, 0020600u << 16, 0},                    /* device */
        {"f", 3, 0120777u << 16, ZIP_ENTRY_SYMLINK | ZIP_ENTRY_EXECUTABLE},
        {"f", 0, 0120777u << 16, 0},
        {"d/", 3, 0040755u << 16, ZIP_ENTRY_DIRECTORY},
        {"d/", 3, 0100644u << 16, ZIP_ENTRY_DIRECTORY},
        {"d/", 3, 0120777u << 16, ZIP_ENTRY_DIRECTORY},
        {"d", 3, 0040755u << 16, ZIP_ENTRY_DIRECTORY},
        {"d", 0, 0x10, ZIP_ENTRY_DIRECTORY},
        {"d", 10, 0x10, ZIP_ENTRY_DIRECTORY},
        {"f", 3, 0100644u << 16 | 0x10, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct zip_member member = {.name = cases[i].name,
                                    .made_by = (uint8_t)cases[i].made_by,
                                    .attributes = cases[i].attributes};

        CHECK_EQ(zip_entry_of(&member).flags, cases[i].flags);
    }
}

TEST(attributes_make_no_directory_of_content)
{
    struct zip_member member = {
        .name = "f", .data = "x", .data_len = 1, .made_by = 3, .attributes = 0040755u << 16};

    CHECK_EQ(zip_entry_of(&member).flags & ZIP_ENTRY_DIRECTORY, 0);
}

TEST(flags_of_the_general_purpose_bits)
{
    struct zip_member member = {.name = "f", .bits = 1 << 0 | 1 << 3 | 1 << 11, .method = 99};
    struct zip_entry entry = zip_entry_of(&member);

    CHECK_EQ(entry.flags, ZIP_ENTRY_ENCRYPTED | ZIP_ENTRY_DESCRIPTOR | ZIP_ENTRY_UTF8);
    CHECK_EQ(entry.method, 99);
    CHECK_EQ(entry.problem, ZIP_OK);
}

TEST(compressed_size_that_can_not_be)
{
    struct zip_member member = {
        .name = "f", .zip64 = 1, .set = ZIP_SET_COMPRESSED, .compressed_size = UINT64_MAX};
    struct zip_entry entry = zip_entry_of(&member);

    CHECK_EQ(entry.problem, ZIP_BAD_OFFSET);
    CHECK_EQ(entry.compressed_size, 0);
}

TEST(every_problem_has_words)
{
    for (int problem = ZIP_OK; problem <= ZIP_BAD_SIZE + 1; problem++)
        CHECK(strlen(zip_problem_text((enum zip_problem)problem)) > 5);
}
