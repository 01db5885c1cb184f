#include "net/range.h"

#include <errno.h>

#include "support/range_store.h"
#include "test.h"

TEST(range_in_one_request)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, NULL, 0);
    CHECK_EQ(fetch_run(&fetch, 100, 200, 0), 0);
    CHECK(fetch_has_bytes(&fetch, 100, 200));
    CHECK_EQ(ATTEMPTS(&fetch), 1);
    CHECK(fetch_asked(&fetch, 0, "bytes=100-199"));
    CHECK_STR(tiny_http_request(fetch.fake.http, 0).if_match, "");
    CHECK_EQ(fetch.target.size, CONTENT);
    CHECK_EQ(fetch.target.is_pinned, 1);
    CHECK_STR(fetch.target.etag, "\"one\"");
    /* from then on the version is fetch_asked for */
    CHECK_EQ(fetch_run(&fetch, 0, 1, 0), 0);
    CHECK(fetch_has_bytes(&fetch, 0, 1));
    CHECK(fetch_asked(&fetch, 1, "bytes=0-0"));
    CHECK_STR(tiny_http_request(fetch.fake.http, 1).if_match, "\"one\"");
    CHECK_EQ(tiny_http_request(fetch.fake.http, 1).sockets, 1); /* the connection was kept */
    CHECK_EQ(fetch_run(&fetch, 5, CONTENT, 0), 0);
    CHECK(fetch_has_bytes(&fetch, 5, CONTENT));
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
    CHECK(fetch_has_bytes(&fetch, 10, 20));
    fetch_free(&fetch);
}

TEST(range_by_suffix)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, NULL, 0);
    CHECK_EQ(fetch_run(&fetch, 0, 0, 1000), 0);
    CHECK(fetch_asked(&fetch, 0, "bytes=-1000"));
    CHECK(fetch_has_bytes(&fetch, CONTENT - 1000, CONTENT));
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
    CHECK(fetch_has_bytes(&fetch, 0, 10));
    CHECK_EQ(fetch.range.first, 0);
    fetch_free(&fetch);
}

TEST(range_by_suffix_goes_on_after_a_cut)
{
    struct fetch fetch;

    fetch_init(&fetch, CONTENT, ACTS(CUT_LATE, HONEST));
    CHECK_EQ(fetch_run(&fetch, 0, 0, 20000), 0);
    CHECK(fetch_has_bytes(&fetch, CONTENT - 20000, CONTENT));
    CHECK_EQ(ATTEMPTS(&fetch), 2);
    CHECK(fetch_asked(&fetch, 1, "bytes=295392-307199"));
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

TEST(range_small_object_without_ranges)
{
    struct outcome o = fetch_outcome(CONTENT, ACTS(WHOLE));

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
    CHECK(fetch_has_bytes(&fetch, CONTENT - 1000, CONTENT));
    CHECK_EQ(fetch.target.size, CONTENT);
    CHECK_EQ(ATTEMPTS(&fetch), 1);
    fetch_free(&fetch);
}

TEST(range_object_at_the_limit_without_ranges)
{
    struct outcome o = fetch_outcome(RANGE_STREAM_MAX, ACTS(WHOLE));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    o = fetch_outcome(RANGE_STREAM_MAX + 1, ACTS(WHOLE));
    CHECK_EQ(o.error, -EOPNOTSUPP);
    CHECK_EQ(o.got, 0);
}

TEST(range_large_object_without_ranges)
{
    struct outcome o = fetch_outcome(RANGE_STREAM_MAX + 1, ACTS(WHOLE, HONEST));

    CHECK_EQ(o.error, -EOPNOTSUPP); /* said at once: it cannot pass */
    CHECK_EQ(o.attempts, 1);
    CHECK_EQ(o.elapsed, 0);
    o = fetch_outcome(CONTENT, ACTS(WHOLE_OPEN));
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

TEST(range_redirect_is_followed)
{
    struct outcome o = fetch_outcome(CONTENT, ACTS(MOVED, HONEST));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    CHECK_EQ(o.attempts, 2);
    CHECK_STR(o.last.path, "/elsewhere");
    CHECK_STR(o.last.range, "bytes=1000-20999");
    o = fetch_outcome(CONTENT, ACTS(MOVED)); /* round and round */
    CHECK(o.error == -EIO);
    CHECK_EQ(o.got, 0);
    CHECK_EQ(o.attempts, 4); /* followed three times, and not tried again */
    CHECK_EQ(o.elapsed, 0);
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
                                  .on_bytes = fetch_take_bytes,
                                  .on_done = fetch_take_end};
    fetch->url_result = -EINPROGRESS;
    fake_net_run(&fetch->fake, fetch_start, fetch);
}

TEST(range_waits_for_its_url)
{
    struct fetch fetch;

    start_without_url(&fetch);
    CHECK_EQ(ATTEMPTS(&fetch), 0);
    fake_net_run(&fetch.fake, url_has_come, &fetch);
    fake_net_wait(&fetch.fake, &fetch.is_over);
    CHECK_EQ(fetch.error, 0);
    CHECK(fetch_has_bytes(&fetch, 0, 100));
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
                                 .on_bytes = fetch_take_bytes,
                                 .on_done = fetch_take_end};
    fake_net_run(&fetch.fake, fetch_start, &fetch);
    net_stop(fetch.fake.net);
    CHECK_EQ(fetch.is_over, 1);
    CHECK_EQ(fetch.error, -ECANCELED);
    fetch_free(&fetch);
}
