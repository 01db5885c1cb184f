#include "net/range.h"

#include <errno.h>
#include <stdlib.h>

#include "fake_net.h"
#include "test.h"

#define CONTENT  (300u * 1024) /* small enough to be borne whole */
#define PATIENCE 60000

/* What the store does with a request. */
enum act {
    HONEST,
    SHORT,       /* the first half of what was asked, and says so */
    ELSEWHERE,   /* a byte further on */
    TOO_FAR,     /* more than was asked for */
    RANGELESS,   /* 206 without Content-Range */
    LYING,       /* Content-Range and Content-Length differ */
    SHORT_LIE,   /* half of the bytes that it says, and closes */
    LONG_LIE,    /* more than it says, to the end of the connection */
    ENCODED,     /* 206 with gzip */
    WHOLE,       /* 200 */
    WHOLE_OPEN,  /* 200, its length not told */
    CUT,         /* after half of the body */
    CUT_LATE,    /* after 8 KiB */
    SILENT,      /* no answer at all */
    REFUSED_400, /* the signed URL has expired */
    REFUSED_403,
    GONE,       /* 404 */
    CHANGED,    /* 412 */
    OTHER_ETAG, /* another version, If-Match unheard */
    OTHER_SIZE,
    NO_SUFFIX, /* 416 of an object that is not empty */
    EMPTY,     /* 416 of one that is */
    BUSY,      /* 503 */
    BUSY_7,    /* and come again in 7 s */
    BUSY_LONG,
    MOVED,  /* 302 to /elsewhere */
    TEAPOT, /* 418 */
};

struct store {
    const enum act *acts;
    unsigned count; /* the last one goes on for ever; none: HONEST */
    const char *etag;
    uint8_t *bytes;
    size_t n;
};

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

struct fetch {
    struct fake_net fake;
    struct store store;
    struct range_target target;
    struct range range;
    uint8_t *bytes;
    size_t got;
    int error;
    int is_over;
    char url[100];
    unsigned generation, refusals;
    int url_result; /* what `url` says from now on */
};

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

static void take_bytes(struct range *range, const uint8_t *bytes, size_t n)
{
    struct fetch *fetch = container_of(range, struct fetch, range);

    if (fetch->got + n > CONTENT * 10)
        abort();
    memcpy(fetch->bytes + fetch->got, bytes, n);
    fetch->got += n;
}

static void take_end(struct range *range, int error)
{
    struct fetch *fetch = container_of(range, struct fetch, range);

    fetch->error = error;
    fetch->is_over++;
}

static void fetch_init(struct fetch *fetch, size_t n, const enum act *acts, unsigned count)
{
    memset(fetch, 0, sizeof(*fetch));
    fetch->store = (struct store){.acts = acts, .count = count, .etag = "\"one\"", .n = n};
    fetch->store.bytes = malloc(n + 16);
    fetch->bytes = malloc(CONTENT * 10);
    if (!fetch->store.bytes || !fetch->bytes)
        abort();
    for (size_t i = 0; i < n + 16; i++)
        fetch->store.bytes[i] = (uint8_t)(i * 7 + i / 251 + i / 65521);
    fetch->target.url = give_url;
    fetch->target.refused = url_refused;
    fetch->target.name = "object";
    fetch->target.size = RANGE_SIZE_UNKNOWN;
    fake_net_start(&fetch->fake, store_answer, &fetch->store);
}

static void fetch_free(struct fetch *fetch)
{
    fake_net_stop(&fetch->fake);
    free(fetch->store.bytes);
    free(fetch->bytes);
}

static void start_range(void *arg)
{
    struct fetch *fetch = arg;

    range_start(fetch->fake.net, &fetch->range);
}

/* suffix 0: [first, end). Returns what on_done was told. */
static int fetch_run(struct fetch *fetch, uint64_t first, uint64_t end, uint64_t suffix)
{
    memset(&fetch->range, 0, sizeof(fetch->range));
    fetch->range.target = &fetch->target;
    fetch->range.first = first;
    fetch->range.end = end;
    fetch->range.suffix = suffix;
    fetch->range.patience_ms = PATIENCE;
    fetch->range.on_bytes = take_bytes;
    fetch->range.on_done = take_end;
    fetch->got = 0;
    fetch->is_over = 0;
    fake_net_run(&fetch->fake, start_range, fetch);
    fake_net_wait(&fetch->fake, &fetch->is_over);
    return fetch->error;
}

