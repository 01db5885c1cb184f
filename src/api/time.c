#include <string.h>

#include "api/task.h"

#define NS_PER_SECOND INT64_C(1000000000)

/* Reads exactly `digits` digits; returns their value and moves *text, or -1. */
static int time_take_digits(const char **text, int digits)
{
    int value = 0;

    for (int i = 0; i < digits; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + (**text - '0');
    }
    return value;
}

static int time_take_char(const char **text, const char *any_of)
{
    if (!**text || !strchr(any_of, **text))
        return 0;
    (*text)++;
    return 1;
}

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar, counted in years that begin
 * in March, so that a leap day is the last of its year. */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && is_leap);
}

/* YYYY-MM-DD; the years are those whose nanoseconds an int64_t holds whole. */
static int time_take_date(const char **text, int64_t *days)
{
    int year, month, day;

    year = time_take_digits(text, 4);
    if (year < 1678 || year > 2261 || !time_take_char(text, "-"))
        return 0;
    month = time_take_digits(text, 2);
    if (month < 1 || month > 12 || !time_take_char(text, "-"))
        return 0;
    day = time_take_digits(text, 2);
    if (day < 1 || day > days_in_month(year, month))
        return 0;
    *days = days_from_date(year, month, day);
    return 1;
}

/* HH:MM[:SS]; a leap second counts as the second after it. */
static int time_take_clock(const char **text, int64_t *seconds)
{
    int hour, minute, second = 0;

    hour = time_take_digits(text, 2);
    if (hour < 0 || hour > 23 || !time_take_char(text, ":"))
        return 0;
    minute = time_take_digits(text, 2);
    if (minute < 0 || minute > 59)
        return 0;
    if (time_take_char(text, ":"))
        second = time_take_digits(text, 2);
    if (second < 0 || second > 60)
        return 0;
    *seconds = (int64_t)hour * 3600 + minute * 60 + second;
    return 1;
}

/* A fraction of any length; digits past nanoseconds are dropped. */
static int time_take_fraction(const char **text, int64_t *ns)
{
    int64_t unit = NS_PER_SECOND / 10;

    *ns = 0;
    if (!time_take_char(text, ".,"))
        return 1;
    if (**text < '0' || **text > '9')
        return 0;
    for (; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
        *ns += unit * (**text - '0');
    return 1;
}

/* Z, +HH:MM, +HHMM, +HH or nothing, which is UTC. */
static int time_take_offset(const char **text, int64_t *seconds)
{
    int sign, hours, minutes = 0;

    *seconds = 0;
    if (!**text || time_take_char(text, "Zz"))
        return 1;
    sign = **text == '-' ? -1 : 1;
    if (!time_take_char(text, "+-"))
        return 0;
    hours = time_take_digits(text, 2);
    if (hours < 0 || hours > 23)
        return 0;
    time_take_char(text, ":");
    if (**text)
        minutes = time_take_digits(text, 2);
    if (minutes < 0 || minutes > 59)
        return 0;
    *seconds = sign * ((int64_t)hours * 3600 + minutes * 60);
    return 1;
}

int64_t time_parse(const char *text)
{
    int64_t days, seconds, ns, offset;

    if (!text || !time_take_date(&text, &days) || !time_take_char(&text, "Tt ") ||
        !time_take_clock(&text, &seconds) || !time_take_fraction(&text, &ns) ||
        !time_take_offset(&text, &offset) || *text)
        return TIME_UNKNOWN;
    return (days * 86400 + seconds - offset) * NS_PER_SECOND + ns;
}
