#include "net/call.h"

#include <errno.h>
#include <stdlib.h>

#include "net/net_internal.h"
#include "net/url.h"
#include "support/fake_net.h"
#include "test.h"

#define LEFT_MS 60000

/* What the service says, by turns; the last goes on for ever. */
struct turn {
    int status;
    const char *headers; /* with \r\n, or NULL */
    const char *body;
    int stalls;
};

struct service {
    const struct turn *turns;
    unsigned count;
};

struct asked {
    struct fake_net fake;
    struct service service;
    struct call call;
    char url[128];
    const char *second_key; /* given when the first is refused */
    unsigned refusals;
    int error;
    int is_over;
};

static void service_answer(void *arg, const struct tiny_request *request,
                           struct tiny_answer *answer)
{
    const struct service *service = arg;
    unsigned number = request->number < service->count ? request->number : service->count - 1;
    const struct turn *turn = &service->turns[number];

    answer->status = turn->status;
    if (turn->headers)
        snprintf(answer->headers, sizeof(answer->headers), "%s", turn->headers);
    answer->body = turn->body;
    answer->len = turn->body ? strlen(turn->body) : 0;
    answer->stalls = turn->stalls;
}

static int key_refused(struct call *call)
{
    struct asked *asked = container_of(call, struct asked, call);

    asked->refusals++;
    if (!asked->second_key)
        return 0;
    call->api_key = asked->second_key;
    return 1;
}

static void call_over(struct call *call, int error)
{
    struct asked *asked = container_of(call, struct asked, call);

    asked->error = error;
    asked->is_over++;
}

static void asked_init(struct asked *asked, const struct turn *turns, unsigned count)
{
    memset(asked, 0, sizeof(*asked));
    asked->service = (struct service){turns, count};
    fake_net_start(&asked->fake, service_answer, &asked->service);
    snprintf(asked->url, sizeof(asked->url), "%s/tasks?page=1", tiny_http_url(asked->fake.http));
    asked->call.url = asked->url;
    asked->call.api_key = "first-key";
    asked->call.deadline = FAKE_NET_START + LEFT_MS;
    asked->call.on_refused = key_refused;
    asked->call.on_done = call_over;
}

static int ask(struct asked *asked)
{
    int rc = call_start(asked->fake.net, &asked->call);

    if (rc)
        return rc;
    fake_net_wait(&asked->fake, &asked->is_over);
    return asked->error;
}

static void asked_free(struct asked *asked)
{
    buf_free(&asked->call.body);
    fake_net_stop(&asked->fake);
}

#define TURNS(...)                      \
    (const struct turn[]){__VA_ARGS__}, \
        sizeof((const struct turn[]){__VA_ARGS__}) / sizeof(struct turn)
#define ATTEMPTS(asked) tiny_http_count((asked)->fake.http)

TEST(call_gives_the_body)
{
    struct asked asked;
    struct tiny_request request;

    asked_init(&asked, TURNS({200, NULL, "{\"a\": 1}", 0}));
    CHECK_EQ(ask(&asked), 0);
    CHECK_EQ(asked.is_over, 1);
    CHECK_EQ(asked.call.status, 200);
    CHECK_STR(asked.call.body.data, "{\"a\": 1}");
    CHECK_EQ(ATTEMPTS(&asked), 1);
    request = tiny_http_request(asked.fake.http, 0);
    CHECK_STR(request.method, "GET");
    CHECK_STR(request.path, "/tasks?page=1");
    CHECK_STR(request.key, "first-key");
    CHECK_STR(request.range, "");
    CHECK_EQ(stats_get(&asked.fake.stats, STAT_API_OK), 1);
    CHECK_EQ(stats_get(&asked.fake.stats, STAT_API_ERROR), 0);
    asked_free(&asked);
}

TEST(call_posts)
{
    struct asked asked;

    asked_init(&asked, TURNS({200, NULL, "{}", 0}));
    asked.call.is_post = 1;
    CHECK_EQ(ask(&asked), 0);
    CHECK_STR(tiny_http_request(asked.fake.http, 0).method, "POST");
    asked_free(&asked);
}

