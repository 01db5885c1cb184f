#include "base/clock.h"

#include "test.h"

TEST(clock_goes_forward)
{
    int64_t before = clock_ms();

    CHECK(before > 0);
    CHECK(clock_ms() >= before);
    CHECK(clock_wall_ns() > INT64_C(1700000000) * 1000000000);
}

TEST(clock_of_a_test)
{
    static int64_t now = 5;

    clock_fake(&now);
    CHECK_EQ(clock_ms(), 5);
    now = 1000000;
    CHECK_EQ(clock_ms(), 1000000);
    clock_fake(NULL);
    CHECK(clock_ms() != 1000000);
}
