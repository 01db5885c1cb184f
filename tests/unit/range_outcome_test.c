#include "net/range_outcome.h"

#include <errno.h>

#include "test.h"

#define SIZE 1000

/* What is asked for of an object of SIZE bytes: [100, 200). */
static struct range_wanted wanted_part(void)
{
    return (struct range_wanted){.next = 100, .end = 200, .etag = ""};
}

/* An answer to it: 206 with [first, last] of SIZE bytes. */
static struct response partial(uint64_t first, uint64_t last)
{
    return (struct response){.status = 206,
                             .has_range = 1,
                             .first = first,
                             .last = last,
                             .total = SIZE,
                             .has_total = 1,
                             .has_version = 1,
                             .etag = "\"one\"",
                             .content_length = (int64_t)(last - first + 1),
                             .retry_after = -1};
}

static struct response plain(int status, int64_t length)
{
    return (struct response){.status = status,
                             .content_length = length,
                             .retry_after = -1,
                             .has_version = 1,
                             .etag = "\"one\""};
}

static enum range_outcome judge(struct range_wanted wanted, struct response response)
{
    struct range_body body;

    return range_judge_headers(&wanted, &response, &body);
}

TEST(range_judges_a_part)
{
    struct range_wanted wanted = wanted_part();
    struct response response = partial(100, 199);
    struct range_body body;

    CHECK_EQ(range_judge_headers(&wanted, &response, &body), RANGE_UNDECIDED);
    CHECK_EQ(body.total, SIZE);
    CHECK_EQ(body.skip, 0);
    CHECK_EQ(body.length, 100);
    CHECK_EQ(judge(wanted, partial(100, 149)), RANGE_UNDECIDED); /* it may end early */
    CHECK_EQ(judge(wanted, partial(101, 199)), RANGE_WRONG);
    CHECK_EQ(judge(wanted, partial(99, 199)), RANGE_WRONG);
    CHECK_EQ(judge(wanted, partial(100, 200)), RANGE_WRONG);
    response.content_length = 99;
    CHECK_EQ(judge(wanted, response), RANGE_WRONG);
    response.content_length = -1;
    CHECK_EQ(judge(wanted, response), RANGE_UNDECIDED);
    response.encoded = 1;
    CHECK_EQ(judge(wanted, response), RANGE_WRONG);
    response = partial(100, 199);
    response.has_range = 0;
    CHECK_EQ(judge(wanted, response), RANGE_WRONG);
}

TEST(range_judges_a_suffix)
{
    struct range_wanted wanted = {.suffix = 300, .etag = ""};

    CHECK_EQ(judge(wanted, partial(700, 999)), RANGE_UNDECIDED);
    CHECK_EQ(judge(wanted, partial(701, 999)), RANGE_WRONG);
    wanted.suffix = 2000; /* more than there is: all of it */
    CHECK_EQ(judge(wanted, partial(0, 999)), RANGE_UNDECIDED);
    CHECK_EQ(judge(wanted, partial(1, 999)), RANGE_WRONG);
    CHECK_EQ(judge(wanted, plain(416, 0)), RANGE_NO_SUFFIX);
}

TEST(range_judges_what_cannot_be_satisfied)
{
    struct response response = plain(416, 0);

    response.has_total = 1;
    CHECK_EQ(judge(wanted_part(), response), RANGE_UNDECIDED); /* an empty object */
    response.bad_range = 1;
    CHECK_EQ(judge(wanted_part(), response), RANGE_WRONG);
    response.bad_range = 0;
    response.total = SIZE;
    CHECK_EQ(judge(wanted_part(), response), RANGE_WRONG);
    CHECK_EQ(judge((struct range_wanted){.suffix = 10, .etag = ""}, response), RANGE_NO_SUFFIX);
}

