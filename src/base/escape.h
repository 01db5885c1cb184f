/*
 * Text from outside made fit for one line of a terminal: what could end the line, move the cursor
 * or is no UTF-8 becomes a backslash sequence.
 */
#ifndef TASKFS_BASE_ESCAPE_H
#define TASKFS_BASE_ESCAPE_H

#include <stddef.h>

#include "base/buf.h"

enum {
    ESCAPE_BACKSLASH = 1 << 0, /* '\' becomes '\\': what is written can be undone without doubt */
    ESCAPE_KEEP_TAB = 1 << 1,
};

/*
 * Appends `n` bytes of text. Control characters (C0, DEL, C1 and the line separators U+2028 and
 * U+2029) and bytes that are no UTF-8 (RFC 3629) become \n, \r, \t or \xNN, a byte each.
 * Returns 0, -ENOMEM or -EFBIG, as buf_append.
 */
int escape_append(struct buf *out, const char *text, size_t n, unsigned flags);

#endif
