#include "base/escape.h"

/* The lowest and highest second byte after `lead`: where overlong forms, surrogates and what lies
 * past U+10FFFF are told apart (RFC 3629, section 4). */
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

/* How many bytes at `text` can stand as they are; 0 when the first one can't. */
static size_t plain_bytes(const unsigned char *text, size_t n, unsigned flags)
{
    size_t len;

    if (text[0] < 0x20)
        return text[0] == '\t' && (flags & ESCAPE_KEEP_TAB) ? 1 : 0;
    if (text[0] == '\\')
        return flags & ESCAPE_BACKSLASH ? 0 : 1;
    if (text[0] < 0x80)
        return text[0] == 0x7f ? 0 : 1;
    len = utf8_sequence(text, n);
    if (len == 2 && text[0] == 0xc2 && text[1] < 0xa0)
        return 0;
    if (len == 3 && text[0] == 0xe2 && text[1] == 0x80 && (text[2] == 0xa8 || text[2] == 0xa9))
        return 0;
    return len;
}

static int escape_byte(struct buf *out, unsigned char c)
{
    switch (c) {
    case '\n':
        return buf_puts(out, "\\n");
    case '\r':
        return buf_puts(out, "\\r");
    case '\t':
        return buf_puts(out, "\\t");
    case '\\':
        return buf_puts(out, "\\\\");
    default:
        return buf_printf(out, "\\x%02X", c);
    }
}

int escape_append(struct buf *out, const char *text, size_t n, unsigned flags)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t done = 0, at = 0;
    int rc;

    while (at < n) {
        size_t plain = plain_bytes(bytes + at, n - at, flags);

        if (plain) {
            at += plain;
            continue;
        }
        rc = buf_append(out, text + done, at - done);
        if (!rc)
            rc = escape_byte(out, bytes[at]);
        if (rc)
            return rc;
        done = ++at;
    }
    return buf_append(out, text + done, at - done);
}