static int has_bytes(const struct fetch *fetch, uint64_t first, uint64_t end)
{
    return fetch->is_over == 1 && fetch->got == end - first &&
           memcmp(fetch->bytes, fetch->store.bytes + first, fetch->got) == 0;
}

static int asked(struct fetch *fetch, unsigned number, const char *range)
{
    struct tiny_request request = tiny_http_request(fetch->fake.http, number);

    if (strcmp(request.range, range) == 0 && strcmp(request.method, "GET") == 0 && !request.key[0])
        return 1;
    fprintf(stderr, "request %u: '%s'\n", number, request.range);
    return 0;
}

#define ATTEMPTS(fetch) tiny_http_count((fetch)->fake.http)
#define ACTS(...) \
    (const enum act[]){__VA_ARGS__}, sizeof((const enum act[]){__VA_ARGS__}) / sizeof(enum act)

/* A run of [1000, 21000) against a store that acts so; checked by the caller, freed by `over`. */
struct outcome {
    int error;
    int is_right;  /* all bytes came, and they are the right ones */
    int is_prefix; /* what came is right as far as it goes */
    size_t got;
    unsigned attempts;
    int64_t elapsed;
    uint64_t retries, fetched;
    struct tiny_request last;
};

static struct outcome outcome_of(size_t n, const enum act *acts, unsigned count)
{
    struct outcome outcome;
    struct fetch fetch;

    fetch_init(&fetch, n, acts, count);
    outcome.error = fetch_run(&fetch, 1000, 21000, 0);
    outcome.is_right = has_bytes(&fetch, 1000, 21000);
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

TEST(range_in_one_request)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, NULL, 0);
    CHECK_EQ(fetch_run(&fetch, 100, 200, 0), 0);
    CHECK(has_bytes(&fetch, 100, 200));
    CHECK_EQ(ATTEMPTS(&fetch), 1);
    CHECK(asked(&fetch, 0, "bytes=100-199"));
    CHECK_STR(tiny_http_request(fetch.fake.http, 0).if_match, "");
    CHECK_EQ(fetch.target.size, CONTENT);
    CHECK_EQ(fetch.target.is_pinned, 1);
    CHECK_STR(fetch.target.etag, "\"one\"");
    /* from then on the version is asked for */
    CHECK_EQ(fetch_run(&fetch, 0, 1, 0), 0);
    CHECK(has_bytes(&fetch, 0, 1));
    CHECK(asked(&fetch, 1, "bytes=0-0"));
    CHECK_STR(tiny_http_request(fetch.fake.http, 1).if_match, "\"one\"");
    CHECK_EQ(tiny_http_request(fetch.fake.http, 1).sockets, 1); /* the connection was kept */
    CHECK_EQ(fetch_run(&fetch, 5, CONTENT, 0), 0);
    CHECK(has_bytes(&fetch, 5, CONTENT));
    CHECK_EQ(stats_get(&fetch.fake.stats, STAT_STORE_OK), 3);
    CHECK_EQ(stats_get(&fetch.fake.stats, STAT_BYTES_FETCHED), 101 + CONTENT - 5);
    fetch_free(&fetch);
}

TEST(range_weak_etag_is_not_sent)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, NULL, 0);
    fetch.store.etag = "W/\"weak\"";
    CHECK_EQ(fetch_run(&fetch, 0, 10, 0), 0);
    CHECK_EQ(fetch_run(&fetch, 10, 20, 0), 0);
    CHECK_STR(tiny_http_request(fetch.fake.http, 1).if_match, "");
    CHECK(has_bytes(&fetch, 10, 20));
    fetch_free(&fetch);
}

TEST(range_by_suffix)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, NULL, 0);
    CHECK_EQ(fetch_run(&fetch, 0, 0, 1000), 0);
    CHECK(asked(&fetch, 0, "bytes=-1000"));
    CHECK(has_bytes(&fetch, CONTENT - 1000, CONTENT));
    CHECK_EQ(fetch.range.first, CONTENT - 1000);
    CHECK_EQ(fetch.range.end, CONTENT);
    CHECK_EQ(fetch.target.size, CONTENT);
    fetch_free(&fetch);
}

TEST(range_by_suffix_of_what_is_smaller)
{
    struct fetch fetch;

    fetch_init(&fetch, 10, NULL, 0);
    CHECK_EQ(fetch_run(&fetch, 0, 0, 1000), 0);
    CHECK(has_bytes(&fetch, 0, 10));
    CHECK_EQ(fetch.range.first, 0);
    fetch_free(&fetch);
}

