#include <errno.h>

#include "fs/ctl.h"
#include "test.h"

static enum ctl_verb verb;
static int64_t seconds;
static char why[200];

static int parse(const char *line)
{
    why[0] = '\0';
    return ctl_parse(line, strlen(line), &verb, &seconds, why, sizeof(why));
}

TEST(ctl_verbs)
{
    static const struct {
        const char *line;
        enum ctl_verb verb;
        int64_t seconds;
    } cases[] = {
        {"kill", CTL_KILL, CTL_NO_SECONDS},
        {"wait", CTL_WAIT, CTL_NO_SECONDS},
        {"refresh", CTL_REFRESH, CTL_NO_SECONDS},
        {"kill 10", CTL_KILL, 10},
        {"wait 0", CTL_WAIT, 0},
        {" \t kill \v 007 \r", CTL_KILL, 7},
        {"wait 1000000000", CTL_WAIT, CTL_SECONDS_MAX},
        {"", CTL_NOTHING, CTL_NO_SECONDS},
        {" \t\r ", CTL_NOTHING, CTL_NO_SECONDS},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK_EQ(parse(cases[i].line), 0);
        CHECK_EQ(verb, cases[i].verb);
        CHECK_EQ(seconds, cases[i].seconds);
    }
}

TEST(ctl_refusals)
{
    static const char *const lines[] = {
        "stop",
        "KILL",
        "kil",
        "killl",
        "kill,",
        "wait10",
        "kill x",
        "kill -1",
        "kill +1",
        "kill 1.5",
        "kill 1s",
        "kill 0x10",
        "wait 1000000001",
        "wait 18446744073709551617",
        "kill 1 2",
        "kill 1 2 3 4 5",
        "refresh 1",
        "refresh x",
        "10",
        "kill kill",
        "\xff\xfe",
        "wait 1 ,",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        CHECK_EQ(parse(lines[i]), -EINVAL);
        CHECK(why[0]);
    }
}

TEST(ctl_refusal_names_the_word)
{
    CHECK_EQ(parse("stop now"), -EINVAL);
    CHECK(strstr(why, "unknown verb") && strstr(why, "'stop'"));
    CHECK_EQ(parse("kill ten"), -EINVAL);
    CHECK(strstr(why, "'ten'"));
    CHECK_EQ(parse("wait 1 2"), -EINVAL);
    CHECK(strstr(why, "'2'"));
}

TEST(ctl_takes_len_bytes_and_no_more)
{
    CHECK_EQ(ctl_parse("kill 123", 6, &verb, &seconds, why, sizeof(why)), 0);
    CHECK_EQ(verb, CTL_KILL);
    CHECK_EQ(seconds, 1);
    CHECK_EQ(ctl_parse("ki\0ll", 5, &verb, &seconds, why, sizeof(why)), -EINVAL);
}

TEST(ctl_reason_fits)
{
    char line[CTL_WRITE_MAX], small[20];

    memset(line, 'x', sizeof(line));
    CHECK_EQ(ctl_parse(line, sizeof(line), &verb, &seconds, small, sizeof(small)), -EINVAL);
    CHECK_EQ(strlen(small), sizeof(small) - 1);
    memcpy(line, "wait ", 5);
    memset(line + 5, '9', sizeof(line) - 5);
    CHECK_EQ(ctl_parse(line, sizeof(line), &verb, &seconds, why, sizeof(why)), -EINVAL);
}
