/* Allocation, where malloc(3) alone is not enough. */
#ifndef TASKFS_BASE_MEMORY_H
#define TASKFS_BASE_MEMORY_H

#include <stdlib.h>

/* Gives back what `block` holds in excess of `size` > 0 bytes; failing to is no failure. */
static inline void *memory_fit(void *block, size_t size)
{
    void *smaller = realloc(block, size);

    /* cppcheck-suppress memleak ; one of the two is returned */
    return smaller ? smaller : block;
}

#endif