TEST(range_by_suffix_goes_on_after_a_cut)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, ACTS(CUT_LATE, HONEST));
    CHECK_EQ(fetch_run(&fetch, 0, 0, 20000), 0);
    CHECK(has_bytes(&fetch, CONTENT - 20000, CONTENT));
    CHECK_EQ(ATTEMPTS(&fetch), 2);
    CHECK(asked(&fetch, 1, "bytes=295392-307199"));
    fetch_free(&fetch);
}

TEST(range_of_an_empty_object)
{
    struct fetch fetch;

    fetch_init(&fetch, 0, ACTS(EMPTY));
    CHECK_EQ(fetch_run(&fetch, 0, 0, 1000), 0);
    CHECK_EQ(fetch.got, 0);
    CHECK_EQ(fetch.target.size, 0);
    CHECK_EQ(ATTEMPTS(&fetch), 1);
    fetch_free(&fetch);
}

TEST(range_store_without_suffixes)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, ACTS(NO_SUFFIX));
    CHECK_EQ(fetch_run(&fetch, 0, 0, 1000), -EOPNOTSUPP);
    CHECK_EQ(ATTEMPTS(&fetch), 1);
    fetch_free(&fetch);
}

TEST(range_short_but_honest)
{
    struct outcome o = outcome_of(CONTENT, ACTS(SHORT, SHORT, HONEST));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    CHECK_EQ(o.attempts, 3);
    CHECK_STR(o.last.range, "bytes=16000-20999");
    CHECK_EQ(o.elapsed, 0); /* no failure: no wait */
    CHECK_EQ(o.retries, 0);
    CHECK_EQ(o.fetched, 20000);
}

TEST(range_cut_is_resumed)
{
    struct outcome o = outcome_of(CONTENT, ACTS(CUT, HONEST));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    CHECK_EQ(o.attempts, 2);
    CHECK_STR(o.last.range, "bytes=11000-20999");
    CHECK_EQ(o.fetched, 20000);
    CHECK(o.elapsed >= 100);
}

/* Progress begins the count of failures anew: a long range survives many cuts. */
TEST(range_many_cuts_with_progress)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, ACTS(CUT_LATE));
    CHECK_EQ(fetch_run(&fetch, 0, 8192 * 12 + 100, 0), 0);
    CHECK(has_bytes(&fetch, 0, 8192 * 12 + 100));
    CHECK_EQ(ATTEMPTS(&fetch), 13);
    fetch_free(&fetch);
}

TEST(range_fewer_bytes_than_it_says)
{
    struct outcome o = outcome_of(CONTENT, ACTS(SHORT_LIE, HONEST));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    CHECK_EQ(o.attempts, 2);
    CHECK_STR(o.last.range, "bytes=11000-20999");
}

/* Each of these is never believed: tried again, and the second answer is right. */
TEST(range_wrong_answers_are_tried_again)
{
    static const enum act wrong[] = {ELSEWHERE, TOO_FAR, RANGELESS, LYING, ENCODED, SILENT, BUSY};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct outcome o = outcome_of(CONTENT, ACTS(wrong[i], HONEST));

        if (o.error || !o.is_right || o.attempts != 2 || o.retries != 1 || o.elapsed < 100 ||
            o.elapsed > 200)
            test_fail(__FILE__, __LINE__, "act %d: error %d, %u attempts, %" PRId64 " ms", wrong[i],
                      o.error, o.attempts, o.elapsed);
    }
}

/* What is not believed does not say which version is the right one either. */
TEST(range_wrong_answers_pin_nothing)
{
    struct outcome o = outcome_of(CONTENT, ACTS(NO_SUFFIX, HONEST));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    CHECK_EQ(o.attempts, 2);
}

TEST(range_wrong_for_ever_is_an_error)
{
    static const enum act wrong[] = {ELSEWHERE, TOO_FAR, RANGELESS, LYING, ENCODED, SILENT, BUSY};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct outcome o = outcome_of(CONTENT, ACTS(wrong[i]));

        if (o.error != -EIO || o.got || o.attempts != 6 || o.elapsed < 3100 || o.elapsed > 6200)
            test_fail(__FILE__, __LINE__,
                      "act %d: error %d, %zu bytes, %u attempts, %" PRId64 " ms", wrong[i], o.error,
                      o.got, o.attempts, o.elapsed);
    }
}

TEST(range_more_bytes_than_it_says)
{
    struct outcome o = outcome_of(CONTENT, ACTS(LONG_LIE));

    CHECK(o.is_prefix);
    CHECK(o.got <= 20000);
    CHECK(o.error == -EIO || (o.error == 0 && o.is_right));
}