TEST(call_posts_a_body)
{
    struct asked asked;

    asked_init(&asked, TURNS({200, NULL, "{}", 0}));
    asked.call.is_post = 1;
    asked.call.post_body = "{\"a\": 1}";
    CHECK_EQ(ask(&asked), 0);
    CHECK_EQ(tiny_http_request(asked.fake.http, 0).body, 8);
    asked_free(&asked);
}

TEST(call_once_is_not_tried_again)
{
    struct asked asked;

    asked_init(&asked, TURNS({503, NULL, "", 0}, {200, NULL, "{}", 0}));
    asked.call.is_once = 1;
    CHECK_EQ(ask(&asked), -EIO);
    CHECK_EQ(asked.call.status, 503);
    CHECK_EQ(ATTEMPTS(&asked), 1);
    asked_free(&asked);
}

TEST(call_empty_body)
{
    struct asked asked;

    asked_init(&asked, TURNS({204, NULL, NULL, 0}));
    CHECK_EQ(ask(&asked), 0);
    CHECK_EQ(asked.call.body.len, 0);
    CHECK_EQ(asked.call.status, 204);
    asked_free(&asked);
}

TEST(call_final_statuses)
{
    static const struct {
        int status, error;
    } cases[] = {{404, -ENOENT}, {410, -ENOENT}, {412, -ESTALE}, {400, -EIO},
                 {422, -EIO},    {501, -EIO},    {302, -EIO},    {409, -EIO}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct asked asked;

        asked_init(&asked, TURNS({cases[i].status, "Location: /elsewhere\r\n", "why", 0}));
        CHECK_EQ(ask(&asked), cases[i].error);
        CHECK_EQ(ATTEMPTS(&asked), 1); /* a key is not carried to where a redirect points */
        CHECK_EQ(asked.call.status, cases[i].status);
        CHECK_STR(asked.call.body.data, "why");
        CHECK(asked.call.why[0]);
        CHECK_EQ(stats_get(&asked.fake.stats, STAT_API_ERROR), 1);
        asked_free(&asked);
    }
}

TEST(call_tries_again)
{
    struct asked asked;

    asked_init(&asked, TURNS({0, NULL, NULL, 0}, {503, NULL, "busy", 0}, {429, NULL, "slow", 0},
                             {200, NULL, "{}", 0}));
    CHECK_EQ(ask(&asked), 0);
    CHECK_EQ(ATTEMPTS(&asked), 4);
    CHECK_STR(asked.call.body.data, "{}"); /* nothing is left of the failures */
    CHECK_EQ(stats_get(&asked.fake.stats, STAT_RETRIES), 3);
    CHECK(fake_net_elapsed(&asked.fake) >= 700 && fake_net_elapsed(&asked.fake) <= 1400);
    asked_free(&asked);
}

TEST(call_gives_up)
{
    static const int statuses[] = {500, 502, 503, 504, 429, 0};

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        struct asked asked;

        asked_init(&asked, TURNS({statuses[i], NULL, NULL, 0}));
        CHECK_EQ(ask(&asked), -EIO);
        CHECK_EQ(ATTEMPTS(&asked), 6);
        CHECK_EQ(asked.call.status, statuses[i]);
        CHECK(asked.call.why[0]);
        asked_free(&asked);
    }
}

TEST(call_obeys_retry_after)
{
    struct asked asked;

    asked_init(&asked, TURNS({429, "Retry-After: 9\r\n", NULL, 0}, {200, NULL, "{}", 0}));
    CHECK_EQ(ask(&asked), 0);
    CHECK_EQ(fake_net_elapsed(&asked.fake), 9000);
    asked_free(&asked);
    asked_init(&asked, TURNS({429, "Retry-After: 61\r\n", NULL, 0}));
    CHECK(ask(&asked) < 0);
    CHECK_EQ(ATTEMPTS(&asked), 1);
    CHECK_EQ(fake_net_elapsed(&asked.fake), 0);
    asked_free(&asked);
}

