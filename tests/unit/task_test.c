/* The short answers: place in the queue, signed URL, error detail, and task.json. */
#include "api/task.h"

#include <errno.h>
#include <stdlib.h>

#include "test.h"

static char why[200];

static double place_of(const char *json)
{
    double ahead = -2;
    int rc = task_place_decode(json, strlen(json), &ahead, why, sizeof(why));

    return rc ? rc : ahead;
}

TEST(place_in_the_queue)
{
    CHECK_EQ(place_of("{\"id\":\"a\",\"status\":\"submitted\",\"position_in_queue\":"
                      "{\"tasks_ahead\":7},\"is_terminated\":false}"),
             7);
    CHECK_EQ(place_of("{\"position_in_queue\":{\"tasks_ahead\":0}}"), 0);
    CHECK_EQ(place_of("{\"position_in_queue\":null}"), -1);
    CHECK_EQ(place_of("{\"position_in_queue\":{\"tasks_ahead\":\"many\"}}"), -1);
    CHECK_EQ(place_of("{\"position_in_queue\":[]}"), -1);
    CHECK_EQ(place_of("{}"), -1);
    CHECK_EQ(place_of("[]"), -EPROTO);
    CHECK_STR(why, "the answer is not an object");
    CHECK_EQ(place_of(""), -EPROTO);
}

static const char *url_of(const char *json)
{
    static char result[100];
    char *url = NULL;

    if (signed_url_decode(json, strlen(json), &url, why, sizeof(why)))
        return why;
    snprintf(result, sizeof(result), "%s", url);
    free(url);
    return result;
}

TEST(signed_url_answer)
{
    CHECK_STR(url_of("[\"https://s/o.zip?a=b&c=%20\"]"), "https://s/o.zip?a=b&c=%20");
    CHECK_STR(url_of("[\"http://127.0.0.1:8000/x\"]"), "http://127.0.0.1:8000/x");
    CHECK_STR(url_of("[]"), "the answer is not a list of one URL");
    CHECK_STR(url_of("[\"https://a\",\"https://b\"]"), "the answer is not a list of one URL");
    CHECK_STR(url_of("\"https://a\""), "the answer is not a list of one URL");
    CHECK_STR(url_of("[null]"), "[0] is not an http or https URL");
    CHECK_STR(url_of("[\"\"]"), "[0] is not an http or https URL");
    CHECK_STR(url_of("[\"https://\"]"), "[0] is not an http or https URL");
    CHECK_STR(url_of("[\"file:///etc/passwd\"]"), "[0] is not an http or https URL");
    CHECK_STR(url_of("[\"https://a\\r\\nX: y\"]"), "[0] is not an http or https URL");
    CHECK_STR(url_of("[\"https://a\\u0000b\"]"), "[0] is not an http or https URL");
}

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
