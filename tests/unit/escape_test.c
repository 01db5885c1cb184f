#include "base/escape.h"

#include <errno.h>

#include "test.h"

static const char *escaped(const char *text, size_t n, unsigned flags)
{
    static char result[256];
    BUF_SCOPED out = BUF_INIT(sizeof(result) - 1);

    if (escape_append(&out, text, n, flags))
        return NULL;
    memcpy(result, out.data, out.len + 1);
    return result;
}

#define ESCAPED(text, flags) escaped(text, sizeof(text) - 1, flags)

TEST(escape_leaves_plain_text_alone)
{
    CHECK_STR(ESCAPED("", 0), "");
    CHECK_STR(ESCAPED("a b ~", ESCAPE_BACKSLASH), "a b ~");
    CHECK_STR(ESCAPED("Grün 日本 😀", ESCAPE_BACKSLASH), "Grün 日本 😀");
}

TEST(escape_writes_control_characters_out)
{
    CHECK_STR(ESCAPED("a\nb\rc\td", 0), "a\\nb\\rc\\td");
    CHECK_STR(ESCAPED("\0\x1b[1m\x7f", 0), "\\x00\\x1B[1m\\x7F");
    CHECK_STR(ESCAPED("\xc2\x9b", 0), "\\xC2\\x9B");
    CHECK_STR(ESCAPED("\xc2\xa0", 0), "\xc2\xa0");
    CHECK_STR(ESCAPED("\xe2\x80\xa8", 0), "\\xE2\\x80\\xA8");
}

TEST(escape_flags)
{
    CHECK_STR(ESCAPED("a\\n", 0), "a\\n");
    CHECK_STR(ESCAPED("a\\n", ESCAPE_BACKSLASH), "a\\\\n");
    CHECK_STR(ESCAPED("\t\n", ESCAPE_KEEP_TAB), "\t\\n");
}

TEST(escape_writes_bad_utf8_out)
{
    CHECK_STR(ESCAPED("\xff", 0), "\\xFF");
    CHECK_STR(ESCAPED("\x80", 0), "\\x80");
    CHECK_STR(ESCAPED("\xc3", 0), "\\xC3");
    CHECK_STR(ESCAPED("\xc3(", 0), "\\xC3(");
    CHECK_STR(ESCAPED("\xc0\xaf", 0), "\\xC0\\xAF");
    CHECK_STR(ESCAPED("\xe0\x80\x80", 0), "\\xE0\\x80\\x80");
    CHECK_STR(ESCAPED("\xed\xa0\x80", 0), "\\xED\\xA0\\x80");
    CHECK_STR(ESCAPED("\xf4\x90\x80\x80", 0), "\\xF4\\x90\\x80\\x80");
    CHECK_STR(ESCAPED("\xf0\x9f\x98", 0), "\\xF0\\x9F\\x98");
}

TEST(escape_stops_at_the_ceiling)
{
    BUF_SCOPED out = BUF_INIT(6);

    CHECK_EQ(escape_append(&out, "ab\n\n\n", 5, 0), -EFBIG);
    CHECK(out.len <= 6);
}
