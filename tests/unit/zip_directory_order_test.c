/* Entries are in the order of their data, whatever the order of the records. */
#include "zip/directory_order.h"

#include <stdlib.h>

#include "support/zip_builder.h"
#include "test.h"

/* Records of members with these offsets. */
static int open_offsets(const uint32_t *offsets, uint32_t count, struct zip_directory *dir)
{
    struct zip_builder builder = {0};
    int rc;

    zip_bytes_fill(&builder.out, '#', 100000);
    for (uint32_t i = 0; i < count; i++) {
        char name[16];
        struct zip_member member = {.name = name, .set = ZIP_SET_OFFSET, .offset = offsets[i]};

        snprintf(name, sizeof(name), "%u", i);
        zip_builder_add(&builder, &member);
    }
    rc = zip_builder_open(&builder, dir);
    zip_builder_free(&builder);
    return rc;
}

/* Entries are in the order of their data, and `listed` has the order of the records. */
static int is_in_order(const struct zip_directory *dir, const uint32_t *offsets)
{
    for (uint32_t i = 0; i < dir->count; i++) {
        const struct zip_entry *entry = &dir->entries[zip_directory_listed(dir, i)];
        char name[16];
        int len = snprintf(name, sizeof(name), "%u", i);

        if (entry->header_offset != offsets[i] || entry->name_len != len ||
            memcmp(zip_entry_name(dir, entry), name, (size_t)len) != 0)
            return 0;
        if (i && dir->entries[i].header_offset < dir->entries[i - 1].header_offset)
            return 0;
        if (i && dir->entries[i].header_offset == dir->entries[i - 1].header_offset &&
            dir->entries[i].name < dir->entries[i - 1].name)
            return 0;
    }
    return 1;
}

TEST(entries_are_in_the_order_of_their_data)
{
    static const uint32_t few[][6] = {
        {10, 20, 30, 40, 50, 60}, {60, 50, 40, 30, 20, 10}, {20, 10, 40, 30, 60, 50},
        {60, 10, 20, 30, 40, 50}, {20, 30, 40, 50, 60, 10}, {30, 10, 20, 60, 50, 40},
        {10, 10, 10, 10, 10, 10}, {20, 10, 20, 10, 20, 10}, {50, 50, 10, 20, 10, 50},
    };
    static uint32_t many[5000];

    for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++) {
        struct zip_directory dir;

        CHECK_EQ(open_offsets(few[i], 6, &dir), 0);
        CHECK(is_in_order(&dir, few[i]));
        CHECK_EQ(dir.ascending, i < 6);
        CHECK_EQ(dir.listed == NULL, i == 0 || i == 6);
        zip_directory_free(&dir);
    }
    for (uint32_t modulus = 3; modulus < 100000; modulus *= 7) {
        struct zip_directory dir;

        for (uint32_t i = 0; i < 5000; i++)
            many[i] = i * 2654435u % modulus;
        CHECK_EQ(open_offsets(many, 5000, &dir), 0);
        CHECK(is_in_order(&dir, many));
        zip_directory_free(&dir);
    }
}
