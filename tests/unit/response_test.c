#include "net/response.h"

#include "test.h"

static struct response fresh(void)
{
    struct response response;

    memset(&response, 0xee, sizeof(response));
    response_add_line(&response, "HTTP/1.1 206 Partial Content\r\n", 30);
    return response;
}

static struct response of(const char *line)
{
    struct response response = fresh();

    response_add_line(&response, line, strlen(line));
    return response;
}

static int status_of(const char *line)
{
    struct response response = {.status = 1};

    response_add_line(&response, line, strlen(line));
    return response.status;
}

TEST(response_status_line)
{
    struct response response = fresh();

    CHECK_EQ(response.status, 206);
    CHECK_EQ(response.content_length, -1);
    CHECK_EQ(response.retry_after, -1);
    CHECK(!response.has_range && !response.has_total && !response.bad_range && !response.encoded);
    CHECK_STR(response.etag, "");
    CHECK_EQ(status_of("HTTP/2 200"), 200);
    CHECK_EQ(status_of("HTTP/2 200 \r\n"), 200);
    CHECK_EQ(status_of("HTTP/1.0   404 Not Found\r\n"), 404);
    CHECK_EQ(status_of("HTTP/1.1 99"), 0);
    CHECK_EQ(status_of("HTTP/1.1 1000"), 0);
    CHECK_EQ(status_of("HTTP/1.1 -200"), 0);
    CHECK_EQ(status_of("HTTP/1.1 99999999999999999999"), 0);
    CHECK_EQ(status_of("HTTP/1.1"), 0);
    CHECK_EQ(status_of("HTTP/"), 0);
    CHECK_EQ(status_of("HTTP"), 1); /* none */
}

TEST(response_starts_anew_with_each_status_line)
{
    struct response response = fresh();
    static const char *const lines[] = {"ETag: \"x\"", "Retry-After: 3", "Content-Encoding: gzip",
                                        "Content-Range: bytes 1-2/3", "Content-Length: 2"};

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        response_add_line(&response, lines[i], strlen(lines[i]));
    CHECK(response.has_range && response.encoded && response.etag[0]);
    response_add_line(&response, "HTTP/1.1 200 OK\r\n", 17);
    CHECK_EQ(response.status, 200);
    CHECK(!response.has_range && !response.has_total && !response.encoded && !response.etag[0]);
    CHECK_EQ(response.content_length, -1);
    CHECK_EQ(response.retry_after, -1);
}

TEST(response_date)
{
    CHECK_EQ(fresh().date, HTTP_DATE_UNKNOWN);
    CHECK_EQ(of("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n").date, 784111777);
    CHECK_EQ(of("date:Sun, 06 Nov 1994 08:49:37 GMT").date, 784111777);
    CHECK_EQ(of("Date: now").date, HTTP_DATE_UNKNOWN);
    CHECK_EQ(of("Last-Date: Sun, 06 Nov 1994 08:49:37 GMT").date, HTTP_DATE_UNKNOWN);
}

#define CHECK_RANGE(line, a, b, c)                                          \
    do {                                                                    \
        struct response check_r = of(line);                                 \
        CHECK(check_r.has_range &&check_r.has_total && !check_r.bad_range); \
        CHECK_EQ(check_r.first, a);                                         \
        CHECK_EQ(check_r.last, b);                                          \
        CHECK_EQ(check_r.total, c);                                         \
    } while (0)

TEST(response_content_range)
{
    CHECK_RANGE("Content-Range: bytes 0-99/1000\r\n", 0, 99, 1000);
    CHECK_RANGE("content-range:bytes 0-0/1", 0, 0, 1);
    CHECK_RANGE("CONTENT-RANGE: \t BYTES 5-999/1000 \t\r\n", 5, 999, 1000);
    CHECK_RANGE("Content-Range: bytes 9223372036854775805-9223372036854775806/9223372036854775807",
                INT64_MAX - 2, INT64_MAX - 1, INT64_MAX);
}

TEST(response_content_range_of_416)
{
    struct response response = of("Content-Range: bytes */1234\r\n");

    CHECK(!response.has_range && response.has_total && !response.bad_range);
    CHECK_EQ(response.total, 1234);
    response = of("Content-Range: bytes */0");
    CHECK(response.has_total && !response.bad_range);
    CHECK_EQ(response.total, 0);
}

TEST(response_hostile_content_range)
{
    static const char *const bad[] = {
        "",
        "bytes",
        "bytes ",
        "bytes 0-99",
        "bytes 0-99/",
        "bytes 0-99/*",
        "bytes 9-8/10",
        "bytes 0-10/10",
        "bytes -1-5/10",
        "bytes 1--5/10",
        "bytes +1-5/10",
        "bytes 0x1-5/10",
        "bytes 1-5/10 junk",
        "bytes 1 - 5/10",
        "bytes a-b/c",
        "bytes */",
        "bytes */*",
        "bytes */5x",
        "items 0-99/1000",
        "bytes=0-99/1000",
        "bytes  0-9/10",
        "0-99/1000",
        "bytes 0-0/0",
        "bytes 0-9223372036854775808/9223372036854775809",
        "bytes 18446744073709551616-18446744073709551617/18446744073709551618",
        "bytes 0-99/184467440737095516160",
        "bytes 0-9/10,20-29/30",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char line[200];
        struct response response;

        snprintf(line, sizeof(line), "Content-Range: %s\r\n", bad[i]);
        response = of(line);
        if (response.has_range || response.has_total || !response.bad_range)
            test_fail(__FILE__, __LINE__, "'%s' was believed", bad[i]);
    }
}

