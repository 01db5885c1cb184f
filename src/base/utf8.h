/* UTF-8, RFC 3629. */
#ifndef TASKFS_BASE_UTF8_H
#define TASKFS_BASE_UTF8_H

#include <stddef.h>

/* Returns the length of the UTF-8 sequence at `text`, 1 to 4 bytes of `n` > 0; 0 when there is no
 * valid one. */
size_t utf8_sequence(const unsigned char *text, size_t n);

#endif
