/* Allocation, in addition to malloc(3). */
#ifndef TASKFS_BASE_MEMORY_H
#define TASKFS_BASE_MEMORY_H

#include <stdlib.h>

/* Shrinks `block`, an allocation of at least `size` > 0 bytes, to `size`. Returns the block, which
 * may have moved; when it cannot be shrunk, the block as it was. */
static inline void *memory_fit(void *block, size_t size)
{
    void *smaller = realloc(block, size);

    /* cppcheck-suppress memleak ; one of the two is returned */
    return smaller ? smaller : block;
}

#endif
