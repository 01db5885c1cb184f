/* Numbers of bytes in words. */
#ifndef TASKFS_BASE_SIZE_H
#define TASKFS_BASE_SIZE_H

#include <stddef.h>
#include <stdint.h>

#define SIZE_TEXT_MAX 32 /* bytes of the text, with its NUL */

/* Writes "12 B", or with two decimals "1.23 GB": units are powers of 1000. */
void size_text(uint64_t bytes, char *out, size_t out_size);

#endif