/* Two answers in one: whatever is made of it, not half of each. */
TEST(response_contradicting_content_ranges)
{
    struct response response = of("Content-Range: bytes 0-99/100");

    response_add_line(&response, "Content-Range: bytes */0", 24);
    CHECK(!response.has_range || response.last < response.total);
    response = of("Content-Range: bytes 0-99/100");
    response_add_line(&response, "Content-Range: junk", 19);
    CHECK(response.bad_range && !response.has_range);
    response_add_line(&response, "Content-Range: bytes 5-6/100", 28);
    CHECK(response.has_range);
    CHECK_EQ(response.first, 5);
    CHECK_EQ(response.last, 6);
}

TEST(response_content_length)
{
    CHECK_EQ(of("Content-Length: 0").content_length, 0);
    CHECK_EQ(of("content-length: 5\r\n").content_length, 5);
    CHECK_EQ(of("Content-Length: 9223372036854775807").content_length, INT64_MAX);
    CHECK_EQ(of("Content-Length: 9223372036854775808").content_length, -1);
    CHECK_EQ(of("Content-Length: -1").content_length, -1);
    CHECK_EQ(of("Content-Length: ").content_length, -1);
    CHECK_EQ(of("Content-Length: 5, 5").content_length, -1);
    CHECK_EQ(of("Content-Length: 5x").content_length, -1);
    CHECK_EQ(of("Content-Lengthy: 5").content_length, -1);
    CHECK_EQ(of("Content-Length : 5").content_length, -1);
    CHECK_EQ(of("X-Content-Length: 5").content_length, -1);
}

TEST(response_content_encoding)
{
    CHECK_EQ(of("Content-Encoding: gzip").encoded, 1);
    CHECK_EQ(of("content-encoding: br\r\n").encoded, 1);
    CHECK_EQ(of("Content-Encoding: Identity\r\n").encoded, 0);
    CHECK_EQ(of("Content-Encoding: ").encoded, 0);
    CHECK_EQ(of("Content-Encoding: identity, gzip").encoded, 1);
    CHECK_EQ(of("Content-Encoding: identitx").encoded, 1);
}

TEST(response_retry_after)
{
    CHECK_EQ(of("Retry-After: 0").retry_after, 0);
    CHECK_EQ(of("retry-after: 7\r\n").retry_after, 7);
    CHECK_EQ(of("Retry-After: 86400").retry_after, 86400);
    CHECK_EQ(of("Retry-After: 86401").retry_after, 86400);
    CHECK_EQ(of("Retry-After: 9223372036854775807").retry_after, 86400);
    CHECK_EQ(of("Retry-After: -1").retry_after, -1);
    CHECK_EQ(of("Retry-After: 1.5").retry_after, -1);
    CHECK_EQ(of("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT").retry_after, -1);
    CHECK_EQ(of("Retry-After:").retry_after, -1);
}

TEST(response_etag)
{
    char line[400] = "ETag: \"";

    CHECK_STR(of("ETag: \"abc\"\r\n").etag, "\"abc\"");
    CHECK_STR(of("etag:\t\"a b\" \r\n").etag, "\"a b\"");
    CHECK_STR(of("ETag: W/\"abc\"").etag, "W/\"abc\"");
    CHECK_STR(of("ETag: abc").etag, "abc");
    memset(line + 7, 'x', ETAG_MAX - 3);
    line[7 + ETAG_MAX - 3] = '"'; /* 255 bytes in all */
    CHECK_EQ(strlen(of(line).etag), ETAG_MAX - 1);
    line[7 + ETAG_MAX - 3] = 'x';
    line[7 + ETAG_MAX - 2] = '"';
    CHECK_STR(of(line).etag, "");
}

TEST(response_etag_with_a_nul)
{
    struct response response = fresh();

    response_add_line(&response, "ETag: \"a\0b\"", 11);
    CHECK_STR(response.etag, "");
}

TEST(response_strong_etag)
{
    struct response response = of("ETag: \"abc\"");

    CHECK(response_has_strong_etag(&response));
    response = of("ETag: \"\"");
    CHECK(response_has_strong_etag(&response));
    response = of("ETag: W/\"abc\"");
    CHECK(!response_has_strong_etag(&response));
    response = of("ETag: \"");
    CHECK(!response_has_strong_etag(&response));
    response = of("ETag: \"abc");
    CHECK(!response_has_strong_etag(&response));
    response = fresh();
    CHECK(!response_has_strong_etag(&response));
}

TEST(response_ignores_bad_lines)
{
    static const char *const lines[] = {"",
                                        "\r\n",
                                        ":",
                                        " ",
                                        "Content-Range",
                                        "ETag",
                                        "ETag:",
                                        "Content-Length:",
                                        "\xff\xfe: 1",
                                        "etag : \"x\""};
    struct response clean = fresh();

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct response response = of(lines[i]);

        CHECK_EQ(response.status, clean.status);
        CHECK(!response.has_range && !response.has_total && !response.etag[0]);
        CHECK_EQ(response.content_length, -1);
    }
}
