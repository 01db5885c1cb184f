#include "net/response.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define RETRY_AFTER_MAX 86400

/* Parses digits at *at: at least one, without overflow. Returns 0, or -1 and leaves *at. */
static int parse_number(const char **at, const char *end, uint64_t *value)
{
    const char *p = *at;
    uint64_t n = 0;

    if (p == end || !isdigit((unsigned char)*p))
        return -1;
    for (; p < end && isdigit((unsigned char)*p); p++) {
        unsigned digit = (unsigned)(*p - '0');

        if (n > ((uint64_t)INT64_MAX - digit) / 10)
            return -1;
        n = n * 10 + digit;
    }
    *at = p;
    *value = n;
    return 0;
}

static int skip_char(const char **at, const char *end, char c)
{
    if (*at == end || **at != c)
        return -1;
    (*at)++;
    return 0;
}

/* "bytes 0-99/1000", "bytes 0-99/\*" or, of a 416, "bytes *\/1000". */
static void parse_content_range(struct response *response, const char *at, const char *end)
{
    uint64_t first, last, total;

    response->bad_range = 1;
    response->has_range = response->has_total = 0; /* of two headers, the last one counts */
    if (end - at < 6 || strncasecmp(at, "bytes ", 6) != 0)
        return;
    at += 6;
    if (!skip_char(&at, end, '*')) {
        if (skip_char(&at, end, '/') || parse_number(&at, end, &total) || at != end)
            return;
        response->total = total;
        response->has_total = 1;
        response->bad_range = 0;
        return;
    }
    if (parse_number(&at, end, &first) || skip_char(&at, end, '-') ||
        parse_number(&at, end, &last) || skip_char(&at, end, '/') ||
        parse_number(&at, end, &total) || at != end)
        return;
    if (last < first || last >= total)
        return;
    response->first = first;
    response->last = last;
    response->total = total;
    response->has_total = 1;
    response->has_range = 1;
    response->bad_range = 0;
}

static void parse_status_line(struct response *response, const char *at, const char *end)
{
    uint64_t status;

    memset(response, 0, sizeof(*response));
    response->content_length = -1;
    response->retry_after = -1;
    response->date = HTTP_DATE_UNKNOWN;
    while (at < end && *at != ' ')
        at++;
    while (at < end && *at == ' ')
        at++;
    if (!parse_number(&at, end, &status) && status >= 100 && status <= 999)
        response->status = (int)status;
}

static int is_header(const char **at, const char *end, const char *name)
{
    size_t len = strlen(name);

    if ((size_t)(end - *at) <= len || strncasecmp(*at, name, len) != 0 || (*at)[len] != ':')
        return 0;
    *at += len + 1;
    while (*at < end && (**at == ' ' || **at == '\t'))
        (*at)++;
    return 1;
}

void response_add_line(struct response *response, const char *line, size_t len)
{
    const char *at = line, *end = line + len;
    uint64_t n;

    while (end > at && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (end - at >= 5 && strncmp(at, "HTTP/", 5) == 0) {
        parse_status_line(response, at, end);
    } else if (is_header(&at, end, "content-range")) {
        parse_content_range(response, at, end);
    } else if (is_header(&at, end, "content-length")) {
        response->content_length = parse_number(&at, end, &n) || at != end ? -1 : (int64_t)n;
    } else if (is_header(&at, end, "content-encoding")) {
        if (end != at && ((end - at) != 8 || strncasecmp(at, "identity", 8) != 0))
            response->encoded = 1;
    } else if (is_header(&at, end, "retry-after")) {
        if (!parse_number(&at, end, &n) && at == end)
            response->retry_after = n > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : (int)n;
    } else if (is_header(&at, end, "date")) {
        response->date = http_date_parse(at, (size_t)(end - at));
    } else if (is_header(&at, end, "last-modified")) {
        response->has_version = 1;
    } else if (is_header(&at, end, "etag")) {
        size_t etag_len = (size_t)(end - at);

        if (etag_len >= sizeof(response->etag) || memchr(at, '\0', etag_len))
            etag_len = 0;
        response->has_version = 1;
        memcpy(response->etag, at, etag_len);
        response->etag[etag_len] = '\0';
    }
}

int response_has_strong_etag(const struct response *response)
{
    size_t len = strlen(response->etag);

    return len >= 2 && response->etag[0] == '"' && response->etag[len - 1] == '"';
}
