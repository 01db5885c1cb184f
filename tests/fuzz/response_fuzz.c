/* Any header lines; what the response says of them must hold, and be the same whatever the line
 * ends. abort() is a finding. */
#include <stdlib.h>
#include <string.h>

#include "net/response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

/* The line in memory of its own, as libcurl hands it over: no NUL behind it. */
static void feed(struct response *response, const uint8_t *line, size_t len, const char *ending)
{
    size_t ending_len = strlen(ending);
    char *copy = malloc(len + ending_len + 1);
    char *exact;

    REQUIRE(copy);
    memcpy(copy, line, len);
    memcpy(copy + len, ending, ending_len);
    exact = realloc(copy, len + ending_len ? len + ending_len : 1);
    REQUIRE(exact);
    response_add_line(response, exact, len + ending_len);
    free(exact);
}

static void check(const struct response *response)
{
    size_t len = strnlen(response->etag, ETAG_MAX);

    REQUIRE(response->status == 0 || (response->status >= 100 && response->status <= 999));
    REQUIRE(response->content_length >= -1);
    REQUIRE(response->date >= -1 && response->date < INT64_C(7258118400));
    REQUIRE(response->retry_after >= -1 && response->retry_after <= 86400);
    REQUIRE(len < ETAG_MAX);
    REQUIRE(!(response->has_range && response->bad_range));
    if (response->has_range) {
        REQUIRE(response->has_total && response->first <= response->last);
        REQUIRE(response->last < response->total && response->total <= INT64_MAX);
    }
    if (response_has_strong_etag(response))
        REQUIRE(len >= 2 && response->etag[0] == '"' && response->etag[len - 1] == '"');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct response bare, ended;

    memset(&bare, 0, sizeof(bare));
    bare.content_length = bare.retry_after = -1;
    bare.date = HTTP_DATE_UNKNOWN;
    ended = bare;
    while (size) {
        const uint8_t *stop = memchr(data, '\n', size);
        size_t len = stop ? (size_t)(stop - data) : size;

        feed(&bare, data, len, "");
        feed(&ended, data, len, "\r\n");
        check(&bare);
        REQUIRE(memcmp(&bare, &ended, sizeof(bare)) == 0);
        data += stop ? len + 1 : len;
        size -= stop ? len + 1 : len;
    }
    return 0;
}
