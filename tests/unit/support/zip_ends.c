#include "zip_ends.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void build_two(struct zip_builder *builder, const struct zip_ending *ending)
{
    zip_builder_file(builder, "one", "1", 1);
    zip_builder_file(builder, "dir/two", "22", 2);
    zip_builder_end(builder, ending);
}

int find_all(const struct zip_builder *builder, struct zip_end *end)
{
    uint64_t need;

    return zip_end_find(builder->out.bytes, builder->out.n, builder->out.n, end, &need);
}

int find_from(const struct zip_builder *builder, size_t n, struct zip_end *end, int *rounds)
{
    size_t size = builder->out.n;
    uint64_t need;
    int rc;

    *rounds = 0;
    for (;;) {
        /* An exact copy, so that a read outside of the tail is caught. */
        uint8_t *tail = malloc(n ? n : 1);

        if (!tail)
            return -ENOMEM;
        if (n > 0)
            memcpy(tail, builder->out.bytes + size - n, n);
        rc = zip_end_find(tail, n, size, end, &need);
        free(tail);
        ++*rounds;
        if (rc != -EAGAIN)
            return rc;
        if (need <= n || need > size)
            return -EPROTO;
        n = (size_t)need;
    }
}
