#include "net/retry.h"

#include <errno.h>
#include <limits.h>

#include "base/clock.h"
#include "test.h"

static int64_t delay_of(unsigned attempt, int status, int retry_after, int64_t left,
                        uint32_t random)
{
    struct retry_case retry = {.attempt = attempt,
                               .status = status,
                               .retry_after = retry_after,
                               .now = 1000,
                               .deadline = 1000 + left,
                               .random = random};

    return retry_delay(&retry);
}

TEST(retry_table)
{
    static const struct {
        unsigned attempt;
        int status, retry_after;
        int64_t left;
        uint32_t random;
        int64_t delay;
    } cases[] = {
        /* half of 200, 400, 800 ... and as much again at random */
        {1, 503, -1, 60000, 0, 100},
        {1, 503, -1, 60000, 100, 200},
        {1, 503, -1, 60000, 101, 100},
        {2, 503, -1, 60000, 0, 200},
        {2, 503, -1, 60000, 200, 400},
        {3, 503, -1, 60000, 0, 400},
        {4, 503, -1, 60000, 0, 800},
        {5, 503, -1, 60000, 0, 1600},
        {5, 503, -1, 60000, 1600, 3200},
        {6, 503, -1, 60000, 0, -1},
        {4000000000u, 503, -1, 60000, 0, -1},
        /* a broken transfer is as a 503 */
        {1, 0, -1, 60000, 0, 100},
        {6, 0, -1, 60000, 0, -1},
        /* Retry-After is a lower bound */
        {1, 429, 3, 60000, 0, 3000},
        {1, 429, 0, 60000, 0, 100},
        {5, 503, 1, 60000, 0, 1600},
        {5, 503, 2, 60000, 0, 2000},
        /* never past the deadline */
        {1, 429, 3, 3000, 0, 3000},
        {1, 429, 3, 2999, 0, -1},
        {1, 503, -1, 100, 0, 100},
        {1, 503, -1, 99, 0, -1},
        {1, 503, -1, 0, 0, -1},
        {1, 503, -1, -5, 0, -1},
        {1, 429, 86400, 60000, 0, -1},
        {1, 429, 86400, 86400000, 7, 86400000},
        /* nothing is to be gained */
        {1, 404, -1, 60000, 0, -1},
        {1, 403, 1, 60000, 0, -1},
        {1, 200, -1, 60000, 0, -1},
        {1, 501, -1, 60000, 0, -1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t delay = delay_of(cases[i].attempt, cases[i].status, cases[i].retry_after,
                                 cases[i].left, cases[i].random);

        if (delay != cases[i].delay)
            test_fail(__FILE__, __LINE__, "case %zu: %" PRId64 " ms, expected %" PRId64, i, delay,
                      cases[i].delay);
    }
}

/* A failure that is outlasted is tried again until the deadline, however often it was. */
TEST(retry_that_is_outlasted)
{
    struct retry_case retry = {
        .attempt = 1, .is_outlasted = 1, .retry_after = -1, .now = 1000, .deadline = 301000};

    CHECK_EQ(retry_delay(&retry), 100);
    retry.attempt = RETRY_MAX + 1;
    CHECK_EQ(retry_delay(&retry), RETRY_CAP_MS / 2);
    retry.attempt = UINT_MAX;
    CHECK_EQ(retry_delay(&retry), RETRY_CAP_MS / 2);
    retry.random = UINT32_MAX;
    CHECK(retry_delay(&retry) <= RETRY_CAP_MS);
    retry.random = 0;
    retry.now = retry.deadline - RETRY_CAP_MS / 2 - RETRY_LAST_MS;
    CHECK_EQ(retry_delay(&retry), RETRY_CAP_MS / 2);
    retry.now++;
    CHECK_EQ(retry_delay(&retry), -1);
}

/* What was outlasted leaves all further tries to the failures that come after it. */
TEST(retry_counts_what_is_outlasted_apart)
{
    struct retry_counts counts = {0};

    CHECK_EQ(retry_count(&counts, 0), 1);
    for (unsigned i = 1; i <= 20; i++)
        CHECK_EQ(retry_count(&counts, 1), i);
    CHECK_EQ(retry_count(&counts, 0), 2);
    CHECK_EQ(retry_count(&counts, 1), 1);
}

TEST(retry_without_a_deadline)
{
    struct retry_case retry = {
        .attempt = 1, .status = 503, .retry_after = -1, .now = 1000, .deadline = CLOCK_NEVER};

    CHECK_EQ(retry_delay(&retry), 100);
}

TEST(retry_jitter_stays_in_its_half)
{
    for (unsigned attempt = 1; attempt <= RETRY_MAX; attempt++)
        for (uint32_t random = 0; random < 5000000; random += 9973) {
            int64_t delay = delay_of(attempt, 503, -1, 60000, random);
            int64_t whole = (int64_t)RETRY_BASE_MS << (attempt - 1);

            CHECK(delay >= whole / 2 && delay <= whole);
        }
    CHECK(delay_of(5, 503, -1, 60000, UINT32_MAX) <= RETRY_CAP_MS);
}

TEST(retry_transient_statuses)
{
    static const int transient[] = {408, 429, 500, 502, 503, 504};
    unsigned found = 0;

    for (int status = 0; status <= 999; status++)
        found += retry_is_transient(status) ? 1 : 0;
    CHECK_EQ(found, sizeof(transient) / sizeof(transient[0]));
    for (size_t i = 0; i < sizeof(transient) / sizeof(transient[0]); i++)
        CHECK(retry_is_transient(transient[i]));
}

TEST(retry_errno_of_a_status)
{
    CHECK_EQ(retry_status_error(404), -ENOENT);
    CHECK_EQ(retry_status_error(410), -ENOENT);
    CHECK_EQ(retry_status_error(401), -EACCES);
    CHECK_EQ(retry_status_error(403), -EACCES);
    CHECK_EQ(retry_status_error(412), -ESTALE);
    CHECK_EQ(retry_status_error(503), -EIO);
    CHECK_EQ(retry_status_error(429), -EIO);
    CHECK_EQ(retry_status_error(301), -EIO);
    CHECK_EQ(retry_status_error(0), -EIO);
}
