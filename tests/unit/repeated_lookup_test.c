#include "kernel/repeated_lookup.h"

#include <errno.h>

#include "test.h"

static struct repeated_lookups repeats;

TEST(repeat_gets_the_same_error_once)
{
    repeated_lookups_init(&repeats);
    repeated_lookups_expect(&repeats, 7, "status", 100, ETIMEDOUT, 1000);
    CHECK_EQ(repeated_lookups_take(&repeats, 7, "status", 100, 1000 + REPEATED_LOOKUP_MS),
             ETIMEDOUT);
    CHECK_EQ(repeated_lookups_take(&repeats, 7, "status", 100, 1000 + REPEATED_LOOKUP_MS), 0);
    repeated_lookups_free(&repeats);
}

TEST(repeat_is_of_the_same_name_and_caller)
{
    repeated_lookups_init(&repeats);
    repeated_lookups_expect(&repeats, 7, "status", 100, EIO, 1000);
    CHECK_EQ(repeated_lookups_take(&repeats, 8, "status", 100, 1000), 0);
    CHECK_EQ(repeated_lookups_take(&repeats, 7, "info", 100, 1000), 0);
    CHECK_EQ(repeated_lookups_take(&repeats, 7, "status", 101, 1000), 0);
    CHECK_EQ(repeated_lookups_take(&repeats, 7, "status", 100, 1000), EIO);
    repeated_lookups_free(&repeats);
}

TEST(repeat_comes_soon)
{
    repeated_lookups_init(&repeats);
    repeated_lookups_expect(&repeats, 7, "status", 100, EIO, 1000);
    CHECK_EQ(repeated_lookups_take(&repeats, 7, "status", 100, 1001 + REPEATED_LOOKUP_MS), 0);
    CHECK_EQ(repeated_lookups_take(&repeats, 7, "status", 100, 1000), 0);
    repeated_lookups_free(&repeats);
}

TEST(repeated_lookups_are_few)
{
    char name[16];

    repeated_lookups_init(&repeats);
    for (int i = 0; i <= REPEATED_LOOKUPS; i++) {
        snprintf(name, sizeof(name), "%d", i);
        repeated_lookups_expect(&repeats, 7, name, 100, EIO, 1000);
    }
    CHECK_EQ(repeated_lookups_take(&repeats, 7, "0", 100, 1000), 0);
    CHECK_EQ(repeated_lookups_take(&repeats, 7, "1", 100, 1000), EIO);
    CHECK_EQ(repeated_lookups_take(&repeats, 7, name, 100, 1000), EIO);
    repeated_lookups_free(&repeats);
}
