/*
 * Whether a text is JSON, by a grammar of our own. What json-c takes for JSON, even when told to be
 * strict, differs between its releases: 0.16 takes single quotes, and 0.18 refuses each byte above
 * 127 (json-c issues 875 and 892). So json-c parses without flags, and only what this has accepted.
 *
 * Source: RFC 8259. NaN, Infinity and -Infinity, which Python's json writes, are accepted too, and
 * so are raw control characters other than NUL in strings. Bytes above 127 in strings are not
 * looked at.
 */
#ifndef TASKFS_API_JSON_SCAN_H
#define TASKFS_API_JSON_SCAN_H

#include <stddef.h>

/*
 * Scans a text of `len` bytes. Returns NULL when it is one value and white space around it, nested
 * in at most `depth` containers, which is from 1 to 64. Else returns what is wrong, in words, and
 * `*at` is the offset of the byte where that was seen.
 */
const char *json_scan(const char *text, size_t len, unsigned depth, size_t *at);

#endif
