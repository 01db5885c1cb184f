#include <errno.h>

#include "task/verb.h"
#include "test.h"

static enum verb verb;
static int64_t seconds;
static char why[200];

static int parse(const char *line)
{
    why[0] = '\0';
    return verb_parse(line, strlen(line), &verb, &seconds, why, sizeof(why));
}

TEST(ctl_verbs)
{
    static const struct {
        const char *line;
        enum verb verb;
        int64_t seconds;
    } cases[] = {
        {"kill", VERB_KILL, VERB_NO_SECONDS},
        {"wait", VERB_WAIT, VERB_NO_SECONDS},
        {"refresh", VERB_REFRESH, VERB_NO_SECONDS},
        {"kill 10", VERB_KILL, 10},
        {"wait 0", VERB_WAIT, 0},
        {" \t kill \v 007 \r", VERB_KILL, 7},
        {"wait 1000000000", VERB_WAIT, VERB_SECONDS_MAX},
        {"", VERB_NONE, VERB_NO_SECONDS},
        {" \t\r ", VERB_NONE, VERB_NO_SECONDS},
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
    CHECK_EQ(verb_parse("kill 123", 6, &verb, &seconds, why, sizeof(why)), 0);
    CHECK_EQ(verb, VERB_KILL);
    CHECK_EQ(seconds, 1);
    CHECK_EQ(verb_parse("ki\0ll", 5, &verb, &seconds, why, sizeof(why)), -EINVAL);
}

TEST(ctl_reason_fits)
{
    char line[4096], small[20];

    memset(line, 'x', sizeof(line));
    CHECK_EQ(verb_parse(line, sizeof(line), &verb, &seconds, small, sizeof(small)), -EINVAL);
    CHECK_EQ(strlen(small), sizeof(small) - 1);
    memcpy(line, "wait ", 5);
    memset(line + 5, '9', sizeof(line) - 5);
    CHECK_EQ(verb_parse(line, sizeof(line), &verb, &seconds, why, sizeof(why)), -EINVAL);
}
