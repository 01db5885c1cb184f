#include "base/source.h"

#include <string.h>

int source_read(struct source *source, uint64_t offset, void *out, size_t len, uint64_t want,
                enum source_hint hint, struct op *op)
{
    uint64_t end = offset + (want > len ? want : len);
    uint8_t *to = out;

    while (len) {
        struct source_view view;
        int rc = source_view(source, offset, end - offset, hint, &view, op);
        size_t n;

        if (rc)
            return rc;
        n = view.len < len ? view.len : len;
        memcpy(to, view.data, n);
        source_release(source, &view);
        to += n;
        offset += n;
        len -= n;
    }
    return 0;
}
