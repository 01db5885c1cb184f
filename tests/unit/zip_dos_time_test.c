/* DOS times in a time zone. What is read as UTC: zip_extra_fields_test.c. */
#include "zip/dos_time.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test.h"

#define DATE(year, month, day)      (((year)-1980) << 9 | (month) << 5 | (day))
#define TIME(hour, minute, seconds) ((hour) << 11 | (minute) << 5 | (seconds) / 2)

static char *zone_before;

static void enter_zone(const char *zone)
{
    const char *before = getenv("TZ");

    zone_before = before ? strdup(before) : NULL;
    setenv("TZ", zone, 1);
    tzset();
}

static void leave_zone(void)
{
    if (zone_before)
        setenv("TZ", zone_before, 1);
    else
        unsetenv("TZ");
    tzset();
    free(zone_before);
}

static int64_t local_time(const char *zone, unsigned date, unsigned time)
{
    struct zip_dos_clock clock;
    int64_t seconds;

    enter_zone(zone);
    zip_dos_clock_init(&clock, ZIP_DOS_LOCAL);
    seconds = zip_dos_time(&clock, (uint16_t)date, (uint16_t)time);
    leave_zone();
    return seconds;
}

/* Rules as POSIX has them, so that no time zone files are needed. */
#define BERLIN    "CET-1CEST,M3.5.0,M10.5.0/3"
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"

TEST(dos_time_in_a_zone)
{
    static const struct {
        const char *zone;
        unsigned date, time;
        int64_t seconds;
    } cases[] = {
        {"UTC0", DATE(2024, 1, 15), TIME(12, 0, 0), 1705320000},
        {BERLIN, DATE(2024, 1, 15), TIME(12, 0, 0), 1705320000 - 3600},
        {BERLIN, DATE(2024, 7, 15), TIME(12, 0, 0), 1721044800 - 7200}, /* summer */
        {"EST5EDT,M3.2.0,M11.1.0", DATE(2024, 7, 15), TIME(12, 0, 0), 1721044800 + 4 * 3600},
        {"<+0545>-5:45", DATE(2024, 7, 15), TIME(12, 0, 58), 1721044858 - 20700},
        {LORD_HOWE, DATE(2024, 1, 15), TIME(12, 0, 0), 1705320000 - 39600},
        {LORD_HOWE, DATE(2024, 7, 15), TIME(12, 0, 0), 1721044800 - 37800},
        {BERLIN, DATE(1980, 1, 1), TIME(0, 0, 0), 315532800 - 3600},
        {BERLIN, DATE(2107, 12, 31), TIME(23, 59, 58), 4354819198 - 3600},
        /* The last second of winter and the first of summer. */
        {BERLIN, DATE(2024, 3, 31), TIME(1, 59, 58), 1711846798},
        {BERLIN, DATE(2024, 3, 31), TIME(3, 0, 0), 1711846800},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_EQ(local_time(cases[i].zone, cases[i].date, cases[i].time), cases[i].seconds);
}

/* Each hour of two years comes back as the local time that was packed. */
TEST(dos_time_comes_back_in_local_time)
{
    struct zip_dos_clock clock;
    int wrong = 0;

    enter_zone(BERLIN);
    zip_dos_clock_init(&clock, ZIP_DOS_LOCAL);
    for (time_t at = 1704067200; at < 1704067200 + 2 * 366 * 86400; at += 3600) {
        struct tm tm, back;
        time_t seconds;

        localtime_r(&at, &tm);
        seconds = zip_dos_time(&clock, (uint16_t)DATE(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday),
                               (uint16_t)TIME(tm.tm_hour, tm.tm_min, tm.tm_sec));
        localtime_r(&seconds, &back);
        wrong += tm.tm_hour != back.tm_hour || tm.tm_mday != back.tm_mday;
        wrong += seconds != at && labs(seconds - at) != 3600; /* the hour that comes twice */
    }
    leave_zone();
    CHECK_EQ(wrong, 0);
}

/* Nonsense gives a time, whatever the zone. */
TEST(dos_time_of_nonsense_in_a_zone)
{
    CHECK_EQ(local_time("UTC0", 0, 0), 315532800);
    CHECK_EQ(local_time("UTC0", 0xffff, 0xffff), 4354819199);
    CHECK_EQ(local_time("UTC0", DATE(2023, 2, 31), 0), 1677801600); /* as 3 March */
    CHECK_EQ(local_time(BERLIN, DATE(2024, 3, 31), TIME(2, 30, 0)) / 86400, 1711846800 / 86400);
}
