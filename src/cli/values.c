#include "cli/values.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int value_parse_thousandths(const char *text, int64_t max, int64_t *value)
{
    int64_t n = 0, scale = 1000;
    int digits = 0;

    for (; isdigit((unsigned char)*text); text++, digits++) {
        n = n * 10 + (*text - '0');
        if (n > max)
            return -EINVAL;
    }
    n *= 1000;
    if (*text == '.') {
        for (text++; isdigit((unsigned char)*text); text++, digits++) {
            scale /= 10;
            n += (*text - '0') * scale;
        }
    }
    if (*text || !digits || n > max * 1000)
        return -EINVAL;
    *value = n;
    return 0;
}

int value_parse_whole(const char *text, int base, unsigned long max, unsigned long *value)
{
    char *end;

    if (!isdigit((unsigned char)*text))
        return -EINVAL;
    errno = 0;
    *value = strtoul(text, &end, base);
    return errno || *end || *value > max ? -EINVAL : 0;
}

int value_parse_size(const char *text, size_t min, size_t *size)
{
    static const char units[] = "KMGT";
    unsigned long n;
    char digits[24];
    size_t len = strspn(text, "0123456789");
    const char *unit;
    unsigned shift = 0;

    if (!len || len >= sizeof(digits))
        return -EINVAL;
    memcpy(digits, text, len);
    digits[len] = '\0';
    if (value_parse_whole(digits, 10, SIZE_MAX / 2, &n))
        return -EINVAL;
    text += len;
    if (*text) {
        unit = strchr(units, toupper((unsigned char)*text));
        if (!unit || text[1])
            return -EINVAL;
        shift = 10 * (unsigned)(unit - units + 1);
    }
    if (n > SIZE_MAX / 2 >> shift)
        return -EINVAL;
    *size = (size_t)n << shift;
    return *size < min ? -EINVAL : 0;
}

int value_check_url(const char *url)
{
    const char *host;

    if (strncmp(url, "https://", 8) == 0)
        host = url + 8;
    else if (strncmp(url, "http://", 7) == 0)
        host = url + 7;
    else
        return -EINVAL;
    if (!isalnum((unsigned char)*host) && *host != '[')
        return -EINVAL;
    for (; *url; url++)
        if (!isgraph((unsigned char)*url) || strchr("?#@\"<>\\", *url))
            return -EINVAL;
    return 0;
}
