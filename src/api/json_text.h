/*
 * JSON as text: writing strings, and reading values one after the other without a tree of objects.
 *
 * Python, which the machines run, represents a byte that is not UTF-8 by a lone surrogate, U+DC80
 * to U+DCFF for the bytes 80 to FF. Both directions do the same here; json-c would lose the byte.
 */
#ifndef TASKFS_API_JSON_TEXT_H
#define TASKFS_API_JSON_TEXT_H

#include <stddef.h>

#include "base/buf.h"

/* Appends `n` bytes as a string in quotes. Quotes, backslashes and control characters are escaped,
 * and a byte that is no part of UTF-8 becomes a lone surrogate. */
void json_put_bytes(struct buf *out, const char *bytes, size_t n);

/* Reads a text that json_scan has accepted: so the functions below need not check its grammar. */
struct json_reader {
    const char *at, *end;
};

/* The text is borrowed. */
void json_reader_init(struct json_reader *reader, const char *text, size_t len);
/* Returns the first byte of the next value: one of `{["tfnNI-` or a digit. */
char json_reader_peek(struct json_reader *reader);
/* The next value is an object or an array: enters it. */
void json_reader_enter(struct json_reader *reader);
/* In an object or array: returns 1 when another member or item follows; or leaves it and returns
 * 0. */
int json_reader_more(struct json_reader *reader);
/* Passes over the next value. */
void json_reader_skip(struct json_reader *reader);
/* The next value is a string: appends it. Returns 0; -EILSEQ for a surrogate that represents
 * nothing, or bytes that are not UTF-8; or -ENOMEM or -EFBIG of `out`. The string has been passed
 * over in any case. */
int json_reader_string(struct json_reader *reader, struct buf *out);
/* In an object: passes over a member's name. Returns 1 when it is `name`, which has no character
 * that is escaped; else 0. */
int json_reader_is_name(struct json_reader *reader, const char *name);
/* In an object: appends the member's name. Returns as json_reader_string does. */
int json_reader_name(struct json_reader *reader, struct buf *out);
/* Takes the next value. Returns a finite number, or `other` when it is none. */
double json_reader_number(struct json_reader *reader, double other);

#endif
