#include "range_store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fixed(struct tiny_answer *answer, int status, const char *text)
{
    memset(answer, 0, sizeof(*answer));
    answer->cut = TINY_ALL;
    answer->status = status;
    answer->body = text;
    answer->len = strlen(text);
}

static void partial(struct store *store, struct tiny_answer *answer, uint64_t first, uint64_t end,
                    uint64_t total)
{
    fixed(answer, 206, "");
    tiny_header(answer, "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first, end - 1,
                total);
    if (store->etag)
        tiny_header(answer, "ETag: %s", store->etag);
    answer->body = store->bytes + first;
    answer->len = (size_t)(end - first);
}

static void act(struct store *store, enum act what, const struct tiny_request *request,
                struct tiny_answer *answer)
{
    uint64_t first = request->first, end = request->end, half = first + (end - first) / 2;

    tiny_object(request, store->bytes, store->n, store->etag, answer);
    switch (what) {
    case HONEST:
        break;
    case SHORT:
        partial(store, answer, first, half, store->n);
        break;
    case ELSEWHERE:
        partial(store, answer, first + 1, end, store->n);
        break;
    case TOO_FAR:
        partial(store, answer, first, end + 1, store->n);
        break;
    case RANGELESS:
        answer->headers[0] = '\0';
        if (store->etag)
            tiny_header(answer, "ETag: %s", store->etag);
        break;
    case LYING:
        answer->len--;
        break;
    case SHORT_LIE:
        answer->len /= 2;
        answer->no_length = 1;
        break;
    case LONG_LIE:
        answer->len += 5;
        answer->no_length = 1;
        break;
    case ENCODED:
        tiny_header(answer, "Content-Encoding: gzip");
        break;
    case WHOLE:
    case WHOLE_OPEN:
        fixed(answer, 200, "");
        if (store->etag)
            tiny_header(answer, "ETag: %s", store->etag);
        answer->body = store->bytes;
        answer->len = store->n;
        answer->no_length = what == WHOLE_OPEN;
        break;
    case CUT:
        answer->cut = answer->len / 2;
        break;
    case CUT_LATE:
        answer->cut = 8192;
        break;
    case SILENT:
        fixed(answer, 0, "");
        break;
    case REFUSED_400:
        fixed(answer, 400, "<Error><Code>ExpiredToken</Code></Error>");
        break;
    case REFUSED_403:
        fixed(answer, 403, "<Error/>");
        break;
    case GONE:
        fixed(answer, 404, "<Error/>");
        break;
    case CHANGED:
        fixed(answer, 412, "<Error/>");
        break;
    case OTHER_ETAG:
        store->etag = "\"other\"";
        partial(store, answer, first, end, store->n);
        break;
    case OTHER_SIZE:
        partial(store, answer, first, end, store->n - 1);
        break;
    case NO_SUFFIX:
        fixed(answer, 416, "");
        tiny_header(answer, "Content-Range: bytes */%zu", store->n);
        break;
    case EMPTY:
        fixed(answer, 416, "");
        tiny_header(answer, "Content-Range: bytes */0");
        break;
    case BUSY:
    case BUSY_7:
    case BUSY_LONG:
        fixed(answer, 503, "busy");
        if (what != BUSY)
            tiny_header(answer, "Retry-After: %d", what == BUSY_7 ? 7 : 61);
        break;
    case MOVED:
        fixed(answer, 302, "moved");
        tiny_header(answer, "Location: /elsewhere");
        break;
    case TEAPOT:
        fixed(answer, 418, "tea");
        break;
    }
}

static void store_answer(void *arg, const struct tiny_request *request, struct tiny_answer *answer)
{
    struct store *store = arg;
    unsigned number = request->number < store->count ? request->number : store->count - 1;

    act(store, store->count ? store->acts[number] : HONEST, request, answer);
}

static int give_url(struct range_target *target, struct range *range, const char **url,
                    unsigned *generation)
{
    struct fetch *fetch = container_of(target, struct fetch, target);

    (void)range;
    snprintf(fetch->url, sizeof(fetch->url), "%s/object?signature=%u",
             tiny_http_url(fetch->fake.http), fetch->generation);
    *url = fetch->url;
    *generation = fetch->generation;
    return fetch->url_result;
}

