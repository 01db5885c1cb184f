/* The STUN and TURN servers of a connection, as an OPEN has them (base/live_frame.h). */
#ifndef TASKFS_RTC_SERVERS_H
#define TASKFS_RTC_SERVERS_H

#include <stddef.h>
#include <stdint.h>

#define SERVERS_MAX     8
#define SERVER_HOST_MAX 254 /* bytes of a name or an address, with its NUL */

struct server {
    int is_turn; /* else it is a STUN server */
    char host[SERVER_HOST_MAX];
    uint16_t port; /* not 0 */
};

struct servers {
    struct server list[SERVERS_MAX];
    size_t count;
};

/* Parses lines `stun HOST PORT` and `turn HOST PORT`, each ended by a newline. Returns 0, or
 * -EPROTO when a line is anything else, or when they are more than SERVERS_MAX. */
int servers_parse(const char *text, size_t n, struct servers *servers);

#endif