TEST(call_refused_key_is_read_again_once)
{
    struct asked asked;

    asked_init(&asked, TURNS({401, NULL, "no", 0}, {200, NULL, "{}", 0}));
    asked.second_key = "second-key";
    CHECK_EQ(ask(&asked), 0);
    CHECK_EQ(asked.refusals, 1);
    CHECK_EQ(ATTEMPTS(&asked), 2);
    CHECK_STR(tiny_http_request(asked.fake.http, 1).key, "second-key");
    CHECK_EQ(fake_net_elapsed(&asked.fake), 0);
    asked_free(&asked);

    asked_init(&asked, TURNS({403, NULL, "no", 0}));
    asked.second_key = "second-key";
    CHECK_EQ(ask(&asked), -EACCES);
    CHECK_EQ(asked.refusals, 1);
    CHECK_EQ(ATTEMPTS(&asked), 2);
    asked_free(&asked);

    asked_init(&asked, TURNS({403, NULL, "no", 0}));
    CHECK_EQ(ask(&asked), -EACCES);
    CHECK_EQ(asked.refusals, 1);
    CHECK_EQ(ATTEMPTS(&asked), 1);
    asked_free(&asked);
}

TEST(call_without_a_key)
{
    struct asked asked;

    asked_init(&asked, TURNS({200, NULL, "{}", 0}));
    asked.call.api_key = NULL;
    CHECK_EQ(ask(&asked), 0);
    CHECK_STR(tiny_http_request(asked.fake.http, 0).key, "");
    asked_free(&asked);
}

TEST(call_encoded_answer_is_refused)
{
    struct asked asked;

    asked_init(&asked, TURNS({200, "Content-Encoding: gzip\r\n", "junk", 0}));
    CHECK_EQ(ask(&asked), -EIO);
    CHECK_EQ(ATTEMPTS(&asked), 1);
    CHECK_EQ(asked.call.body.len, 0);
    asked_free(&asked);
}

TEST(call_past_its_deadline)
{
    struct asked asked;

    asked_init(&asked, TURNS({.status = 200, .stalls = 1}));
    asked.call.deadline = FAKE_NET_START + 30; /* libcurl's clock is the real one */
    CHECK_EQ(ask(&asked), -ETIMEDOUT);
    CHECK_EQ(ATTEMPTS(&asked), 1);
    CHECK_EQ(asked.call.status, 0);
    asked_free(&asked);
}

TEST(call_to_nobody)
{
    struct asked asked;

    asked_init(&asked, TURNS({200, NULL, "{}", 0}));
    asked.call.url = "http://127.0.0.1:1/tasks";
    CHECK_EQ(ask(&asked), -EIO);
    CHECK_EQ(stats_get(&asked.fake.stats, STAT_API_ERROR), 6);
    asked_free(&asked);
    asked_init(&asked, TURNS({200, NULL, "{}", 0}));
    asked.call.url = "gopher://127.0.0.1/";
    CHECK_EQ(ask(&asked), -EIO);
    CHECK_EQ(stats_get(&asked.fake.stats, STAT_API_ERROR), 1); /* not tried again */
    asked_free(&asked);
}

/* A net that outlasts outages tries as long as there is time; -ETIMEDOUT says that it is over. */
TEST(call_to_nobody_for_as_long_as_it_may_take)
{
    struct asked asked;

    asked_init(&asked, TURNS({200, NULL, "{}", 0}));
    asked.fake.net->config.outlasts_outages = 1;
    asked.call.url = "http://127.0.0.1:1/tasks";
    asked.call.deadline = FAKE_NET_START + 300000;
    CHECK_EQ(ask(&asked), -ETIMEDOUT);
    CHECK(fake_net_elapsed(&asked.fake) >= 300000 - 8000);
    CHECK(fake_net_elapsed(&asked.fake) <= 300000);
    CHECK(stats_get(&asked.fake.stats, STAT_RETRIES) > 35);
    CHECK_STR(asked.call.why, "cannot connect to 'http://127.0.0.1:1': Connection refused");
    asked_free(&asked);

    /* Only what reached nobody is outlasted. */
    asked_init(&asked, TURNS({0, NULL, NULL, 0}));
    asked.fake.net->config.outlasts_outages = 1;
    CHECK_EQ(ask(&asked), -EIO);
    CHECK_EQ(ATTEMPTS(&asked), 6);
    asked_free(&asked);
}

