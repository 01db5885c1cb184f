#include "store/hosts.h"

#include <string.h>
#include <strings.h>

/* The length of the URL's scheme, host and port: "https://store.example:8443". */
static size_t origin_len(const char *url)
{
    const char *host = strstr(url, "://");

    return host ? (size_t)(host - url) + 3 + strcspn(host + 3, "/?#") : 0;
}

static struct store_host *store_hosts_find(struct store_hosts *hosts, const char *url)
{
    size_t len = origin_len(url);

    for (unsigned i = 0; len && i < STORE_HOSTS_MAX; i++) {
        struct store_host *host = &hosts->hosts[i];

        if (strncasecmp(host->origin, url, len) == 0 && !host->origin[len]) {
            host->used = ++hosts->clock;
            return host;
        }
    }
    return NULL;
}

static struct store_host *store_hosts_oldest(struct store_hosts *hosts)
{
    struct store_host *oldest = &hosts->hosts[0];

    for (unsigned i = 1; i < STORE_HOSTS_MAX; i++)
        if (hosts->hosts[i].used < oldest->used)
            oldest = &hosts->hosts[i];
    return oldest;
}

unsigned store_hosts_traits(struct store_hosts *hosts, const char *url)
{
    const struct store_host *host = store_hosts_find(hosts, url);

    return host ? host->traits : 0;
}

void store_hosts_learn(struct store_hosts *hosts, const char *url, unsigned traits)
{
    struct store_host *host = store_hosts_find(hosts, url);
    size_t len = origin_len(url);

    if (!host) {
        if (!len || len >= STORE_HOST_LEN)
            return;
        host = store_hosts_oldest(hosts);
        *host = (struct store_host){.used = ++hosts->clock};
        memcpy(host->origin, url, len);
    }
    host->traits |= traits;
}
