#include "zip/dos_time.h"

#include <string.h>
#include <time.h>

void zip_dos_clock_init(struct zip_dos_clock *clock, enum zip_dos_zone zone)
{
    memset(clock, 0, sizeof(*clock));
    clock->zone = zone;
}

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

/* The start of a minute, read as UTC. */
static int64_t minute_in_utc(const struct tm *tm)
{
    static const int16_t days_before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int year = tm->tm_year + 1900;
    int is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    /* Leap days from 1970 up to the year before `year`, which is 1980 to 2107. */
    int leap_days = (year - 1969) / 4 - (year > 2100);
    int64_t days = (year - 1970) * 365 + leap_days + days_before[tm->tm_mon] + (tm->tm_mday - 1);

    if (is_leap && tm->tm_mon > 1)
        days++;
    return ((days * 24 + tm->tm_hour) * 60 + tm->tm_min) * 60;
}

static int64_t minute_start(enum zip_dos_zone zone, uint16_t date, uint16_t time)
{
    struct tm tm = {.tm_year = 80 + (date >> 9),
                    .tm_mon = clamp(date >> 5 & 15, 1, 12) - 1,
                    .tm_mday = clamp(date & 31, 1, 31),
                    .tm_hour = clamp(time >> 11, 0, 23),
                    .tm_min = clamp(time >> 5 & 63, 0, 59),
                    .tm_isdst = -1};
    int64_t utc = minute_in_utc(&tm);
    time_t local = zone == ZIP_DOS_LOCAL ? mktime(&tm) : -1;

    return local == -1 ? utc : local;
}

int64_t zip_dos_time(struct zip_dos_clock *clock, uint16_t date, uint16_t time)
{
    uint32_t minute = ((uint32_t)date << 11 | time >> 5) + 1;
    uint32_t slot = minute % DOS_CLOCK_SLOTS;

    if (clock->slots[slot].minute != minute) {
        clock->slots[slot].minute = minute;
        clock->slots[slot].seconds = minute_start(clock->zone, date, time);
    }
    return clock->slots[slot].seconds + clamp((time & 31) * 2, 0, 59);
}