TEST(range_judges_the_whole_object)
{
    struct range_wanted wanted = wanted_part(), suffix = {.suffix = 300, .etag = ""};
    struct response response = plain(200, SIZE);
    struct range_body body;

    CHECK_EQ(range_judge_headers(&wanted, &response, &body), RANGE_UNDECIDED);
    CHECK_EQ(body.total, SIZE);
    CHECK_EQ(body.skip, 100);
    CHECK_EQ(body.length, SIZE);
    CHECK_EQ(range_judge_headers(&suffix, &response, &body), RANGE_UNDECIDED);
    CHECK_EQ(body.skip, 700);
    CHECK_EQ(judge(wanted, plain(200, RANGE_STREAM_MAX)), RANGE_UNDECIDED);
    CHECK_EQ(judge(wanted, plain(200, RANGE_STREAM_MAX + 1)), RANGE_NO_RANGES);
    CHECK_EQ(judge(wanted, plain(200, -1)), RANGE_NO_RANGES);
    response.has_version = 0; /* a page that announces maintenance */
    CHECK_EQ(judge(wanted, response), RANGE_WRONG);
    wanted.is_pinned = 1;
    wanted.size = SIZE;
    wanted.etag = "\"two\"";
    CHECK_EQ(judge(wanted, plain(200, SIZE)), RANGE_WRONG);
}

TEST(range_judges_versions)
{
    static const struct {
        uint64_t size;
        const char *pinned, *etag;
        enum range_outcome outcome;
    } cases[] = {
        {SIZE, "\"one\"", "\"one\"", RANGE_UNDECIDED},
        {SIZE, "\"one\"", "\"two\"", RANGE_CHANGED},
        {SIZE - 1, "\"one\"", "\"two\"", RANGE_CHANGED},
        {SIZE - 1, "\"one\"", "\"one\"", RANGE_WRONG}, /* contradicts itself */
        {SIZE, "\"one\"", "", RANGE_WRONG},            /* does not say */
        {SIZE, "", "", RANGE_UNDECIDED},
        {SIZE - 1, "", "", RANGE_CHANGED},
        {SIZE, "", "\"one\"", RANGE_CHANGED},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct range_wanted wanted = wanted_part();
        struct response response = partial(100, 199);

        wanted.is_pinned = 1;
        wanted.size = cases[i].size;
        wanted.etag = cases[i].pinned;
        strcpy(response.etag, cases[i].etag);
        if (judge(wanted, response) != cases[i].outcome)
            test_fail(__FILE__, __LINE__, "case %zu: %d", i, judge(wanted, response));
    }
}

TEST(range_judges_statuses)
{
    CHECK_EQ(judge(wanted_part(), plain(412, 0)), RANGE_CHANGED);
    CHECK_EQ(judge(wanted_part(), plain(400, 0)), RANGE_URL_REFUSED);
    CHECK_EQ(judge(wanted_part(), plain(401, 0)), RANGE_URL_REFUSED);
    CHECK_EQ(judge(wanted_part(), plain(403, 0)), RANGE_URL_REFUSED);
    CHECK_EQ(judge(wanted_part(), plain(404, 0)), RANGE_UNDECIDED); /* when all of it is here */
    CHECK_EQ(judge(wanted_part(), plain(503, 0)), RANGE_UNDECIDED);
    CHECK_EQ(judge(wanted_part(), plain(501, 0)), RANGE_UNDECIDED);
}

TEST(range_judges_a_store_without_suffixes)
{
    struct range_wanted suffix = {.suffix = 300, .etag = ""};
    struct response whole = plain(200, RANGE_STREAM_MAX + 1);

    CHECK_EQ(judge(suffix, plain(400, 0)), RANGE_NO_SUFFIX);
    CHECK_EQ(judge(suffix, plain(501, 0)), RANGE_NO_SUFFIX);
    CHECK_EQ(judge(suffix, plain(403, 0)), RANGE_URL_REFUSED);
    CHECK_EQ(judge(suffix, plain(503, 0)), RANGE_UNDECIDED); /* may pass */
    CHECK_EQ(judge(suffix, whole), RANGE_NO_SUFFIX);
    CHECK_EQ(judge(suffix, plain(200, -1)), RANGE_NO_SUFFIX);
    whole.encoded = 1;
    CHECK_EQ(judge(suffix, whole), RANGE_WRONG);
}

