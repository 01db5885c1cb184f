#include "net/url.h"

#include <stdio.h>
#include <string.h>

void url_for_log(const char *url, char *out, size_t size)
{
    const char *authority = strstr(url, "://");
    size_t scheme_len, len;
    const char *at;

    authority = authority ? authority + 3 : url;
    scheme_len = (size_t)(authority - url);
    len = strcspn(authority, "?#");
    at = memchr(authority, '@', strcspn(authority, "/?#"));
    if (at) {
        len -= (size_t)(at + 1 - authority);
        authority = at + 1;
    }
    snprintf(out, size, "%.*s%.*s", (int)scheme_len, url, (int)len, authority);
}
