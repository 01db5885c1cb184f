/*
 * Makes text from outside safe to print on one line of a terminal: bytes that could end the line or
 * move the cursor, and bytes that are not UTF-8, become backslash sequences.
 */
#ifndef TASKFS_BASE_ESCAPE_H
#define TASKFS_BASE_ESCAPE_H

#include <stddef.h>

#include "base/buf.h"

enum {
    ESCAPE_BACKSLASH = 1 << 0, /* '\' becomes '\\', so that the escaping can be undone */
    ESCAPE_KEEP_TAB = 1 << 1,  /* a tab stays a tab */
};

/*
 * Appends `n` bytes of text. Control characters (C0, DEL, C1 and the line separators U+2028 and
 * U+2029) and bytes that are not UTF-8 (RFC 3629) become \n, \r, \t or \xNN, one for each
 * byte. Returns 0, -ENOMEM or -EFBIG, as buf_append does.
 */
int escape_append(struct buf *out, const char *text, size_t n, unsigned flags);

#endif
