#include "net/http_date.h"

#include <string.h>
#include <time.h>

#define DATE_LEN 29 /* bytes of "Sun, 06 Nov 1994 08:49:37 GMT" */

/* Returns the number that `digits` digits make, or -1. */
static int number_at(const char *text, int digits)
{
    int number = 0;

    for (int i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* Returns the place of the three letters in a list of such names, or -1. */
static int name_at(const char *text, const char *names)
{
    for (int i = 0; names[3 * i]; i++)
        if (memcmp(text, names + 3 * i, 3) == 0)
            return i;
    return -1;
}

/* Whether the text has the pattern's characters, where the pattern has no '?'. */
static int has_pattern(const char *text, const char *pattern)
{
    for (; *pattern; text++, pattern++)
        if (*pattern != '?' && *pattern != *text)
            return 0;
    return 1;
}

int64_t http_date_parse(const char *text, size_t len)
{
    struct tm given, read;
    time_t seconds;

    if (len != DATE_LEN || !has_pattern(text, "???, ?? ??? ???? ??:??:?? GMT") ||
        name_at(text, "MonTueWedThuFriSatSun") < 0)
        return HTTP_DATE_UNKNOWN;
    memset(&given, 0, sizeof(given));
    given.tm_mday = number_at(text + 5, 2);
    given.tm_mon = name_at(text + 8, "JanFebMarAprMayJunJulAugSepOctNovDec");
    given.tm_year = number_at(text + 12, 4) - 1900;
    given.tm_hour = number_at(text + 17, 2);
    given.tm_min = number_at(text + 20, 2);
    given.tm_sec = number_at(text + 23, 2);
    if (given.tm_mday < 1 || given.tm_mon < 0 || given.tm_year < 70 || given.tm_year > 299 ||
        given.tm_hour < 0 || given.tm_hour > 23 || given.tm_min < 0 || given.tm_min > 59 ||
        given.tm_sec < 0 || given.tm_sec > 60)
        return HTTP_DATE_UNKNOWN;
    read = given;
    seconds = timegm(&read);
    /* timegm makes 2 March of 30 February; a leap second is the second after it. */
    if (read.tm_mday != given.tm_mday && given.tm_sec != 60)
        return HTTP_DATE_UNKNOWN;
    return seconds;
}
