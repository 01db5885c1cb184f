#include "base/escape.h"

#include "base/utf8.h"

/* Returns how many bytes at `text` need no escape; 0 when the first one does. */
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
