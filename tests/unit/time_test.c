#include "api/task.h"

#include "test.h"

#define NS(seconds) (INT64_C(seconds) * 1000000000)

TEST(time_parse_reads_the_forms_in_use)
{
    CHECK_EQ(time_parse("1970-01-01T00:00:00Z"), 0);
    CHECK_EQ(time_parse("2026-01-05T10:00:00.000000+00:00"), NS(1767607200));
    CHECK_EQ(time_parse("2026-01-05T10:00:00"), NS(1767607200));
    CHECK_EQ(time_parse("2026-01-05 10:00"), NS(1767607200));
    CHECK_EQ(time_parse("2026-01-05T12:30:00+02:30"), NS(1767607200));
    CHECK_EQ(time_parse("2026-01-05T09:00:00-0100"), NS(1767607200));
    CHECK_EQ(time_parse("2026-01-05T09:00:00-01"), NS(1767607200));
    CHECK_EQ(time_parse("2026-01-05T10:00:00.123456Z"), NS(1767607200) + 123456000);
    CHECK_EQ(time_parse("2026-01-05T10:00:00.1234567899999Z"), NS(1767607200) + 123456789);
    CHECK_EQ(time_parse("2024-02-29T00:00:00Z"), NS(1709164800));
    CHECK_EQ(time_parse("1969-12-31T23:59:59.5Z"), -500000000);
    CHECK_EQ(time_parse("2016-12-31T23:59:60Z"), NS(1483228800));
    CHECK_EQ(time_parse("2261-12-31T23:59:59Z"), NS(9214646399));
    CHECK_EQ(time_parse("1678-01-01T00:00:00+23:59"), NS(-9214646340));
}

TEST(time_parse_refuses_the_rest)
{
    static const char *const bad[] = {
        "",
        "now",
        "2026",
        "2026-01-05",
        "2026-13-05T10:00:00Z",
        "2026-00-05T10:00:00Z",
        "2026-02-29T10:00:00Z",
        "2026-04-31T10:00:00Z",
        "2026-01-05T24:00:00Z",
        "2026-01-05T10:60:00Z",
        "2026-01-05T10:00:61Z",
        "2026-01-05T10:00:00.Z",
        "2026-01-05T10:00:00Zjunk",
        "2026-01-05T10:00:00+1",
        "2026-01-05T10:00:00+24:00",
        "2026-01-05T10:00:00+01:60",
        "2026-01-05T10:00:00+01:0",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-1-5T10:00:00Z",
        "-026-01-05T10:00:00Z",
        " 2026-01-05T10:00:00Z",
    };

    CHECK_EQ(time_parse(NULL), TIME_UNKNOWN);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (time_parse(bad[i]) != TIME_UNKNOWN)
            test_fail(__FILE__, __LINE__, "'%s' is taken for a time", bad[i]);
    }
}
