/*
 * The proxy that the environment names for a URL, by libcurl's rules.
 *
 * Source: curl(1), "ENVIRONMENT": http_proxy in lower case alone; for other schemes the variable in
 * lower case, then in upper case; then all_proxy and ALL_PROXY. An empty variable counts as unset.
 */
#ifndef TASKFS_NET_PROXY_H
#define TASKFS_NET_PROXY_H

#include <stddef.h>

struct proxy {
    const char *variable; /* the variable's name; NULL: no proxy */
    char url[256];        /* its value, without user and password, for messages */
    char host[256];       /* without brackets */
    unsigned port;
};

/* Finds the proxy for URLs of this scheme ("http", "https"); no_proxy is not looked at. Returns 1,
 * or 0 when there is none. */
int proxy_of_environment(const char *scheme, struct proxy *proxy);

#endif
