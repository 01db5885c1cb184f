#include "tree/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int zip_tree_add_name(struct zip_tree *tree, const char *name, size_t len, uint32_t *offset)
{
    uint64_t wanted = (uint64_t)tree->extra_len + len;

    if (wanted > tree->extra_capacity) {
        uint64_t capacity = wanted + wanted / 2;
        char *extra;

        if (wanted > UINT32_MAX)
            return -ENOMEM;
        if (capacity > UINT32_MAX)
            capacity = UINT32_MAX;
        extra = realloc(tree->extra, capacity);
        if (!extra)
            return -ENOMEM;
        tree->extra = extra;
        tree->extra_capacity = (uint32_t)capacity;
    }
    memcpy(tree->extra + tree->extra_len, name, len);
    *offset = tree->extra_len;
    tree->extra_len = (uint32_t)wanted;
    return 0;
}
