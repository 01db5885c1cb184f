#include <errno.h>
#include <stdlib.h>

#include "support/zip_ends.h"
#include "test.h"
#include "zip/end_record.h"

static int is_same(const struct zip_end *a, const struct zip_end *b)
{
    return a->directory_offset == b->directory_offset && a->directory_size == b->directory_size &&
           a->entries == b->entries && a->prefix == b->prefix && a->is_zip64 == b->is_zip64;
}

TEST(plain_archive)
{
    struct zip_builder builder = {0};
    struct zip_end end;

    build_two(&builder, NULL);
    CHECK_EQ(find_all(&builder, &end), 0);
    CHECK_EQ(end.entries, 2);
    CHECK_EQ(end.prefix, 0);
    CHECK_EQ(end.is_zip64, 0);
    CHECK_EQ(end.oddities, 0);
    CHECK_EQ(end.directory_offset + end.directory_size, builder.out.n - 22);
    CHECK_EQ(end.directory_size, 46 + 3 + 46 + 7);
    zip_builder_free(&builder);
}

TEST(plain_archive_needs_its_last_22_bytes_only)
{
    struct zip_builder builder = {0};
    struct zip_end end;
    int rounds;

    build_two(&builder, NULL);
    CHECK_EQ(find_from(&builder, 22, &end, &rounds), 0);
    CHECK_EQ(rounds, 1);
    CHECK_EQ(end.entries, 2);
    zip_builder_free(&builder);
}

TEST(every_tail_size_comes_to_the_same_end)
{
    static const struct zip_ending endings[] = {
        {0},         {.comment = "hi", .comment_len = 2}, {.zip64 = 1}, {.zip64 = 2},
        {.gap = 30}, {.zip64 = 1, .extensible = 17},
    };

    for (size_t prefix = 0; prefix <= 1000; prefix += 1000)
        for (size_t kind = 0; kind < sizeof(endings) / sizeof(endings[0]); kind++) {
            struct zip_builder builder = {0};
            struct zip_end whole, end;
            int rounds;

            if (prefix > 0 && (endings[kind].gap || endings[kind].extensible))
                continue;
            zip_bytes_fill(&builder.out, '#', prefix);
            zip_builder_start(&builder);
            build_two(&builder, &endings[kind]);
            CHECK_EQ(find_all(&builder, &whole), 0);
            CHECK_EQ(whole.prefix, prefix);
            CHECK_EQ(whole.entries, 2);
            CHECK_EQ(whole.directory_size, 102);
            for (size_t n = 0; n <= builder.out.n; n++) {
                CHECK_EQ(find_from(&builder, n, &end, &rounds), 0);
                CHECK(is_same(&whole, &end));
            }
            zip_builder_free(&builder);
        }
}

TEST(empty_archive_is_valid)
{
    struct zip_builder builder = {0};
    struct zip_end end;

    zip_builder_end(&builder, NULL);
    CHECK_EQ(builder.out.n, 22);
    CHECK_EQ(find_all(&builder, &end), 0);
    CHECK_EQ(end.entries, 0);
    CHECK_EQ(end.directory_size, 0);
    zip_builder_free(&builder);
}

TEST(empty_and_tiny_objects_are_no_archives)
{
    struct zip_end end;
    uint64_t need;

    CHECK_EQ(zip_end_find((const uint8_t *)"", 0, 0, &end, &need), -EIO);
    CHECK_EQ(zip_end_find((const uint8_t *)"PK\5\6", 4, 4, &end, &need), -EIO);
    CHECK_EQ(zip_end_find((const uint8_t *)"", 0, 22, &end, &need), -EAGAIN);
    CHECK_EQ(need, 22);
}

TEST(truncated_archive_is_refused)
{
    struct zip_builder builder = {0};
    struct zip_end end;
    uint64_t need;

    build_two(&builder, NULL);
    for (size_t n = 0; n < builder.out.n; n++)
        CHECK_EQ(zip_end_find(builder.out.bytes, n, n, &end, &need), -EIO);
    zip_builder_free(&builder);
}

TEST(archive_without_its_beginning_is_refused)
{
    struct zip_builder builder = {0};
    struct zip_end end;
    uint64_t need;

    build_two(&builder, NULL);
    for (size_t cut = 1; cut < builder.out.n; cut++)
        CHECK_EQ(zip_end_find(builder.out.bytes + cut, builder.out.n - cut, builder.out.n - cut,
                              &end, &need),
                 -EIO);
    zip_builder_free(&builder);
}

TEST(longest_comment)
{
    struct zip_builder builder = {0};
    struct zip_bytes comment = {0};
    struct zip_ending ending = {.comment_len = 65535};
    struct zip_end end;
    int rounds;

    zip_bytes_fill(&comment, 'c', 65535);
    ending.comment = comment.bytes;
    build_two(&builder, &ending);
    CHECK_EQ(find_from(&builder, 65536, &end, &rounds), 0);
    CHECK_EQ(rounds, 2);
    CHECK_EQ(end.entries, 2);
    CHECK_EQ(end.prefix, 0);
    free(comment.bytes);
    zip_builder_free(&builder);
}

