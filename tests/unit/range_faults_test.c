/* Ranges from a store that cuts, lies, refuses or is busy. */
#include <errno.h>

#include "net/range.h"
#include "support/range_store.h"
#include "test.h"

TEST(range_short_but_honest)
{
    struct outcome o = fetch_outcome(CONTENT, ACTS(SHORT, SHORT, HONEST));

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
    struct outcome o = fetch_outcome(CONTENT, ACTS(CUT, HONEST));

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
    CHECK(fetch_has_bytes(&fetch, 0, 8192 * 12 + 100));
    CHECK_EQ(ATTEMPTS(&fetch), 13);
    fetch_free(&fetch);
}

TEST(range_fewer_bytes_than_it_says)
{
    struct outcome o = fetch_outcome(CONTENT, ACTS(SHORT_LIE, HONEST));

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
        struct outcome o = fetch_outcome(CONTENT, ACTS(wrong[i], HONEST));

        if (o.error || !o.is_right || o.attempts != 2 || o.retries != 1 || o.elapsed < 100 ||
            o.elapsed > 200)
            test_fail(__FILE__, __LINE__, "act %d: error %d, %u attempts, %" PRId64 " ms", wrong[i],
                      o.error, o.attempts, o.elapsed);
    }
}

/* What is not believed does not say which version is the right one either. */
TEST(range_wrong_answers_pin_nothing)
{
    struct outcome o = fetch_outcome(CONTENT, ACTS(NO_SUFFIX, HONEST));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    CHECK_EQ(o.attempts, 2);
}

TEST(range_wrong_for_ever_is_an_error)
{
    static const enum act wrong[] = {ELSEWHERE, TOO_FAR, RANGELESS, LYING, ENCODED, SILENT, BUSY};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct outcome o = fetch_outcome(CONTENT, ACTS(wrong[i]));

        if (o.error != -EIO || o.got || o.attempts != 6 || o.elapsed < 3100 || o.elapsed > 6200)
            test_fail(__FILE__, __LINE__,
                      "act %d: error %d, %zu bytes, %u attempts, %" PRId64 " ms", wrong[i], o.error,
                      o.got, o.attempts, o.elapsed);
    }
}

TEST(range_more_bytes_than_it_says)
{
    struct outcome o = fetch_outcome(CONTENT, ACTS(LONG_LIE));

    CHECK(o.is_prefix);
    CHECK(o.got <= 20000);
    CHECK(o.error == -EIO || (o.error == 0 && o.is_right));
}

TEST(range_final_statuses)
{
    struct outcome o = fetch_outcome(CONTENT, ACTS(GONE));

    CHECK_EQ(o.error, -ENOENT);
    CHECK_EQ(o.attempts, 1);
    CHECK_EQ(o.got, 0);
    o = fetch_outcome(CONTENT, ACTS(TEAPOT));
    CHECK_EQ(o.error, -EIO);
    CHECK_EQ(o.attempts, 1);
    CHECK_EQ(o.got, 0);
}

TEST(range_refused_url_is_renewed)
{
    static const enum act refusals[] = {REFUSED_400, REFUSED_403};

    for (size_t i = 0; i < 2; i++) {
        struct fetch fetch;

        fetch_init(&fetch, CONTENT, ACTS(CUT_LATE, refusals[i], HONEST));
        CHECK_EQ(fetch_run(&fetch, 0, 20000, 0), 0);
        CHECK(fetch_has_bytes(&fetch, 0, 20000));
        CHECK_EQ(ATTEMPTS(&fetch), 3);
        CHECK_EQ(fetch.refusals, 1);
        CHECK_STR(tiny_http_request(fetch.fake.http, 1).path, "/object?signature=0");
        CHECK_STR(tiny_http_request(fetch.fake.http, 2).path, "/object?signature=1");
        CHECK(fetch_asked(&fetch, 2, "bytes=8192-19999")); /* where it was */
        fetch_free(&fetch);
    }
}

TEST(range_url_refused_for_ever)
{
    struct outcome o = fetch_outcome(CONTENT, ACTS(REFUSED_403));

    CHECK_EQ(o.error, -EACCES);
    CHECK_EQ(o.attempts, 4); /* three renewals */
    CHECK_EQ(o.got, 0);
}

/* A URL that lives shortly: as long as there is progress, any number of renewals is right. */
TEST(range_many_renewals_with_progress)
{
    struct outcome o = fetch_outcome(CONTENT, ACTS(SHORT, REFUSED_403, SHORT, REFUSED_403, SHORT,
                                                   REFUSED_403, SHORT, REFUSED_403, HONEST));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    CHECK_EQ(o.attempts, 9);
}

TEST(range_retry_after_is_obeyed)
{
    struct outcome o = fetch_outcome(CONTENT, ACTS(BUSY_7, HONEST));

    CHECK_EQ(o.error, 0);
    CHECK(o.is_right);
    CHECK_EQ(o.attempts, 2);
    CHECK_EQ(o.elapsed, 7000);
}

TEST(range_retry_after_past_the_deadline)
{
    struct outcome o = fetch_outcome(CONTENT, ACTS(BUSY_LONG));

    CHECK(o.error == -EIO || o.error == -ETIMEDOUT);
    CHECK_EQ(o.attempts, 1);
    CHECK(o.elapsed < 60000);
}
