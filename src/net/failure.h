/* Why a transfer of libcurl's has failed: what that means for another try, and in words. */
#ifndef TASKFS_NET_FAILURE_H
#define TASKFS_NET_FAILURE_H

#include <stddef.h>

enum failure_kind {
    FAILURE_NONE,
    FAILURE_UNREACHED, /* no connection could be made, so no request was sent; may pass */
    FAILURE_BROKEN,    /* it was cut, or stalled; may pass */
    FAILURE_HOPELESS,  /* another try would fail too: a bad certificate, a redirect loop */
};

/* What is known of a transfer that has failed. */
struct failure {
    void *easy;          /* the CURL handle */
    int code;            /* CURLcode */
    int is_connected;    /* the request was about to be sent, or was */
    const char *details; /* libcurl's own message (CURLOPT_ERRORBUFFER), or "" */
    double seconds;      /* that it has taken */
};

enum failure_kind failure_kind(const struct failure *failure);
/* Returns the negative errno of the failure, or 0 when the code is CURLE_OK. */
int failure_errno(const struct failure *failure);
/*
 * Writes what failed, naming the host that was asked, or the proxy and the variable that names it.
 * Nothing of a URL's query or user goes into the text.
 */
void failure_describe(const struct failure *failure, char *why, size_t size);

/*
 * Writes where a transfer that got an answer was redirected to: the redirect that was not followed,
 * or the last one that was. Writes "" when there was none.
 */
void failure_describe_redirect(void *easy, int status, char *why, size_t size);

#endif
