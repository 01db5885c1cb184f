#include "kernel/repeated_lookup.h"

#include <errno.h>

#include "test.h"

static struct repeats repeats;

TEST(repeat_gets_the_same_error_once)
{
    repeats_init(&repeats);
    repeats_expect(&repeats, 7, "status", 100, ETIMEDOUT, 1000);
    CHECK_EQ(repeats_take(&repeats, 7, "status", 100, 1000 + REPEAT_MS), ETIMEDOUT);
    CHECK_EQ(repeats_take(&repeats, 7, "status", 100, 1000 + REPEAT_MS), 0);
    repeats_free(&repeats);
}

TEST(repeat_is_of_the_same_name_and_caller)
{
    repeats_init(&repeats);
    repeats_expect(&repeats, 7, "status", 100, EIO, 1000);
    CHECK_EQ(repeats_take(&repeats, 8, "status", 100, 1000), 0);
    CHECK_EQ(repeats_take(&repeats, 7, "info", 100, 1000), 0);
    CHECK_EQ(repeats_take(&repeats, 7, "status", 101, 1000), 0);
    CHECK_EQ(repeats_take(&repeats, 7, "status", 100, 1000), EIO);
    repeats_free(&repeats);
}

TEST(repeat_comes_soon)
{
    repeats_init(&repeats);
    repeats_expect(&repeats, 7, "status", 100, EIO, 1000);
    CHECK_EQ(repeats_take(&repeats, 7, "status", 100, 1001 + REPEAT_MS), 0);
    CHECK_EQ(repeats_take(&repeats, 7, "status", 100, 1000), 0);
    repeats_free(&repeats);
}

TEST(repeats_are_few)
{
    char name[16];

    repeats_init(&repeats);
    for (int i = 0; i <= REPEATS; i++) {
        snprintf(name, sizeof(name), "%d", i);
        repeats_expect(&repeats, 7, name, 100, EIO, 1000);
    }
    CHECK_EQ(repeats_take(&repeats, 7, "0", 100, 1000), 0);
    CHECK_EQ(repeats_take(&repeats, 7, "1", 100, 1000), EIO);
    CHECK_EQ(repeats_take(&repeats, 7, name, 100, 1000), EIO);
    repeats_free(&repeats);
}
