#include "net/http_date.h"

#include "test.h"

static int64_t at(const char *text)
{
    return http_date_parse(text, strlen(text));
}

TEST(http_date_is_seconds)
{
    CHECK_EQ(at("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
    CHECK_EQ(at("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    CHECK_EQ(at("Thu, 29 Feb 2024 23:59:59 GMT"), 1709251199);
    CHECK_EQ(at("Fri, 29 Feb 2024 23:59:59 GMT"), 1709251199); /* whatever day it was */
    CHECK_EQ(at("Sat, 31 Dec 2016 23:59:60 GMT"), 1483228800); /* a leap second */
    CHECK_EQ(at("Tue, 31 Dec 2199 23:59:59 GMT"), 7258118399);
}

TEST(http_date_that_is_none)
{
    static const char *const none[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37 GM",
        "Sun, 06 Nov 1994 08:49:37 GMTT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Xun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 ovD 1994 08:49:37 GMT",
        "Sun, 6  Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 2023 08:49:37 GMT",
        "Sun, 30 Feb 2024 08:49:37 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT",
        "Sun, 06 Nov 2200 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 08:49:-1 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", /* the forms that no server may send any more */
        "Sun Nov  6 08:49:37 1994",
        "1994-11-06T08:49:37.000000000",
    };

    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        if (at(none[i]) != HTTP_DATE_UNKNOWN)
            test_fail(__FILE__, __LINE__, "'%s'", none[i]);
}
