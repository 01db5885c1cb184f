#include "base/json_put.h"

#include <string.h>

#include "base/utf8.h"

void json_put_string(struct buf *out, const char *text)
{
    buf_putc(out, '"');
    while (*text) {
        unsigned char c = (unsigned char)*text;
        size_t n = utf8_sequence((const unsigned char *)text, strlen(text));

        if (!n)
            buf_puts(out, "\xef\xbf\xbd");
        else if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\u%04x", c);
        else
            buf_append(out, text, n);
        text += n ? n : 1;
    }
    buf_putc(out, '"');
}
