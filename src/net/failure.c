#include "net/failure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/net_internal.h"
#include "net/proxy.h"
#include "net/url.h"

#define URL_TEXT_MAX 300

static int is_hopeless(int code)
{
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return 1;
    default:
        return 0;
    }
}

/* The connection was refused, or there is no way or no address: even where an earlier connection of
 * the same transfer, before a redirect, was made. */
static int is_refusal(int code)
{
    return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
           code == CURLE_COULDNT_RESOLVE_PROXY;
}

enum failure_kind failure_kind(const struct failure *failure)
{
    if (failure->code == CURLE_OK)
        return FAILURE_NONE;
    if (is_hopeless(failure->code))
        return FAILURE_HOPELESS;
    return is_refusal(failure->code) || !failure->is_connected ? FAILURE_UNREACHED : FAILURE_BROKEN;
}

int failure_errno(const struct failure *failure)
{
    switch (failure->code) {
    case CURLE_OK:
        return 0;
    case CURLE_OPERATION_TIMEDOUT:
        return -ETIMEDOUT;
    case CURLE_OUT_OF_MEMORY:
        return -ENOMEM;
    case CURLE_COULDNT_CONNECT:
        return -ECONNREFUSED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return -EHOSTUNREACH;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return -EINVAL;
    default:
        return -ECONNRESET;
    }
}

/* "https://host:port" of the URL that the transfer came to last. */
static void origin_of(CURL *easy, char *out, size_t size)
{
    char *url = NULL, shown[URL_TEXT_MAX];
    const char *path;

    curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
    url_for_log(url ? url : "", shown, sizeof(shown));
    path = strstr(shown, "://");
    path = strchr(path ? path + 3 : shown, '/');
    snprintf(out, size, "%.*s", (int)(path ? path - shown : (int)strlen(shown)), shown);
}

/*
 * Whether the connection that failed was to the proxy. libcurl tells so itself from 8.7.0 on;
 * before, its message names the host and the port that it has tried.
 */
static int is_of_proxy(const struct failure *failure, const struct proxy *proxy)
{
    char tried[300];

    if (failure->code == CURLE_COULDNT_RESOLVE_PROXY)
        return 1;
#if LIBCURL_VERSION_NUM >= 0x080700
    long used = 0;

    if (!curl_easy_getinfo(failure->easy, CURLINFO_USED_PROXY, &used))
        return used != 0;
#endif
    snprintf(tried, sizeof(tried), "%s port %u ", proxy->host, proxy->port);
    return strstr(failure->details, tried) != NULL;
}

/* Writes who could not be reached: "'https://host'", or the proxy. */
static void name_peer(const struct failure *failure, char *out, size_t size)
{
    char origin[URL_TEXT_MAX];
    struct proxy proxy;

    origin_of(failure->easy, origin, sizeof(origin));
    if (proxy_of_environment(strncmp(origin, "https:", 6) == 0 ? "https" : "http", &proxy) &&
        is_of_proxy(failure, &proxy))
        snprintf(out, size, "the proxy '%s' (%s)", proxy.url, proxy.variable);
    else
        snprintf(out, size, "'%s'", origin);
}

static void describe_refusal(const struct failure *failure, char *why, size_t size)
{
    char peer[URL_TEXT_MAX + 40];
    long error = 0;

    name_peer(failure, peer, sizeof(peer));
    curl_easy_getinfo(failure->easy, CURLINFO_OS_ERRNO, &error);
    if (failure->code == CURLE_COULDNT_RESOLVE_HOST || failure->code == CURLE_COULDNT_RESOLVE_PROXY)
        snprintf(why, size, "cannot resolve the host name of %s", peer);
    else if (error)
        snprintf(why, size, "cannot connect to %s: %s", peer, strerror((int)error));
    else
        snprintf(why, size, "cannot connect to %s", peer);
}

static void describe_timeout(const struct failure *failure, char *why, size_t size)
{
    char peer[URL_TEXT_MAX + 40];

    name_peer(failure, peer, sizeof(peer));
    if (failure->is_connected)
        snprintf(why, size, "timeout: no complete answer within %.3g s", failure->seconds);
    else
        snprintf(why, size, "cannot connect to %s within %.3g s", peer, failure->seconds);
}

void failure_describe(const struct failure *failure, char *why, size_t size)
{
    /* libcurl's own message is more precise than that of the code. None is known to hold a URL, but
     * a query must never be logged. */
    int is_safe = failure->details[0] && !strchr(failure->details, '?');
    const char *details = is_safe ? failure->details : curl_easy_strerror((CURLcode)failure->code);
    char origin[URL_TEXT_MAX];

    if (is_refusal(failure->code)) {
        describe_refusal(failure, why, size);
    } else if (failure->code == CURLE_OPERATION_TIMEDOUT) {
        describe_timeout(failure, why, size);
    } else if (failure->code == CURLE_TOO_MANY_REDIRECTS) {
        failure_describe_redirect(failure->easy, 0, why, size);
    } else if (is_hopeless(failure->code)) {
        origin_of(failure->easy, origin, sizeof(origin));
        snprintf(why, size, "%s ('%s')", details, origin);
    } else {
        snprintf(why, size, "%s", details);
    }
}

void failure_describe_redirect(void *easy, int status, char *why, size_t size)
{
    char *url = NULL, shown[URL_TEXT_MAX];
    long count = 0;

    why[0] = '\0';
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_COUNT, &count);
    if (count) {
        curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
        url_for_log(url ? url : "", shown, sizeof(shown));
        snprintf(why, size,
                 status ? "after a redirect to '%s'" : "too many redirects, the last to '%s'",
                 shown);
        return;
    }
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &url);
    if (!url)
        return;
    url_for_log(url, shown, sizeof(shown));
    snprintf(why, size, "a redirect to '%s', which is not followed", shown);
}
