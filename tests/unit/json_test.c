/* What is taken for JSON, as the decoder of a task shows it. */
#include "api/task.h"

#include <errno.h>

#include "test.h"

#define MINIMAL "\"task_id\":\"abc\",\"status\":\"success\",\"is_terminated\":true"

static char why[200];

static int decode_detail(const char *json, struct task_detail *detail)
{
    return task_detail_decode(json, strlen(json), detail, why, sizeof(why));
}

/* The reason why a detail is refused; "" when it is taken. */
static const char *detail_problem(const char *json)
{
    struct task_detail detail;

    if (decode_detail(json, &detail) == 0)
        task_detail_free(&detail);
    return why;
}

static const char *nested_problem(unsigned depth, char open, char close)
{
    BUF_SCOPED json = BUF_INIT(1 << 20);

    buf_puts(&json, "{" MINIMAL ",\"x\":");
    for (unsigned i = 0; i < depth; i++)
        buf_puts(&json, open == '[' ? "[" : "{\"x\":");
    buf_putc(&json, '1');
    for (unsigned i = 0; i < depth; i++)
        buf_putc(&json, close);
    buf_putc(&json, '}');
    return json.error ? "no memory" : detail_problem(json.data);
}

TEST(json_deeper_than_32_is_refused)
{
    CHECK_STR(nested_problem(31, '[', ']'), "");
    CHECK(strstr(nested_problem(32, '[', ']'), "not JSON"));
    CHECK_STR(nested_problem(31, '{', '}'), "");
    CHECK(strstr(nested_problem(32, '{', '}'), "not JSON"));
    CHECK(strstr(nested_problem(100000, '[', ']'), "not JSON"));
}

TEST(text_that_is_no_json_is_refused)
{
    static const char *const bad[] = {
        "",
        " ",
        "<html>",
        "{" MINIMAL "}x",
        "{" MINIMAL "}{}",
        "{" MINIMAL ",}",
        "{" MINIMAL "",
        "{" MINIMAL ",'a':1}",
        "/* */{" MINIMAL "}",
        "{" MINIMAL ",\"a\":01}",
        "{" MINIMAL ",\"a\":\"\\x\"}",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (!strstr(detail_problem(bad[i]), "not JSON"))
            test_fail(__FILE__, __LINE__, "'%s' gives '%s'", bad[i], why);
    CHECK_STR(detail_problem(" \n{" MINIMAL "}\r\n\t "), "");
    CHECK_STR(detail_problem("{" MINIMAL ",\"a'\":\"it's \\\" it's\"}"), "");
}

TEST(a_nul_in_the_text_is_refused)
{
    static const char inside[] = "{" MINIMAL ",\"a\":\"\0\"}", after[] = "{" MINIMAL "}\0";
    struct task_detail detail;

    CHECK_EQ(task_detail_decode(inside, sizeof(inside) - 1, &detail, why, sizeof(why)), -EPROTO);
    CHECK_EQ(task_detail_decode(after, sizeof(after) - 1, &detail, why, sizeof(why)), -EPROTO);
}

TEST(bad_utf8_is_kept_as_it_is)
{
    struct task_detail detail;

    CHECK_EQ(decode_detail("{" MINIMAL ",\"project\":\"a\xff\xc3\"}", &detail), 0);
    CHECK_STR(detail.project, "a\xff\xc3");
    task_detail_free(&detail);
}

TEST(reasons_are_cut_to_their_buffer)
{
    struct task_detail detail;
    char small[8];

    CHECK_EQ(task_detail_decode("{}", 2, &detail, small, sizeof(small)), -EPROTO);
    CHECK_STR(small, "task_id");
}
