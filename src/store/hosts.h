/*
 * What was learned of the hosts of the store, so that it is learned once: which of them take no
 * range by suffix. A few hosts are remembered; the least recently used one makes room.
 *
 * The net thread alone uses it.
 */
#ifndef TASKFS_STORE_HOSTS_H
#define TASKFS_STORE_HOSTS_H

#include <stdint.h>

#define STORE_HOSTS_MAX 16
#define STORE_HOST_LEN  256 /* bytes, with the NUL; a longer host is not remembered */

enum store_trait {
    STORE_NO_SUFFIX = 1 << 0,      /* takes no range by suffix */
    STORE_NO_LONG_SUFFIX = 1 << 1, /* takes none that is longer than the object */
};

/* All zero at first. */
struct store_hosts {
    struct store_host {
        char origin[STORE_HOST_LEN]; /* scheme, host and port of a URL; "" none */
        unsigned traits;
        uint64_t used; /* the clock of its last use */
    } hosts[STORE_HOSTS_MAX];
    uint64_t clock;
};

/* Returns what is known of the URL's host: a set of enum store_trait. */
unsigned store_hosts_traits(struct store_hosts *hosts, const char *url);
/* Adds to what is known of the URL's host. */
void store_hosts_learn(struct store_hosts *hosts, const char *url, unsigned traits);

#endif