TEST(call_names_the_proxy_that_is_dead)
{
    struct asked asked;

    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    setenv("http_proxy", "http://user:secret@127.0.0.1:1", 1);
    asked_init(&asked, TURNS({200, NULL, "{}", 0}));
    CHECK_EQ(ask(&asked), -EIO);
    CHECK_STR(asked.call.why,
              "cannot connect to the proxy 'http://127.0.0.1:1' (http_proxy): Connection refused");
    asked_free(&asked);
    setenv("http_proxy", "http://proxy.invalid:3128", 1);
    asked_init(&asked, TURNS({200, NULL, "{}", 0}));
    CHECK_EQ(ask(&asked), -EIO);
    CHECK_STR(asked.call.why, "cannot resolve the host name of the proxy "
                              "'http://proxy.invalid:3128' (http_proxy)");
    asked_free(&asked);
    setenv("no_proxy", "127.0.0.1", 1);
    asked_init(&asked, TURNS({200, NULL, "{}", 0}));
    CHECK_EQ(ask(&asked), 0);
    asked_free(&asked);
    /* The proxy is not to blame for what it is not asked for. */
    setenv("http_proxy", "http://127.0.0.1:2", 1);
    asked_init(&asked, TURNS({200, NULL, "{}", 0}));
    asked.call.url = "http://127.0.0.1:1/tasks";
    CHECK_EQ(ask(&asked), -EIO);
    CHECK_STR(asked.call.why, "cannot connect to 'http://127.0.0.1:1': Connection refused");
    asked_free(&asked);
    unsetenv("http_proxy");
    unsetenv("no_proxy");
}

TEST(call_names_the_host_that_does_not_resolve)
{
    struct asked asked;

    asked_init(&asked, TURNS({200, NULL, "{}", 0}));
    asked.call.url = "http://no-such-host.invalid:8080/tasks?secret";
    CHECK_EQ(ask(&asked), -EIO);
    CHECK_STR(asked.call.why, "cannot resolve the host name of 'http://no-such-host.invalid:8080'");
    asked_free(&asked);
}

TEST(call_names_where_it_is_redirected)
{
    struct asked asked;
    char why[200];

    asked_init(&asked, TURNS({302, "Location: /elsewhere?secret\r\n", NULL, 0}));
    CHECK_EQ(ask(&asked), -EIO);
    snprintf(why, sizeof(why),
             "HTTP status 302, a redirect to '%s/elsewhere', which is not followed",
             tiny_http_url(asked.fake.http));
    CHECK_STR(asked.call.why, why);
    asked_free(&asked);
}

TEST(call_when_the_net_stops)
{
    struct asked asked;

    asked_init(&asked, TURNS({.status = 200, .stalls = 1}));
    CHECK_EQ(call_start(asked.fake.net, &asked.call), 0);
    net_stop(asked.fake.net);
    CHECK_EQ(asked.is_over, 1);
    CHECK_EQ(asked.error, -ECANCELED);
    CHECK_EQ(call_start(asked.fake.net, &asked.call), -ECANCELED);
    CHECK_EQ(asked.is_over, 1);
    asked_free(&asked);
}

TEST(url_in_a_message_has_no_secret)
{
    char url[64];

    url_for_log("https://user:secret@host.example/a/b?signature=secret#x", url, sizeof(url));
    CHECK_STR(url, "https://host.example/a/b");
    url_for_log("http://host/a@b?secret@x", url, sizeof(url));
    CHECK_STR(url, "http://host/a@b");
    url_for_log("host/path?secret", url, sizeof(url));
    CHECK_STR(url, "host/path");
    url_for_log("https://host?secret", url, sizeof(url));
    CHECK_STR(url, "https://host");
    url_for_log("https://host/0123456789012345678901234567890123456789012345678901234567890", url,
                sizeof(url));
    CHECK_EQ(strlen(url), 63);
}