TEST(range_final_statuses)
{
    struct outcome o = outcome_of(CONTENT, ACTS(GONE));

    CHECK_EQ(o.error, -ENOENT);
    CHECK_EQ(o.attempts, 1);
    CHECK_EQ(o.got, 0);
    o = outcome_of(CONTENT, ACTS(TEAPOT));
    CHECK_EQ(o.error, -EIO);
    CHECK_EQ(o.attempts, 1);
    CHECK_EQ(o.got, 0);
}

TEST(range_small_object_without_ranges)
{
    struct outcome o = outcome_of(CONTENT, ACTS(WHOLE));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    CHECK_EQ(o.attempts, 1);
    CHECK_EQ(o.fetched, 20000);
}

TEST(range_small_object_without_ranges_by_suffix)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, ACTS(WHOLE));
    CHECK_EQ(fetch_run(&fetch, 0, 0, 1000), 0);
    CHECK(has_bytes(&fetch, CONTENT - 1000, CONTENT));
    CHECK_EQ(fetch.target.size, CONTENT);
    CHECK_EQ(ATTEMPTS(&fetch), 1);
    fetch_free(&fetch);
}

TEST(range_object_at_the_limit_without_ranges)
{
    struct outcome o = outcome_of(RANGE_STREAM_MAX, ACTS(WHOLE));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    o = outcome_of(RANGE_STREAM_MAX + 1, ACTS(WHOLE));
    CHECK_EQ(o.error, -EOPNOTSUPP);
    CHECK_EQ(o.got, 0);
}

TEST(range_large_object_without_ranges)
{
    struct outcome o = outcome_of(RANGE_STREAM_MAX + 1, ACTS(WHOLE, HONEST));

    CHECK(o.error == -EOPNOTSUPP || (o.error == 0 && o.is_right));
    o = outcome_of(CONTENT, ACTS(WHOLE_OPEN));
    CHECK_EQ(o.error, -EOPNOTSUPP);
    CHECK_EQ(o.got, 0);
}

TEST(range_changed_object)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, ACTS(HONEST, CHANGED, HONEST));
    CHECK_EQ(fetch_run(&fetch, 0, 100, 0), 0);
    CHECK_EQ(fetch_run(&fetch, 100, 200, 0), -ESTALE);
    CHECK_EQ(fetch.got, 0);
    CHECK_EQ(fetch.target.is_stale, 1);
    CHECK_EQ(ATTEMPTS(&fetch), 2);
    CHECK_EQ(fetch_run(&fetch, 100, 200, 0), -ESTALE); /* without a request */
    CHECK_EQ(ATTEMPTS(&fetch), 2);
    fetch_free(&fetch);
}

TEST(range_versions_are_never_mixed)
{
    static const struct {
        enum act other;
        const char *etag;
        int error;
        unsigned attempts;
    } cases[] = {
        {OTHER_ETAG, "\"one\"", -ESTALE, 2},
        {OTHER_SIZE, NULL, -ESTALE, 2},
        {OTHER_SIZE, "\"one\"", -EIO, 7}, /* contradicts itself: no version of anything */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fetch fetch;

        fetch_init(&fetch, CONTENT, ACTS(CUT, cases[i].other));
        fetch.store.etag = cases[i].etag;
        CHECK_EQ(fetch_run(&fetch, 0, 100000, 0), cases[i].error);
        CHECK(ATTEMPTS(&fetch) <= cases[i].attempts);
        CHECK_EQ(fetch.got, 50000);
        fetch_free(&fetch);
    }
}

TEST(range_refused_url_is_renewed)
{
    static const enum act refusals[] = {REFUSED_400, REFUSED_403};

    for (size_t i = 0; i < 2; i++) {
        struct fetch fetch;

        fetch_init(&fetch, CONTENT, ACTS(CUT_LATE, refusals[i], HONEST));
        CHECK_EQ(fetch_run(&fetch, 0, 20000, 0), 0);
        CHECK(has_bytes(&fetch, 0, 20000));
        CHECK_EQ(ATTEMPTS(&fetch), 3);
        CHECK_EQ(fetch.refusals, 1);
        CHECK_STR(tiny_http_request(fetch.fake.http, 1).path, "/object?signature=0");
        CHECK_STR(tiny_http_request(fetch.fake.http, 2).path, "/object?signature=1");
        CHECK(asked(&fetch, 2, "bytes=8192-19999")); /* where it was */
        fetch_free(&fetch);
    }
}

