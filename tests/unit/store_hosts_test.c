#include "store/hosts.h"

#include <stdio.h>

#include "test.h"

static struct store_hosts hosts;

TEST(store_hosts_are_told_apart_by_origin)
{
    memset(&hosts, 0, sizeof(hosts));
    CHECK_EQ(store_hosts_traits(&hosts, "https://a.example/x?y"), 0);
    store_hosts_learn(&hosts, "https://a.example/x?y", STORE_NO_SUFFIX);
    CHECK_EQ(store_hosts_traits(&hosts, "https://a.example/other"), STORE_NO_SUFFIX);
    CHECK_EQ(store_hosts_traits(&hosts, "https://A.Example"), STORE_NO_SUFFIX);
    CHECK_EQ(store_hosts_traits(&hosts, "https://a.example?x"), STORE_NO_SUFFIX);
    CHECK_EQ(store_hosts_traits(&hosts, "http://a.example/x"), 0);
    CHECK_EQ(store_hosts_traits(&hosts, "https://a.example:8443/x"), 0);
    CHECK_EQ(store_hosts_traits(&hosts, "https://a.example.org/x"), 0);
    CHECK_EQ(store_hosts_traits(&hosts, "https://a/x"), 0);
    store_hosts_learn(&hosts, "https://a.example/z", STORE_NO_LONG_SUFFIX);
    CHECK_EQ(store_hosts_traits(&hosts, "https://a.example"),
             STORE_NO_SUFFIX | STORE_NO_LONG_SUFFIX);
}

TEST(store_hosts_replace_the_least_recently_used)
{
    char url[64];

    memset(&hosts, 0, sizeof(hosts));
    for (int i = 0; i < STORE_HOSTS_MAX; i++) {
        snprintf(url, sizeof(url), "https://host%d/x", i);
        store_hosts_learn(&hosts, url, STORE_NO_SUFFIX);
    }
    CHECK_EQ(store_hosts_traits(&hosts, "https://host0/"), STORE_NO_SUFFIX);
    store_hosts_learn(&hosts, "https://another/", STORE_NO_SUFFIX);
    CHECK_EQ(store_hosts_traits(&hosts, "https://host0/"), STORE_NO_SUFFIX);
    CHECK_EQ(store_hosts_traits(&hosts, "https://host1/"), 0);
    CHECK_EQ(store_hosts_traits(&hosts, "https://another/"), STORE_NO_SUFFIX);
}

TEST(store_hosts_ignore_what_is_no_url)
{
    char url[STORE_HOST_LEN + 20] = "https://";

    memset(&hosts, 0, sizeof(hosts));
    store_hosts_learn(&hosts, "", STORE_NO_SUFFIX);
    store_hosts_learn(&hosts, "a.example/x", STORE_NO_SUFFIX);
    CHECK_EQ(store_hosts_traits(&hosts, ""), 0);
    CHECK_EQ(store_hosts_traits(&hosts, "a.example/x"), 0);
    memset(url + 8, 'a', STORE_HOST_LEN - 9);
    store_hosts_learn(&hosts, url, STORE_NO_SUFFIX); /* just fits */
    CHECK_EQ(store_hosts_traits(&hosts, url), STORE_NO_SUFFIX);
    memset(url + 8, 'b', STORE_HOST_LEN - 8);
    store_hosts_learn(&hosts, url, STORE_NO_SUFFIX);
    CHECK_EQ(store_hosts_traits(&hosts, url), 0);
}
