#include "api/task.h"

#include <errno.h>

#include "test.h"

static const char *pretty(const char *json)
{
    static char text[300];
    BUF_SCOPED out = BUF_INIT(sizeof(text) - 1);
    int rc = json_pretty(json, strlen(json), &out);

    if (rc)
        return strerror(-rc);
    memcpy(text, out.data, out.len + 1);
    return text;
}

TEST(pretty_indents)
{
    CHECK_STR(pretty("{\"a\":1,\"b\":[],\"c\":{ },\"d\":[1, {\"e\" : null}]}"),
              "{\n"
              "  \"a\": 1,\n"
              "  \"b\": [],\n"
              "  \"c\": {},\n"
              "  \"d\": [\n"
              "    1,\n"
              "    {\n"
              "      \"e\": null\n"
              "    }\n"
              "  ]\n"
              "}\n");
    CHECK_STR(pretty(" 5 "), "5\n");
    CHECK_STR(pretty("\"x\""), "\"x\"\n");
    CHECK_STR(pretty("true"), "true\n");
    CHECK_STR(pretty("[\n\t1\r\n]"), "[\n  1\n]\n");
}

TEST(pretty_keeps_every_digit_and_string)
{
    CHECK_STR(pretty("[99999999999999999999999,0.10000000000000000001,-0.0,1E5]"),
              "[\n  99999999999999999999999,\n  0.10000000000000000001,\n  -0.0,\n  1E5\n]\n");
    CHECK_STR(pretty("[\"\\u00fc\\/\\\\\\\" { , : } [ ] \",\"\\\\\"]"),
              "[\n  \"\\u00fc\\/\\\\\\\" { , : } [ ] \",\n  \"\\\\\"\n]\n");
    CHECK_STR(pretty("[\"Flügel 翼 😀\"]"), "[\n  \"Flügel 翼 😀\"\n]\n");
    CHECK_STR(pretty("{\"a\":1,\"a\":2,\"a\\u0000b\":3}"),
              "{\n  \"a\": 1,\n  \"a\": 2,\n  \"a\\u0000b\": 3\n}\n");
}

TEST(pretty_mends_what_is_no_json)
{
    CHECK_STR(pretty("[NaN,-Infinity,Infinity]"), "[\n  null,\n  null,\n  null\n]\n");
    CHECK_STR(pretty("[\"a\nb\x01\"]"), "[\n  \"a\\u000ab\\u0001\"\n]\n");
}

TEST(pretty_refuses)
{
    BUF_SCOPED small = BUF_INIT(10);

    CHECK_STR(pretty("{"), strerror(EPROTO));
    CHECK_STR(pretty(""), strerror(EPROTO));
    CHECK_STR(pretty("{} {}"), strerror(EPROTO));
    CHECK_EQ(json_pretty("[1,2,3,4,5]", 11, &small), -EFBIG);
}
