#include "rtc/servers.h"

#include <errno.h>

#include "test.h"

static int parse(const char *text, struct servers *servers)
{
    return servers_parse(text, strlen(text), servers);
}

TEST(servers_are_read)
{
    struct servers servers;

    CHECK_EQ(parse("stun webrtc.inductiva.ai 3478\nturn 192.0.2.1 65535\nstun 2001:db8::1 1\n",
                   &servers),
             0);
    CHECK_EQ(servers.count, 3);
    CHECK_STR(servers.list[0].host, "webrtc.inductiva.ai");
    CHECK_EQ(servers.list[0].is_turn, 0);
    CHECK_EQ(servers.list[0].port, 3478);
    CHECK_EQ(servers.list[1].is_turn, 1);
    CHECK_EQ(servers.list[1].port, 65535);
    CHECK_STR(servers.list[2].host, "2001:db8::1");
    CHECK_EQ(parse("", &servers), 0);
    CHECK_EQ(servers.count, 0);
}

TEST(servers_that_are_wrong_are_refused)
{
    static const char *const texts[] = {
        "\n",           "stun",         "stun \n",     "stun a\n",     "stun a \n",
        "stun  1\n",    "stun a 1",     "stun a 1 \n", "stun a 0\n",   "stun a 65536\n",
        "stun a 1x\n",  "stun a -1\n",  "STUN a 1\n",  "stun a/b 1\n", "stun a\r 1\n",
        "stun a 1\n\n", "stun a 1\r\n", "tcp a 1\n",
    };
    struct servers servers;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CHECK_EQ(parse(texts[i], &servers), -EPROTO);
    CHECK_EQ(servers_parse("stun a\0b 1\n", 11, &servers), -EPROTO);
}

TEST(servers_have_ceilings)
{
    struct servers servers;
    char text[512] = "stun ", *at = text + 5;

    memset(at, 'x', 253);
    memcpy(at + 253, " 1\n", 4);
    CHECK_EQ(parse(text, &servers), 0);
    CHECK_EQ(strlen(servers.list[0].host), 253);
    memcpy(at + 253, "x 1\n", 5);
    CHECK_EQ(parse(text, &servers), -EPROTO);
    text[0] = '\0';
    for (int i = 0; i < SERVERS_MAX; i++)
        strcat(text, "turn a 1\n");
    CHECK_EQ(parse(text, &servers), 0);
    strcat(text, "turn a 1\n");
    CHECK_EQ(parse(text, &servers), -EPROTO);
}
