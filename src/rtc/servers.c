#include "rtc/servers.h"

#include <errno.h>
#include <string.h>

/* A name or an address has no other characters. */
static int is_host_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr(".-_:", c);
}

static int read_port(const char *text, size_t n, uint16_t *port)
{
    unsigned value = 0;

    if (!n || n > 5)
        return -EPROTO;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -EPROTO;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    if (!value || value > UINT16_MAX)
        return -EPROTO;
    *port = (uint16_t)value;
    return 0;
}

static int read_server(const char *line, size_t n, struct server *server)
{
    const char *host = line + 5, *space;
    size_t len;

    if (n < 5 || (memcmp(line, "stun ", 5) != 0 && memcmp(line, "turn ", 5) != 0))
        return -EPROTO;
    server->is_turn = line[0] == 't';
    space = memchr(host, ' ', n - 5);
    len = space ? (size_t)(space - host) : 0;
    if (!len || len >= SERVER_HOST_MAX)
        return -EPROTO;
    for (size_t i = 0; i < len; i++)
        if (!host[i] || !is_host_character(host[i]))
            return -EPROTO;
    memcpy(server->host, host, len);
    server->host[len] = '\0';
    return read_port(space + 1, n - 5 - len - 1, &server->port);
}

int servers_parse(const char *text, size_t n, struct servers *servers)
{
    memset(servers, 0, sizeof(*servers));
    while (n) {
        const char *end = memchr(text, '\n', n);
        size_t len = end ? (size_t)(end - text) : 0;

        if (!end || servers->count == SERVERS_MAX ||
            read_server(text, len, &servers->list[servers->count]))
            return -EPROTO;
        servers->count++;
        text += len + 1;
        n -= len + 1;
    }
    return 0;
}
