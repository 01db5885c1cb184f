/* Source: RFC 9110, section 5.6.7, the form that servers must send: "Sun, 06 Nov 1994 08:49:37
 * GMT". */
#ifndef TASKFS_NET_HTTP_DATE_H
#define TASKFS_NET_HTTP_DATE_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_DATE_UNKNOWN (-1)

/* Returns the `len` bytes of `text` as seconds since 1970 UTC; HTTP_DATE_UNKNOWN when they are not
 * such a date, or one before 1970 or after 2199. The name of the day is not compared with the
 * date. */
int64_t http_date_parse(const char *text, size_t len);

#endif