TEST(range_judges_the_end)
{
    static const struct {
        struct range_end end;
        enum range_outcome outcome;
    } cases[] = {
        {{.status = 206, .is_believed = 1, .has_all = 1, .has_some = 1}, RANGE_COMPLETE},
        {{.status = 206, .is_believed = 1, .has_some = 1}, RANGE_SHORT},
        {{.status = 206, .is_believed = 1}, RANGE_WRONG}, /* no byte of it */
        {{.status = 206, .is_believed = 1, .has_some = 1, .error = -ECONNRESET}, RANGE_BROKEN},
        {{.status = 404}, RANGE_STATUS},
        {{.status = 404, .error = -ECONNRESET}, RANGE_BROKEN},
        {{.error = -ETIMEDOUT}, RANGE_BROKEN},
        {{.error = -ETIMEDOUT, .failure = FAILURE_BROKEN}, RANGE_BROKEN},
        {{.error = -ECONNREFUSED, .failure = FAILURE_UNREACHED}, RANGE_UNREACHED},
        {{.error = -ECONNRESET, .failure = FAILURE_HOPELESS}, RANGE_HOPELESS},
        {{.error = -ECANCELED}, RANGE_STOPPED},
        {{.error = -ENOMEM}, RANGE_NO_MEMORY},
        {{.judged = RANGE_CHANGED, .error = -EPROTO, .status = 412}, RANGE_CHANGED},
        {{.judged = RANGE_URL_REFUSED, .error = -EPROTO, .status = 403}, RANGE_URL_REFUSED},
        /* Nothing was believed, though a range of no bytes would be complete. */
        {{.judged = RANGE_WRONG, .error = -EPROTO, .status = 206, .has_all = 1}, RANGE_WRONG},
        /* More bytes came than the headers said, after all that was wanted. */
        {{.judged = RANGE_WRONG, .error = -EPROTO, .is_believed = 1, .has_all = 1}, RANGE_COMPLETE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (range_judge_end(&cases[i].end) != cases[i].outcome)
            test_fail(__FILE__, __LINE__, "case %zu: %d", i, range_judge_end(&cases[i].end));
}

static struct range_try try_of(enum range_outcome outcome)
{
    return (struct range_try){
        .outcome = outcome,
        .tries = 1,
        .retry = {.attempt = 1, .retry_after = -1, .now = 1000, .deadline = 61000}};
}

static int decides(struct range_try done, enum range_action action, int error, int64_t delay)
{
    struct range_decision decision = range_decide(&done);

    if (decision.action == action && decision.error == error && decision.delay == delay)
        return 1;
    fprintf(stderr, "action %d, error %d, delay %" PRId64 "\n", decision.action, decision.error,
            decision.delay);
    return 0;
}

TEST(range_decides_what_ends_it)
{
    CHECK(decides(try_of(RANGE_COMPLETE), RANGE_FINISH, 0, 0));
    CHECK(decides(try_of(RANGE_CHANGED), RANGE_FINISH, -ESTALE, 0));
    CHECK(decides(try_of(RANGE_NO_MEMORY), RANGE_FINISH, -ENOMEM, 0));
    CHECK(decides(try_of(RANGE_STOPPED), RANGE_FINISH, -ECANCELED, 0));
}

/* Neither a certificate nor a store changes while one waits. */
TEST(range_decides_at_once_on_what_cannot_pass)
{
    CHECK(decides(try_of(RANGE_HOPELESS), RANGE_FINISH, -EIO, 0));
    CHECK(decides(try_of(RANGE_NO_RANGES), RANGE_FINISH, -EOPNOTSUPP, 0));
}

TEST(range_decides_to_outlast_an_outage)
{
    struct range_try done = try_of(RANGE_UNREACHED);

    done.retry.attempt = RETRY_MAX + 1;
    CHECK(decides(done, RANGE_FINISH, -EIO, 0));
    done.retry.is_outlasted = 1;
    CHECK(decides(done, RANGE_TRY_LATER, 0, RETRY_CAP_MS / 2));
    done.retry.now = done.retry.deadline - 1; /* the time is over, rather than the tries */
    CHECK(decides(done, RANGE_FINISH, -ETIMEDOUT, 0));
}

TEST(range_decides_to_retry)
{
    struct range_try done;

    CHECK(decides(try_of(RANGE_WRONG), RANGE_TRY_LATER, 0, 100));
    CHECK(decides(try_of(RANGE_BROKEN), RANGE_TRY_LATER, 0, 100));
    done = try_of(RANGE_STATUS);
    done.retry.status = 503;
    done.retry.retry_after = 7;
    CHECK(decides(done, RANGE_TRY_LATER, 0, 7000));
    done.retry.status = 404;
    CHECK(decides(done, RANGE_FINISH, -ENOENT, 0));
    done = try_of(RANGE_BROKEN);
    done.retry.attempt = RETRY_MAX + 1;
    CHECK(decides(done, RANGE_FINISH, -EIO, 0));
    done.retry.now = done.retry.deadline;
    CHECK(decides(done, RANGE_FINISH, -ETIMEDOUT, 0));
}

TEST(range_decides_to_ask_for_the_rest)
{
    struct range_try done = try_of(RANGE_SHORT);

    CHECK(decides(done, RANGE_TRY_NOW, 0, 0));
    done.retry.attempt = 100; /* not a failure */
    CHECK(decides(done, RANGE_TRY_NOW, 0, 0));
    done.retry.now = done.retry.deadline;
    CHECK(decides(done, RANGE_FINISH, -ETIMEDOUT, 0));
}

TEST(range_decides_to_renew_the_url)
{
    struct range_try done = try_of(RANGE_URL_REFUSED);

    CHECK(decides(done, RANGE_RENEW_URL, 0, 0));
    done.renewals = 2;
    CHECK(decides(done, RANGE_RENEW_URL, 0, 0));
    done.renewals = 3;
    CHECK(decides(done, RANGE_FINISH, -EACCES, 0));
    done.renewals = 0;
    done.tries = 100;
    CHECK(decides(done, RANGE_FINISH, -EACCES, 0));
    done.tries = 1;
    done.retry.now = done.retry.deadline;
    CHECK(decides(done, RANGE_FINISH, -EACCES, 0));
}

/* A guess is tried once, and what becomes of it is nobody's concern. */
TEST(range_decides_on_a_guess)
{
    static const enum range_outcome outcomes[] = {RANGE_WRONG, RANGE_BROKEN, RANGE_STATUS,
                                                  RANGE_NO_MEMORY};

    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
        struct range_try done = try_of(outcomes[i]);

        done.is_guess = 1;
        CHECK_EQ(range_decide(&done).action, RANGE_FINISH);
        CHECK(range_decide(&done).error);
        CHECK(range_decide(&done).is_quiet);
    }
}

TEST(range_decides_what_is_logged)
{
    struct range_try done = try_of(RANGE_NO_SUFFIX); /* the owner asks by offset instead */

    CHECK(decides(done, RANGE_FINISH, -EOPNOTSUPP, 0));
    CHECK(range_decide(&done).is_quiet);
    done = try_of(RANGE_STOPPED);
    CHECK(range_decide(&done).is_quiet);
    done = try_of(RANGE_CHANGED);
    CHECK(!range_decide(&done).is_quiet);
}
