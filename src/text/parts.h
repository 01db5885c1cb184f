/* The parts that texts are made of. */
#ifndef TASKFS_TEXT_PARTS_H
#define TASKFS_TEXT_PARTS_H

#include <stdint.h>

#include "base/buf.h"

/* HH:MM:SS without a newline; rounds down, hours grow past two digits. */
void text_put_duration(struct buf *out, uint64_t seconds);
/* From `start` to `end`, ns since 1970, in whole seconds; 0 when the end is before the start. */
uint64_t text_span(int64_t start, int64_t end);
/* "2026-01-05 10:00:00 UTC"; 23 characters. */
void text_put_time(struct buf *out, int64_t ns);
/* On one line; control characters and bytes that are not UTF-8 are escaped, backslashes are not. */
void text_put_line(struct buf *out, const char *text);
/* As text_size. */
void text_put_size(struct buf *out, uint64_t bytes);

#endif
