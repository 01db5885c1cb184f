#include "member/methods.h"

#include <stddef.h>
#include <stdint.h>

#include "member/libzip_decoder.h"

/* APPNOTE.TXT, section 4.4.5; those that some program writes today. */
static const struct {
    uint16_t method;
    const char *name;
} methods[] = {{9, "Deflate64"}, {12, "bzip2"}, {14, "LZMA"}, {93, "Zstandard"}, {95, "XZ"}};

void methods_describe(struct buf *out)
{
    const char *between = " ";

    buf_puts(out, "reads members that are stored or deflated\n");
    buf_printf(out, "through libzip %s:", libzip_version());
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (!libzip_has_method(methods[i].method))
            continue;
        buf_printf(out, "%s%s", between, methods[i].name);
        between = ", ";
    }
    buf_putc(out, '\n');
}
