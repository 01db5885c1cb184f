/* Ends of archives that are odd, but are read where the directory is found. */
#include <errno.h>

#include "support/zip_ends.h"
#include "test.h"
#include "zip/end_record.h"

static int has_oddity(const struct zip_end *end, enum zip_oddity oddity)
{
    return end->oddities == 1u << oddity;
}

TEST(disk_numbers_do_not_count)
{
    static const struct zip_ending endings[] = {
        {.disk = 1},
        {.directory_disk = 1},
        {.directory_disk = 256},
        {.zip64 = 1, .disk = 1},
        {.zip64 = 2, .directory_disk = 3},
        {.zip64 = 1, .disks = 2},
    };

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        struct zip_builder builder = {0};
        struct zip_end end;

        build_two(&builder, &endings[i]);
        CHECK_EQ(find_all(&builder, &end), 0);
        CHECK_EQ(end.entries, 2);
        CHECK_EQ(end.prefix, 0);
        CHECK_EQ(end.directory_size, 102);
        CHECK(has_oddity(&end, ZIP_ODD_DISKS));
        zip_builder_free(&builder);
    }
}

/* But where there is no directory, there is none. */
TEST(last_part_of_several_without_a_directory)
{
    struct zip_builder builder = {0};
    struct zip_ending ending = {.disk = 1, .directory_disk = 0, .set_offset = 1, .offset = 5000};
    struct zip_end end;
    uint64_t need;

    build_two(&builder, &ending);
    CHECK_EQ(zip_end_find(builder.out.bytes + builder.out.n - 60, 60, 60, &end, &need), -EIO);
    zip_builder_free(&builder);
}

TEST(entries_of_this_disk_do_not_count)
{
    struct zip_builder builder = {0};
    struct zip_end end;

    build_two(&builder, NULL);
    builder.out.bytes[builder.out.n - 22 + 8] = 1;
    CHECK_EQ(find_all(&builder, &end), 0);
    CHECK_EQ(end.entries, 2);
    CHECK(has_oddity(&end, ZIP_ODD_DISKS));
    zip_builder_free(&builder);
}

/* The plain record has the right count, and defers to no other. */
TEST(zip64_record_with_an_impossible_count)
{
    for (size_t prefix = 0; prefix <= 1000; prefix += 1000) {
        struct zip_builder builder = {0};
        struct zip_ending ending = {.zip64 = 2};
        struct zip_end end;
        int rounds;

        zip_bytes_fill(&builder.out, '#', prefix);
        zip_builder_start(&builder);
        build_two(&builder, &ending);
        builder.out.bytes[builder.out.n - 22 - 20 - 56 + 31] = 0x81; /* here, and in all */
        builder.out.bytes[builder.out.n - 22 - 20 - 56 + 39] = 0x81;
        CHECK_EQ(find_from(&builder, 22, &end, &rounds), 0);
        CHECK_EQ(end.entries, 2);
        CHECK_EQ(end.prefix, prefix);
        CHECK_EQ(end.directory_size, 102);
        CHECK_EQ(end.is_zip64, 0);
        CHECK(has_oddity(&end, ZIP_ODD_COUNT));
        zip_builder_free(&builder);
    }
}

TEST(comment_that_is_cut_off)
{
    static const uint16_t lengths[] = {6, 100, 65535};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        for (size_t prefix = 0; prefix <= 1000; prefix += 1000) {
            struct zip_builder builder = {0};
            struct zip_ending ending = {.comment = "words",
                                        .comment_len = 5,
                                        .set_comment_len = 1,
                                        .recorded_comment_len = lengths[i]};
            struct zip_end end;
            int rounds;

            zip_bytes_fill(&builder.out, '#', prefix);
            zip_builder_start(&builder);
            build_two(&builder, &ending);
            CHECK_EQ(find_from(&builder, 30, &end, &rounds), 0);
            CHECK_EQ(end.entries, 2);
            CHECK_EQ(end.prefix, prefix);
            CHECK(has_oddity(&end, ZIP_ODD_COMMENT));
            zip_builder_free(&builder);
        }
}

/* The last archive counts, though the one before it ends as it should. */
TEST(comment_that_is_cut_off_behind_another_archive)
{
    struct zip_builder builder = {0};
    struct zip_ending ending = {.set_comment_len = 1, .recorded_comment_len = 1};
    struct zip_end end;
    uint64_t second;

    build_two(&builder, NULL);
    second = zip_builder_file(&builder, "three", "333", 3);
    zip_builder_end(&builder, &ending);
    CHECK_EQ(find_all(&builder, &end), 0);
    CHECK_EQ(end.entries, 1);
    CHECK(end.directory_offset > second);
    CHECK(has_oddity(&end, ZIP_ODD_COMMENT));
    zip_builder_free(&builder);
}

/* A signature in other bytes is no end record whose comment is cut off. */
TEST(comment_that_is_cut_off_needs_a_directory)
{
    static const char records[][23] = {
        "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0",
        "PK\5\6\0\0\0\0\1\0\1\0\x32\0\0\0\0\0\0\0\1\0",
        "PK\5\6\0\0\0\0\1\0\1\0\x32\0\0\0\x32\0\0\0\1\0",
    };

    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        struct zip_builder builder = {0};
        struct zip_end end;
        int rounds;

        zip_bytes_fill(&builder.out, 'x', 100);
        zip_bytes_add(&builder.out, records[i], 22);
        CHECK_EQ(find_from(&builder, 22, &end, &rounds), -EIO);
        zip_builder_free(&builder);
    }
}

TEST(every_oddity_has_words)
{
    for (enum zip_oddity oddity = 0; oddity < ZIP_ODDITIES; oddity++)
        CHECK(strcmp(zip_oddity_text(oddity), "nothing") != 0);
}
