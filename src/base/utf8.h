/* UTF-8, as RFC 3629 has it. */
#ifndef TASKFS_BASE_UTF8_H
#define TASKFS_BASE_UTF8_H

#include <stddef.h>

/* How many bytes the sequence at `text` (`n` > 0 bytes) takes, 1 to 4; 0 when it is none. */
size_t utf8_sequence(const unsigned char *text, size_t n);

#endif
