#include "api/task.h"

#include "test.h"

static const char *detail_of(const char *json)
{
    static char text[60];

    memset(text, '#', sizeof(text));
    error_detail_decode(json, strlen(json), text, sizeof(text));
    return text;
}

TEST(error_detail_is_one_line)
{
    CHECK_STR(detail_of("{\"detail\":\"Task not found\"}"), "Task not found");
    CHECK_STR(detail_of("{\"detail\":\"a\\nb\\u0000\\u001b\"}"), "a\\nb\\x00\\x1B");
    CHECK_STR(detail_of("{\"detail\":[{\"loc\":[\"body\",\"x\",0],\"msg\":\"bad\",\"type\":\"t\"},"
                        "{\"msg\":\"worse\"},7,{\"loc\":[]}]}"),
              "body.x.0: bad; worse");
    CHECK_STR(detail_of("{\"detail\":\"Flügel 翼 😀\"}"), "Flügel 翼 😀");
    CHECK_STR(detail_of("{\"detail\":[{\"loc\":[\"Flügel\"],\"msg\":\"翼\"}]}"), "Flügel: 翼");
    CHECK_STR(detail_of("{\"detail\":{}}"), "");
    CHECK_STR(detail_of("{}"), "");
    CHECK_STR(detail_of("[]"), "");
    CHECK_STR(detail_of("<Error>"), "");
    CHECK_STR(detail_of(""), "");
}

TEST(error_detail_is_cut_at_a_whole_character)
{
    char json[100], expected[60];

    memset(json, 0, sizeof(json));
    snprintf(json, sizeof(json), "{\"detail\":\"%058dü\"}", 0);
    snprintf(expected, sizeof(expected), "%058d", 0);
    CHECK_STR(detail_of(json), expected);
}

TEST(error_detail_of_any_length)
{
    BUF_SCOPED json = BUF_INIT(1 << 20);

    buf_puts(&json, "{\"detail\":[");
    for (int i = 0; i < 10000; i++)
        buf_puts(&json, "{\"loc\":[\"\\u0001\\u0001\\u0001\"],\"msg\":\"m\"},");
    buf_puts(&json, "{}]}");
    CHECK_EQ(json.error, 0);
    CHECK_EQ(strlen(detail_of(json.data)), 59);
    buf_clear(&json);
    buf_puts(&json, "{\"detail\":\"");
    for (int i = 0; i < 100000; i++)
        buf_putc(&json, i < 30 ? 'x' : '\x01');
    buf_puts(&json, "\"}");
    CHECK_EQ(json.error, 0);
    CHECK_EQ(strlen(detail_of(json.data)), 59);
}
