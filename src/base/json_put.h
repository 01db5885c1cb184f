/* Writing JSON (RFC 8259). */
#ifndef TASKFS_BASE_JSON_PUT_H
#define TASKFS_BASE_JSON_PUT_H

#include "base/buf.h"

/* Appends text as a string, in quotes. Bytes that are not UTF-8 become U+FFFD: JSON has no other
 * way to tell of them. An error stays in the buffer. */
void json_put_string(struct buf *out, const char *text);

#endif
