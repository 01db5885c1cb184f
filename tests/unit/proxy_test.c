#include "net/proxy.h"

#include <stdlib.h>

#include "test.h"

static struct proxy proxy;

static void no_proxies(void)
{
    static const char *const names[] = {"http_proxy",  "HTTP_PROXY", "https_proxy",
                                        "HTTPS_PROXY", "all_proxy",  "ALL_PROXY"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
}

TEST(proxy_is_named_by_the_first_variable_that_counts)
{
    no_proxies();
    CHECK(!proxy_of_environment("http", &proxy));
    CHECK(!proxy_of_environment("https", &proxy));
    setenv("ALL_PROXY", "http://all", 1);
    CHECK(proxy_of_environment("http", &proxy));
    CHECK_STR(proxy.variable, "ALL_PROXY");
    setenv("all_proxy", "http://all", 1);
    CHECK(proxy_of_environment("https", &proxy));
    CHECK_STR(proxy.variable, "all_proxy");
    setenv("HTTPS_PROXY", "http://upper", 1);
    CHECK(proxy_of_environment("https", &proxy));
    CHECK_STR(proxy.variable, "HTTPS_PROXY");
    setenv("HTTP_PROXY", "http://upper", 1); /* which a CGI's client could set */
    CHECK(proxy_of_environment("http", &proxy));
    CHECK_STR(proxy.variable, "all_proxy");
    setenv("https_proxy", "http://lower", 1);
    CHECK(proxy_of_environment("https", &proxy));
    CHECK_STR(proxy.variable, "https_proxy");
    setenv("https_proxy", "", 1);
    CHECK(proxy_of_environment("https", &proxy));
    CHECK_STR(proxy.variable, "HTTPS_PROXY");
    no_proxies();
}

TEST(proxy_is_taken_apart)
{
    static const struct {
        const char *value, *url, *host;
        unsigned port;
    } cases[] = {
        {"http://proxy.example:3128", "http://proxy.example:3128", "proxy.example", 3128},
        {"http://me:secret@proxy.example:3128/", "http://proxy.example:3128/", "proxy.example",
         3128},
        {"proxy.example", "proxy.example", "proxy.example", 1080},
        {"proxy.example:80", "proxy.example:80", "proxy.example", 80},
        {"https://proxy.example", "https://proxy.example", "proxy.example", 443},
        {"socks5h://[::1]:9", "socks5h://[::1]:9", "::1", 9},
        {"http://[::1", "http://[::1", "::1", 1080},
        {"http://", "http://", "", 1080},
        {"x:", "x:", "x", 0},
    };

    no_proxies();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setenv("http_proxy", cases[i].value, 1);
        CHECK(proxy_of_environment("http", &proxy));
        CHECK_STR(proxy.url, cases[i].url);
        CHECK_STR(proxy.host, cases[i].host);
        CHECK_EQ(proxy.port, cases[i].port);
    }
    no_proxies();
}