static void url_refused(struct range_target *target, unsigned generation)
{
    struct fetch *fetch = container_of(target, struct fetch, target);

    fetch->refusals++;
    if (generation == fetch->generation)
        fetch->generation++;
}

void fetch_take_bytes(struct range *range, const uint8_t *bytes, size_t n)
{
    struct fetch *fetch = container_of(range, struct fetch, range);

    if (fetch->got + n > CONTENT * 10)
        abort();
    memcpy(fetch->bytes + fetch->got, bytes, n);
    fetch->got += n;
}

void fetch_take_end(struct range *range, int error)
{
    struct fetch *fetch = container_of(range, struct fetch, range);

    fetch->error = error;
    fetch->is_over++;
}

void fetch_init(struct fetch *fetch, size_t n, const enum act *acts, unsigned count)
{
    memset(fetch, 0, sizeof(*fetch));
    fetch->store = (struct store){.acts = acts, .count = count, .etag = "\"one\"", .n = n};
    fetch->store.bytes = malloc(n + 16);
    fetch->bytes = malloc(CONTENT * 10);
    if (!fetch->store.bytes || !fetch->bytes)
        abort();
    for (size_t i = 0; i < n + 16; i++)
        fetch->store.bytes[i] = (uint8_t)(i * 7 + i / 251 + i / 65521);
    fetch->target.get_url = give_url;
    fetch->target.on_url_refused = url_refused;
    fetch->target.name = "object";
    fetch->target.size = RANGE_SIZE_UNKNOWN;
    transfer_group_init(&fetch->target.group);
    fake_net_start(&fetch->fake, store_answer, &fetch->store);
}

void fetch_free(struct fetch *fetch)
{
    fake_net_stop(&fetch->fake);
    free(fetch->store.bytes);
    free(fetch->bytes);
}

void fetch_start(void *arg)
{
    struct fetch *fetch = arg;

    range_start(fetch->fake.net, &fetch->range);
}

int fetch_run(struct fetch *fetch, uint64_t first, uint64_t end, uint64_t suffix)
{
    memset(&fetch->range, 0, sizeof(fetch->range));
    fetch->range.target = &fetch->target;
    fetch->range.first = first;
    fetch->range.end = end;
    fetch->range.suffix = suffix;
    fetch->range.patience_ms = PATIENCE;
    fetch->range.on_bytes = fetch_take_bytes;
    fetch->range.on_done = fetch_take_end;
    fetch->got = 0;
    fetch->is_over = 0;
    fake_net_run(&fetch->fake, fetch_start, fetch);
    fake_net_wait(&fetch->fake, &fetch->is_over);
    return fetch->error;
}

int fetch_has_bytes(const struct fetch *fetch, uint64_t first, uint64_t end)
{
    return fetch->is_over == 1 && fetch->got == end - first &&
           memcmp(fetch->bytes, fetch->store.bytes + first, fetch->got) == 0;
}

int fetch_asked(struct fetch *fetch, unsigned number, const char *range)
{
    struct tiny_request request = tiny_http_request(fetch->fake.http, number);

    if (strcmp(request.range, range) == 0 && strcmp(request.method, "GET") == 0 && !request.key[0])
        return 1;
    fprintf(stderr, "request %u: '%s'\n", number, request.range);
    return 0;
}

struct outcome fetch_outcome(size_t n, const enum act *acts, unsigned count)
{
    struct outcome outcome;
    struct fetch fetch;

    fetch_init(&fetch, n, acts, count);
    outcome.error = fetch_run(&fetch, 1000, 21000, 0);
    outcome.is_right = fetch_has_bytes(&fetch, 1000, 21000);
    outcome.is_prefix = memcmp(fetch.bytes, fetch.store.bytes + 1000, fetch.got) == 0;
    outcome.got = fetch.got;
    outcome.attempts = ATTEMPTS(&fetch);
    outcome.last = tiny_http_request(fetch.fake.http, outcome.attempts - 1);
    outcome.elapsed = fake_net_elapsed(&fetch.fake);
    outcome.retries = stats_get(&fetch.fake.stats, STAT_RETRIES);
    outcome.fetched = stats_get(&fetch.fake.stats, STAT_BYTES_FETCHED);
    fetch_free(&fetch);
    return outcome;
}
