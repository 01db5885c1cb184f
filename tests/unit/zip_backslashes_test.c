/* What '\\' means in a name. */
#include "zip/central_record.h"

#include <stdlib.h>

#include "support/zip_builder.h"
#include "test.h"

static struct zip_entry entry_among(const char *name, int made_by, const char *other)
{
    struct zip_builder builder = {0};
    struct zip_member member = {.name = name, .made_by = (uint8_t)made_by};
    struct zip_directory dir;
    static char decoded[1000];
    struct zip_entry entry = {.size = 0};

    zip_builder_add(&builder, &member);
    if (other)
        zip_builder_file(&builder, other, "", 0);
    if (!zip_builder_open(&builder, &dir)) {
        entry = dir.entries[0];
        memcpy(decoded, zip_entry_name(&dir, &entry), entry.name_len);
        decoded[entry.name_len] = '\0';
        if (strcmp(decoded, name) == 0)
            entry.time = 0; /* unchanged */
        else
            entry.time = 1;
    }
    zip_directory_free(&dir);
    zip_builder_free(&builder);
    return entry;
}

TEST(backslashes_separate_folders)
{
    static const struct {
        const char *name;
        int made_by;
        const char *other;
        int is_changed, problem, flags;
    } cases[] = {
        {"a\\b\\c", 0, NULL, 1, ZIP_OK, 0},
        {"a\\b", 10, "x", 1, ZIP_OK, 0},
        {"a\\b", 14, "x", 1, ZIP_OK, 0},
        {"a\\b", 3, NULL, 0, ZIP_OK, 0},
        {"a\\b", 19, NULL, 0, ZIP_OK, 0},
        {"a\\b", 0, "x/y", 0, ZIP_OK, 0},
        {"a\\b", 0, "x/", 0, ZIP_OK, 0},
        {"a\\b/c", 0, NULL, 0, ZIP_OK, 0},
        {"a\\", 0, NULL, 1, ZIP_OK, ZIP_ENTRY_DIRECTORY},
        {"a\\", 0, "x/y", 0, ZIP_OK, 0},
        {"..\\a", 0, NULL, 1, ZIP_NAME_DOTS, 0},
        {"..\\a", 0, "x/y", 0, ZIP_OK, 0},
        {"a\\\\b", 0, NULL, 1, ZIP_NAME_DOTS, 0},
        {"\\a", 0, NULL, 1, ZIP_NAME_ABSOLUTE, 0},
        {"\\", 0, NULL, 1, ZIP_NAME_ABSOLUTE, ZIP_ENTRY_DIRECTORY},
        {"..", 0, NULL, 0, ZIP_NAME_DOTS, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct zip_entry entry = entry_among(cases[i].name, cases[i].made_by, cases[i].other);

        CHECK_EQ(entry.time, cases[i].is_changed);
        CHECK_EQ(entry.problem, cases[i].problem);
        CHECK_EQ(entry.flags, cases[i].flags);
    }
}

/* A name is too long by its parts, which are settled with the backslashes. */
TEST(backslashes_in_a_long_name)
{
    char name[301];

    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    name[150] = '\\';
    CHECK_EQ(entry_among(name, 0, NULL).problem, ZIP_OK);
    CHECK_EQ(entry_among(name, 0, "x/y").problem, ZIP_NAME_TOO_LONG);
    CHECK_EQ(entry_among(name, 3, NULL).problem, ZIP_NAME_TOO_LONG);
    name[20] = '\\';
    name[150] = 'n';
    CHECK_EQ(entry_among(name, 0, NULL).problem, ZIP_NAME_TOO_LONG);
}

/* What is wrong with a member stays so. */
TEST(backslashes_in_the_name_of_a_bad_member)
{
    struct zip_member bad = {.name = "a\\b",
                             .data = "123",
                             .data_len = 3,
                             .method = 8,
                             .set = ZIP_SET_SIZE,
                             .size = 100000};

    CHECK_EQ(zip_entry_of(&bad).problem, ZIP_BAD_SIZE);
    bad.name = "a\\";
    CHECK_EQ(zip_entry_of(&bad).problem, ZIP_OK); /* a directory */
}
