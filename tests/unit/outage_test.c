/* When a download gives up. */
#include "download/outage.h"

#include "test.h"

static int fail_often(struct outage *outage, unsigned count, uint64_t fetched)
{
    int is_away = 0;

    while (count--)
        is_away = outage_note_failure(outage, fetched);
    return is_away;
}

TEST(outage_after_many_failures_in_a_row)
{
    struct outage outage = {0};

    CHECK_EQ(fail_often(&outage, OUTAGE_FAILURES - 1, 1000), 0);
    CHECK_EQ(fail_often(&outage, 1, 1000), 1);
    CHECK_EQ(fail_often(&outage, 1, 1000), 1);
}

TEST(outage_not_while_something_comes)
{
    struct outage outage = {0};

    CHECK_EQ(fail_often(&outage, OUTAGE_FAILURES - 1, 1000), 0);
    CHECK_EQ(fail_often(&outage, OUTAGE_FAILURES - 1, 1001), 0);
    outage_note_success(&outage);
    CHECK_EQ(fail_often(&outage, OUTAGE_FAILURES - 1, 1001), 0);
    CHECK_EQ(fail_often(&outage, 1, 1001), 1);
}
