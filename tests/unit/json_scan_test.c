#include "api/json_scan.h"

#include <stdlib.h>

#include "test.h"

static size_t at;

static const char *scan(const char *text)
{
    const char *problem = json_scan(text, strlen(text), 32, &at);

    return problem ? problem : "";
}

TEST(json_scan_accepts_json)
{
    static const char *const good[] = {
        "null",
        " \t\r\n true \t\r\n ",
        "false",
        "0",
        "-0",
        "-0.5e+10",
        "12",
        "1E5",
        "1e-5",
        "10.25",
        "18446744073709551616",
        "123456789012345678901234567890.123456789012345678901234567890e999",
        "\"\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00fF\\ud83d\\ude00\"",
        "\"it's /* a */ // text, ]} of : its own\"",
        "[]",
        "{}",
        "[ ]",
        "{ }",
        "[[],{},[{}]]",
        "[1,\"a\",null,true]",
        "{\"a\":1,\"b\":{\"c\":[2,{\"d\":3}]},\"\":[]}",
        " { \"a\" : [ 1 , 2 ] , \"b\" : { } } ",
        /* beyond the RFC: what Python's json writes, raw controls, and any bytes above 127 */
        "[NaN,Infinity,-Infinity]",
        "\"a\tb\nc\x01\x1f\x7f\"",
        "\"Fl\xc3\xbcgel \xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x98\x80 \xff\xc3\"",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        if (*scan(good[i]))
            test_fail(__FILE__, __LINE__, "'%s': %s at %zu", good[i], scan(good[i]), at);
}

TEST(json_scan_says_what_is_no_json)
{
    static const struct {
        const char *text, *problem;
        size_t at;
    } bad[] = {
        {"", "it ends too early", 0},
        {"  ", "it ends too early", 2},
        {"<html>", "no value", 0},
        {"'a'", "no value", 0},
        {"{'a':1}", "no string in double quotes", 1},
        {"{a:1}", "no string in double quotes", 1},
        {"{1:1}", "no string in double quotes", 1},
        {"/* */1", "no value", 0},
        {"1 // one", "more after the value", 2},
        {"[1/**/,2]", "no comma after a value", 2},
        {"[1,]", "no value", 3},
        {"[,1]", "no value", 1},
        {"[1,,2]", "no value", 3},
        {"[1 2]", "no comma after a value", 3},
        {"[1}", "no comma after a value", 2},
        {"{\"a\":1]", "no comma after a value", 6},
        {"{\"a\":1,}", "no string in double quotes", 7},
        {"{,}", "no string in double quotes", 1},
        {"{\"a\"}", "no colon after a name", 4},
        {"{\"a\" 1}", "no colon after a name", 5},
        {"{\"a\":}", "no value", 5},
        {"{\"a\":1", "it ends too early", 6},
        {"[", "it ends too early", 1},
        {"[1", "it ends too early", 2},
        {"]", "no value", 0},
        {"1]", "more after the value", 1},
        {"{}{}", "more after the value", 2},
        {"01", "a leading zero", 1},
        {"-01", "a leading zero", 2},
        {"00", "a leading zero", 1},
        {"-", "it ends too early", 1},
        {"-x", "no digit", 1},
        {"+1", "no value", 0},
        {".5", "no value", 0},
        {"1.", "it ends too early", 2},
        {"1.e5", "no digit", 2},
        {"1e", "it ends too early", 2},
        {"1e+", "it ends too early", 3},
        {"1e+x", "no digit", 3},
        {"0x10", "more after the value", 1},
        {"1_000", "more after the value", 1},
        {"True", "no value", 0},
        {"nul", "no value", 0},
        {"nulll", "more after the value", 4},
        {"nan", "no value", 0},
        {"-NaN", "no digit", 1},
        {"+Infinity", "no value", 0},
        {"\"a", "it ends too early", 2},
        {"\"a\\", "it ends too early", 3},
        {"\"\\x\"", "an unknown escape", 2},
        {"\"\\u12\"", "an unknown escape", 5},
        {"\"\\u123", "it ends too early", 6},
        {"\"\\u123g\"", "an unknown escape", 6},
        {"\xef\xbb\xbf{}", "no value", 0},
        {"\xc2\xa0"
         "1",
         "no value", 0},
        {"\v1", "no value", 0},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (strcmp(scan(bad[i].text), bad[i].problem) != 0 || at != bad[i].at)
            test_fail(__FILE__, __LINE__, "'%s': '%s' at %zu", bad[i].text, scan(bad[i].text), at);
}

TEST(json_scan_refuses_a_nul)
{
    CHECK_STR(json_scan("\"a\0b\"", 5, 32, &at), "a NUL");
    CHECK_EQ(at, 2);
    CHECK_STR(json_scan("1\0", 2, 32, &at), "more after the value");
    CHECK_STR(json_scan("\0", 1, 32, &at), "no value");
    CHECK_STR(json_scan("[1\0]", 4, 32, &at), "no comma after a value");
    CHECK_STR(json_scan("\"\\\0\"", 4, 32, &at), "an unknown escape");
    CHECK_STR(json_scan("\"\\u00\0"
                        "0\"",
                        8, 32, &at),
              "an unknown escape");
}

/* It never reads behind the end: each beginning of a text is one that ends too early. */
TEST(json_scan_of_each_beginning)
{
    static const char text[] = "{\"a\\u00e9\":[-1.5e+3,true,{\"b\":null}],\"c\":\"\\n\"}";

    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        char *copy = malloc(len + !len);

        CHECK(copy);
        memcpy(copy, text, len);
        CHECK(json_scan(copy, len, 32, &at));
        CHECK(at <= len);
        free(copy);
    }
    CHECK_STR(scan(text), "");
}

TEST(json_scan_counts_levels)
{
    CHECK(!json_scan("[[[]]]", 6, 3, &at));
    CHECK_STR(json_scan("[[[]]]", 6, 2, &at), "too many levels");
    CHECK_EQ(at, 2);
    CHECK(!json_scan("[[],[],{\"a\":[]},[[]]]", 21, 3, &at));
    CHECK_STR(json_scan("{\"a\":{\"b\":[]}}", 14, 2, &at), "too many levels");
    CHECK(!json_scan("1", 1, 1, &at));
}
