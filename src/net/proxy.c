#include "net/proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/url.h"

#define PORT_DEFAULT       1080 /* of libcurl, for a proxy without a port */
#define PORT_DEFAULT_HTTPS 443

static const char *value_of(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value ? value : NULL;
}

/* Returns the variable that names the proxy, or NULL. */
static const char *variable_for(const char *scheme)
{
    int is_https = strcmp(scheme, "https") == 0;

    if (value_of(is_https ? "https_proxy" : "http_proxy"))
        return is_https ? "https_proxy" : "http_proxy";
    if (is_https && value_of("HTTPS_PROXY"))
        return "HTTPS_PROXY";
    if (value_of("all_proxy"))
        return "all_proxy";
    return value_of("ALL_PROXY") ? "ALL_PROXY" : NULL;
}

/* Takes "HOST:PORT" or "[ADDRESS]:PORT" of the URL apart. */
static void split_url(struct proxy *proxy)
{
    const char *scheme_end = strstr(proxy->url, "://");
    const char *at = scheme_end ? scheme_end + 3 : proxy->url;
    size_t len;

    proxy->port = strncmp(proxy->url, "https://", 8) == 0 ? PORT_DEFAULT_HTTPS : PORT_DEFAULT;
    if (*at == '[') {
        at++;
        len = strcspn(at, "]");
    } else {
        len = strcspn(at, ":/");
    }
    snprintf(proxy->host, sizeof(proxy->host), "%.*s", (int)len, at);
    at += len;
    if (*at == ']')
        at++;
    if (*at == ':')
        proxy->port = (unsigned)strtoul(at + 1, NULL, 10);
}

int proxy_of_environment(const char *scheme, struct proxy *proxy)
{
    proxy->variable = variable_for(scheme);
    if (!proxy->variable)
        return 0;
    url_for_log(value_of(proxy->variable), proxy->url, sizeof(proxy->url));
    split_url(proxy);
    return 1;
}
