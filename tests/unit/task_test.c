/* Pages of the listing, the place in the queue, and signed URLs. */
#include "api/task.h"

#include <errno.h>
#include <stdlib.h>

#include "test.h"

#define MINIMAL "\"task_id\":\"abc\",\"status\":\"success\",\"is_terminated\":true"

static char why[200];

static int decode_page(const char *json, struct task_page *page)
{
    return task_page_decode(json, strlen(json), page, why, sizeof(why));
}

static const char *page_problem(const char *json)
{
    struct task_page page;

    if (decode_page(json, &page) == 0)
        task_page_free(&page);
    return why;
}

TEST(page_whole)
{
    struct task_page page;

    CHECK_EQ(decode_page("{\"total_size\":1234,\"tasks\":[{" MINIMAL "},{\"task_id\":\"b\","
                         "\"status\":\"x\",\"is_terminated\":false,"
                         "\"metrics\":{\"computation_seconds\":192.7}}],\"new\":1}",
                         &page),
             0);
    CHECK_EQ(page.total, 1234);
    CHECK_EQ(page.count, 2);
    CHECK_STR(page.tasks[0].id, "abc");
    CHECK_STR(page.tasks[1].id, "b");
    CHECK(page.tasks[1].computation_seconds == 192.7);
    CHECK_EQ(page.tasks[1].is_terminated, 0);
    task_page_free(&page);
    CHECK_EQ(decode_page("{\"total_size\":0,\"tasks\":[]}", &page), 0);
    CHECK_EQ(page.count, 0);
    task_page_free(&page);
}

TEST(page_names_the_bad_field)
{
    CHECK_STR(page_problem("{\"tasks\":[]}"), "total_size is missing");
    CHECK_STR(page_problem("{\"total_size\":-1,\"tasks\":[]}"), "total_size is out of range");
    CHECK_STR(page_problem("{\"total_size\":99999999999999999999,\"tasks\":[]}"),
              "total_size is out of range");
    CHECK_STR(page_problem("{\"total_size\":1.5,\"tasks\":[]}"), "total_size is not an integer");
    CHECK_STR(page_problem("{\"total_size\":1}"), "tasks is missing or not a list");
    CHECK_STR(page_problem("{\"total_size\":1,\"tasks\":{}}"), "tasks is missing or not a list");
    CHECK_STR(page_problem("{\"total_size\":1,\"tasks\":[{" MINIMAL "},null]}"),
              "tasks[1] is not an object");
    CHECK_STR(page_problem("{\"total_size\":9,\"tasks\":[{" MINIMAL "},{" MINIMAL "},{" MINIMAL
                           "},{\"task_id\":\"d\",\"is_terminated\":true}]}"),
              "tasks[3].status is missing");
    CHECK_STR(page_problem("{\"total_size\":1,\"tasks\":[{\"task_id\":\"..\"}]}"),
              "tasks[0].task_id can't be a file name");
}

TEST(page_takes_names_of_any_language)
{
    struct task_page page;

    CHECK_EQ(decode_page("{\"total_size\":1,\"tasks\":[{" MINIMAL ",\"project\":\"Flügel 翼 😀\","
                         "\"storage_output_path\":\"Flügel/output.zip\","
                         "\"executer\":{\"vm_name\":\"Flügel\"}}],\"näher\":\"Flügel\"}",
                         &page),
             0);
    CHECK_EQ(page.count, 1);
    CHECK_STR(page.tasks[0].output_path, "Flügel/output.zip");
    CHECK_STR(page.tasks[0].machine_type, "Flügel");
    task_page_free(&page);
}

TEST(page_has_a_ceiling)
{
    BUF_SCOPED json = BUF_INIT(1 << 20);

    buf_puts(&json, "{\"total_size\":1,\"tasks\":[0");
    for (int i = 0; i < TASK_PAGE_MAX; i++)
        buf_puts(&json, ",0");
    buf_puts(&json, "]}");
    CHECK_EQ(json.error, 0);
    CHECK_STR(page_problem(json.data), "tasks has too many items");
}

static double place_of(const char *json)
{
    double ahead = -2;
    int rc = task_position_decode(json, strlen(json), &ahead, why, sizeof(why));

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
    CHECK_STR(url_of("[\"https://s/Flügel/o.zip?a=b\"]"), "https://s/Flügel/o.zip?a=b");
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
