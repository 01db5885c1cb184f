#include "base/utf8.h"

/* The range of the second byte depends on `lead`: it excludes overlong forms, surrogates and code
 * points past U+10FFFF (RFC 3629, section 4). */
static int second_byte_fits(unsigned char lead, unsigned char second)
{
    unsigned char low = 0x80, high = 0xbf;

    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    return second >= low && second <= high;
}

size_t utf8_sequence(const unsigned char *text, size_t n)
{
    size_t len;

    if (text[0] < 0x80)
        return 1;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    len = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    if (n < len || !second_byte_fits(text[0], text[1]))
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return len;
}
