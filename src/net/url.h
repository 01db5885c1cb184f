/* URLs in messages. */
#ifndef TASKFS_NET_URL_H
#define TASKFS_NET_URL_H

#include <stddef.h>

/* Writes "https://host/path" to `out`, without query, user or fragment, for messages. */
void url_for_log(const char *url, char *out, size_t size);

#endif