TEST(fake_end_records_in_the_comment)
{
    /* Nothing; a directory of 50 bytes where none is; a plausible one that does not fit. */
    static const char fakes[][23] = {
        "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        "PK\5\6\0\0\0\0\1\0\1\0\x32\0\0\0\0\0\0\0\0\0",
        "PK\5\6\0\0\0\0\1\0\1\0\x32\0\0\0\xff\xff\0\0\0\0",
    };

    for (size_t kind = 0; kind < 3; kind++)
        for (size_t after = 0; after < 8; after += 4) {
            struct zip_builder builder = {0};
            char comment[64] = "hello";
            struct zip_ending ending = {.comment = comment, .comment_len = 5 + 22 + after};
            struct zip_end end;

            memcpy(comment + 5, fakes[kind], 22);
            build_two(&builder, &ending);
            CHECK_EQ(find_all(&builder, &end), 0);
            CHECK_EQ(end.entries, 2);
            CHECK_EQ(end.prefix, 0);
            CHECK_EQ(end.directory_size, 102);
            zip_builder_free(&builder);
        }
}

TEST(copy_of_the_end_record_in_the_comment)
{
    struct zip_builder builder = {0}, copy = {0};
    struct zip_ending ending = {.comment_len = 22};
    struct zip_end end;

    build_two(&copy, NULL);
    ending.comment = copy.out.bytes + copy.out.n - 22;
    build_two(&builder, &ending);
    CHECK_EQ(find_all(&builder, &end), 0);
    CHECK_EQ(end.prefix, 0);
    CHECK_EQ(end.directory_offset + 102 + 22 + 22, builder.out.n);
    zip_builder_free(&copy);
    zip_builder_free(&builder);
}

TEST(bytes_after_the_end)
{
    static const size_t sizes[] = {1, 21, 22, 4096, 65000, 65536};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct zip_builder builder = {0};
        struct zip_end end;
        int rounds;

        build_two(&builder, NULL);
        zip_bytes_fill(&builder.out, 'x', sizes[i]);
        CHECK_EQ(find_from(&builder, 64, &end, &rounds), 0);
        CHECK_EQ(end.entries, 2);
        CHECK_EQ(end.prefix, 0);
        zip_builder_free(&builder);
    }
}

TEST(bytes_after_the_end_with_a_signature_in_them)
{
    struct zip_builder builder = {0};
    struct zip_end end;

    build_two(&builder, NULL);
    zip_bytes_add(&builder.out, "garbage PK\5\6 QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ", 43);
    CHECK_EQ(find_all(&builder, &end), 0);
    CHECK_EQ(end.entries, 2);
    zip_builder_free(&builder);
}

TEST(prefix)
{
    struct zip_builder builder = {0};
    struct zip_end end;
    uint64_t first;

    zip_bytes_fill(&builder.out, '#', 70000);
    zip_builder_start(&builder);
    first = zip_builder_file(&builder, "one", "1", 1);
    zip_builder_end(&builder, NULL);
    CHECK_EQ(first, 70000);
    CHECK_EQ(find_all(&builder, &end), 0);
    CHECK_EQ(end.prefix, 70000);
    CHECK_EQ(end.directory_offset, builder.out.n - 22 - 49);
    zip_builder_free(&builder);
}

TEST(two_archives_one_after_the_other)
{
    for (int zip64 = 0; zip64 < 2; zip64++) {
        struct zip_builder builder = {0};
        struct zip_ending ending = {.zip64 = zip64};
        struct zip_end end;
        uint64_t first;

        /* Of equal size: the second's recorded offsets hit records of the first. */
        zip_builder_file(&builder, "aaa", "1", 1);
        zip_builder_end(&builder, &ending);
        first = zip_builder_file(&builder, "bbb", "2", 1);
        zip_builder_end(&builder, &ending);
        CHECK_EQ(find_all(&builder, &end), 0);
        CHECK_EQ(end.prefix, first);
        CHECK_EQ(end.directory_offset, first + 34);
        CHECK_EQ(end.is_zip64, zip64);
        zip_builder_free(&builder);
    }
}

TEST(gap_between_directory_and_end)
{
    struct zip_builder builder = {0};
    struct zip_ending ending = {.gap = 100};
    struct zip_end end;

    build_two(&builder, &ending);
    CHECK_EQ(find_all(&builder, &end), 0);
    CHECK_EQ(end.prefix, 0);
    CHECK_EQ(end.directory_offset, builder.out.n - 22 - 100 - 102);
    zip_builder_free(&builder);
}