TEST(range_url_refused_for_ever)
{
    struct outcome o = outcome_of(CONTENT, ACTS(REFUSED_403));

    CHECK_EQ(o.error, -EACCES);
    CHECK_EQ(o.attempts, 4); /* three renewals */
    CHECK_EQ(o.got, 0);
}

/* A URL that lives shortly: as long as there is progress, any number of renewals is right. */
TEST(range_many_renewals_with_progress)
{
    struct outcome o = outcome_of(CONTENT, ACTS(SHORT, REFUSED_403, SHORT, REFUSED_403, SHORT,
                                                REFUSED_403, SHORT, REFUSED_403, HONEST));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    CHECK_EQ(o.attempts, 9);
}

TEST(range_retry_after_is_obeyed)
{
    struct outcome o = outcome_of(CONTENT, ACTS(BUSY_7, HONEST));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    CHECK_EQ(o.attempts, 2);
    CHECK_EQ(o.elapsed, 7000);
}

TEST(range_retry_after_past_the_deadline)
{
    struct outcome o = outcome_of(CONTENT, ACTS(BUSY_LONG));

    CHECK(o.error == -EIO || o.error == -ETIMEDOUT);
    CHECK_EQ(o.attempts, 1);
    CHECK(o.elapsed < 60000);
}

TEST(range_redirect_is_followed)
{
    struct outcome o = outcome_of(CONTENT, ACTS(MOVED, HONEST));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    CHECK_EQ(o.attempts, 2);
    CHECK_STR(o.last.path, "/elsewhere");
    CHECK_STR(o.last.range, "bytes=1000-20999");
    o = outcome_of(CONTENT, ACTS(MOVED)); /* round and round */
    CHECK(o.error == -EIO);
    CHECK_EQ(o.got, 0);
}

static void url_has_come(void *arg)
{
    struct fetch *fetch = arg;

    fetch->url_result = 0;
    range_resume(&fetch->range, 0);
}

static void url_cannot_come(void *arg)
{
    range_resume(&((struct fetch *)arg)->range, -ENOENT);
}

static void start_without_url(struct fetch *fetch)
{
    fetch_init(fetch, CONTENT, NULL, 0);
    fetch->range = (struct range){.target = &fetch->target,
                                  .end = 100,
                                  .patience_ms = PATIENCE,
                                  .on_bytes = take_bytes,
                                  .on_done = take_end};
    fetch->url_result = -EINPROGRESS;
    fake_net_run(&fetch->fake, start_range, fetch);
}

TEST(range_waits_for_its_url)
{
    struct fetch fetch;

    start_without_url(&fetch);
    CHECK_EQ(ATTEMPTS(&fetch), 0);
    fake_net_run(&fetch.fake, url_has_come, &fetch);
    fake_net_wait(&fetch.fake, &fetch.is_over);
    CHECK_EQ(fetch.error, 0);
    CHECK(has_bytes(&fetch, 0, 100));
    fetch_free(&fetch);
    start_without_url(&fetch);
    fake_net_run(&fetch.fake, url_cannot_come, &fetch);
    CHECK_EQ(fetch.is_over, 1);
    CHECK_EQ(fetch.error, -ENOENT);
    CHECK_EQ(ATTEMPTS(&fetch), 0);
    fetch_free(&fetch);
}

TEST(range_without_a_url)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, NULL, 0);
    fetch.url_result = -EACCES;
    CHECK_EQ(fetch_run(&fetch, 0, 100, 0), -EACCES);
    CHECK_EQ(ATTEMPTS(&fetch), 0);
    fetch_free(&fetch);
}

static void stall(void *arg, const struct tiny_request *request, struct tiny_answer *answer)
{
    (void)arg;
    (void)request;
    answer->stalls = 1;
}

TEST(range_ends_when_the_net_stops)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, NULL, 0);
    fake_net_stop(&fetch.fake);
    fake_net_start(&fetch.fake, stall, NULL);
    fetch.range = (struct range){.target = &fetch.target,
                                 .end = 100,
                                 .patience_ms = PATIENCE,
                                 .on_bytes = take_bytes,
                                 .on_done = take_end};
    fake_net_run(&fetch.fake, start_range, &fetch);
    net_stop(fetch.fake.net);
    CHECK_EQ(fetch.is_over, 1);
    CHECK_EQ(fetch.error, -ECANCELED);
    fetch_free(&fetch);
}