TEST(zip64_with_all_sentinels)
{
    struct zip_builder builder = {0};
    struct zip_ending ending = {.zip64 = 1};
    struct zip_end end;

    build_two(&builder, &ending);
    CHECK_EQ(find_all(&builder, &end), 0);
    CHECK_EQ(end.is_zip64, 1);
    CHECK_EQ(end.entries, 2);
    CHECK_EQ(end.directory_offset, builder.out.n - 22 - 20 - 56 - 102);
    zip_builder_free(&builder);
}

TEST(zip64_records_that_contradict_are_ignored)
{
    struct zip_builder builder = {0};
    struct zip_ending ending = {.zip64 = 2};
    struct zip_end end;

    build_two(&builder, &ending);
    builder.out.bytes[builder.out.n - 22 - 20 - 56 + 32] = 9; /* entries */
    CHECK_EQ(find_all(&builder, &end), 0);
    CHECK_EQ(end.is_zip64, 0);
    CHECK_EQ(end.entries, 2);
    CHECK_EQ(end.prefix, 0);
    zip_builder_free(&builder);
}

TEST(zip64_prefix_and_comment)
{
    struct zip_builder builder = {0};
    struct zip_ending ending = {.zip64 = 1, .comment = "words", .comment_len = 5};
    struct zip_end end;
    int rounds;

    zip_bytes_fill(&builder.out, '#', 5000);
    zip_builder_start(&builder);
    build_two(&builder, &ending);
    CHECK_EQ(find_from(&builder, 30, &end, &rounds), 0);
    CHECK_EQ(end.prefix, 5000);
    CHECK_EQ(end.entries, 2);
    zip_builder_free(&builder);
}

TEST(zip64_record_not_where_the_locator_says)
{
    struct zip_builder builder = {0};
    struct zip_ending ending = {.zip64 = 1, .set_locator = 1, .locator = UINT64_MAX - 3};
    struct zip_end end;

    build_two(&builder, &ending);
    CHECK_EQ(find_all(&builder, &end), -EIO);
    zip_builder_free(&builder);
}

TEST(zip64_extensible_data_has_a_ceiling)
{
    struct zip_builder builder = {0};
    struct zip_ending ending = {.zip64 = 1, .extensible = 2 << 20};
    struct zip_end end;
    int rounds;

    build_two(&builder, &ending);
    CHECK_EQ(find_from(&builder, 65536, &end, &rounds), -EIO);
    zip_builder_free(&builder);
}

TEST(sentinels_without_zip64_records)
{
    struct zip_builder builder = {0};
    struct zip_ending ending = {
        .set_size = 1, .size = UINT32_MAX, .set_offset = 1, .offset = UINT32_MAX};
    struct zip_end end;

    build_two(&builder, &ending);
    CHECK_EQ(find_all(&builder, &end), -EIO);
    zip_builder_free(&builder);
}

TEST(impossible_numbers_are_refused)
{
    static const struct zip_ending endings[] = {
        {.set_entries = 1, .entries = 3},     /* 46 bytes each do not fit */
        {.set_entries = 1, .entries = 65535}, /* a sentinel, but no Zip64 record */
        {.set_size = 1, .size = 1000000},     /* larger than the object */
        {.set_size = 1, .size = 0},           /* two entries of nothing */
        {.set_offset = 1, .offset = 1000000}, /* past the end */
        {.zip64 = 1, .set_entries = 1, .entries = UINT64_MAX},
        {.zip64 = 1, .set_entries = 1, .entries = UINT64_MAX / 46},
        {.zip64 = 1, .set_size = 1, .size = UINT64_MAX},
        {.zip64 = 1, .set_offset = 1, .offset = UINT64_MAX},
        {.zip64 = 1, .set_offset = 1, .offset = UINT64_MAX - 101},
    };

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        struct zip_builder builder = {0};
        struct zip_end end;

        build_two(&builder, &endings[i]);
        CHECK_EQ(find_all(&builder, &end), -EIO);
        zip_builder_free(&builder);
    }
}

TEST(archive_stored_in_a_damaged_one_does_not_stand_in)
{
    struct zip_builder inner = {0}, outer = {0};
    struct zip_ending ending = {.set_entries = 1, .entries = 7};
    struct zip_end end;

    build_two(&inner, NULL);
    zip_builder_file(&outer, "inner.zip", inner.out.bytes, inner.out.n);
    zip_builder_end(&outer, &ending);
    CHECK_EQ(find_all(&outer, &end), -EIO);
    zip_builder_free(&inner);
    zip_builder_free(&outer);
}

TEST(tail_of_nothing_but_signatures)
{
    struct zip_builder builder = {0};
    struct zip_end end;
    int rounds;

    while (builder.out.n < 200000)
        zip_bytes_add(&builder.out, "PK\5\6", 4);
    CHECK_EQ(find_from(&builder, 22, &end, &rounds), -EIO);
    CHECK(rounds < 10);
    zip_builder_free(&builder);
}
