#include "api/task.h"

#include <errno.h>

#include "test.h"

#define MINIMAL     "\"task_id\":\"abc\",\"status\":\"success\",\"is_terminated\":true"
#define NS(seconds) (INT64_C(seconds) * 1000000000)

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

TEST(detail_minimal_leaves_all_else_unknown)
{
    struct task_detail detail;

    CHECK_EQ(decode_detail("{" MINIMAL "}", &detail), 0);
    CHECK_STR(detail.summary.id, "abc");
    CHECK_STR(detail.summary.status, "success");
    CHECK_EQ(detail.summary.is_terminated, 1);
    CHECK(!detail.summary.machine_type && !detail.summary.output_path && !detail.simulator);
    CHECK(!detail.error_detail && !detail.steps);
    CHECK_EQ(detail.step_count, 0);
    CHECK(detail.summary.computation_seconds < 0 && detail.cost < 0 && detail.retries < 0);
    CHECK_EQ(detail.summary.changed, TIME_UNKNOWN);
    CHECK_EQ(detail.summary.computation_start, TIME_UNKNOWN);
    CHECK_EQ(detail.ended, TIME_UNKNOWN);
    CHECK_STR(why, "");
    task_detail_free(&detail);
    CHECK(!detail.summary.id);
}

static const char whole_task[] =
    "{\"task_id\":\"t1\",\"status\":\"computation-started\",\"status_alias\":\"Running\","
    "\"simulator\":\"gromacs\",\"project\":\"p\",\"is_terminated\":false,\"num_retries\":2,"
    "\"storage_output_path\":\"u/t1/output.zip\",\"storage_input_path\":\"u/t1/input.zip\","
    "\"storage_region\":\"europe-west1\",\"container_image\":\"docker://x\","
    "\"create_time\":\"2026-01-05T10:00:00+00:00\",\"input_submit_time\":\"2026-01-05T10:00:01Z\","
    "\"start_time\":\"2026-01-05T10:00:02Z\",\"computation_start_time\":\"2026-01-05T10:00:03Z\","
    "\"computation_end_time\":null,\"end_time\":null,\"estimated_computation_cost\":0.25,"
    "\"metrics\":{\"total_seconds\":10.5,\"queue_time_seconds\":1,\"computation_seconds\":null,"
    "\"input_zipped_size_bytes\":100,\"input_size_bytes\":200,\"output_total_files\":3,"
    "\"output_size_bytes\":400,\"output_zipped_size_bytes\":300},"
    "\"executer\":{\"uuid\":\"u\",\"cpu_count_logical\":4,\"cpu_count_physical\":2,"
    "\"memory\":16000000000,\"n_mpi_hosts\":1,\"host_type\":\"GCP\",\"vm_name\":\"vm-1\","
    "\"vm_type\":\"zones/europe-west1-b/machineTypes/c2-standard-4\",\"error_detail\":\"boom\"},"
    "\"machine_group_name\":\"g\",\"error_detail\":\"oh\",\"duration_seconds\":11,"
    "\"orchestration_fee\":{\"amount\":0.01,\"charged\":true,\"currency\":\"USD\"},"
    "\"position_in_queue\":{\"tasks_ahead\":7},\"something_new\":[{}],"
    "\"status_history\":[{\"status\":\"submitted\",\"timestamp\":\"2026-01-05T10:00:01Z\","
    "\"end_timestamp\":\"2026-01-05T10:00:04Z\",\"description\":\"d\",\"alias\":\"In Queue\","
    "\"machine_id\":null,\"operations\":[]},3,"
    "{\"status\":\"computation-started\",\"timestamp\":\"2026-01-05T10:00:04Z\","
    "\"end_timestamp\":null,\"alias\":\"Running\",\"operations\":[null,{\"name\":\"command\","
    "\"alias\":\"Command\",\"start_timestamp\":\"2026-01-05T10:00:05Z\",\"status\":\"x\","
    "\"attributes\":{\"command\":\"gmx mdrun\"}}]}]}";

static void check_whole_machine(const struct task_detail *detail)
{
    CHECK_STR(detail->summary.machine_type, "c2-standard-4");
    CHECK_STR(detail->host_type, "GCP");
    CHECK_STR(detail->vm_name, "vm-1");
    CHECK_STR(detail->machine_group, "g");
    CHECK_STR(detail->executer_error, "boom");
    CHECK_EQ(detail->cpus, 4);
    CHECK_EQ(detail->cpus_physical, 2);
    CHECK_EQ(detail->memory, 16000000000);
    CHECK_EQ(detail->mpi_hosts, 1);
}

static void check_whole_numbers(const struct task_detail *detail)
{
    CHECK_EQ(detail->retries, 2);
    CHECK(detail->cost == 0.25 && detail->fee == 0.01 && detail->total_seconds == 10.5);
    CHECK_EQ(detail->duration, 11);
    CHECK_EQ(detail->tasks_ahead, 7);
    CHECK_EQ(detail->queue_seconds, 1);
    CHECK_EQ(detail->input_zipped, 100);
    CHECK_EQ(detail->input_size, 200);
    CHECK_EQ(detail->summary.output_files, 3);
    CHECK_EQ(detail->output_size, 400);
    CHECK_EQ(detail->summary.output_zipped, 300);
    CHECK_EQ(detail->created, NS(1767607200));
    CHECK_EQ(detail->submitted, NS(1767607201));
    CHECK_EQ(detail->started, NS(1767607202));
    CHECK_EQ(detail->summary.computation_start, NS(1767607203));
    CHECK_EQ(detail->summary.changed, NS(1767607204));
    CHECK(detail->summary.computation_seconds < 0);
}

static void check_whole_steps(const struct task_detail *detail)
{
    CHECK_EQ(detail->step_count, 3);
    CHECK_STR(detail->steps[0].status, "submitted");
    CHECK_STR(detail->steps[0].description, "d");
    CHECK_EQ(detail->steps[0].end, NS(1767607204));
    CHECK_STR(detail->steps[1].alias, "Running");
    CHECK_EQ(detail->steps[1].end, TIME_UNKNOWN);
    CHECK_EQ(detail->steps[1].is_operation, 0);
    CHECK_EQ(detail->steps[2].is_operation, 1);
    CHECK_STR(detail->steps[2].status, "command");
    CHECK_STR(detail->steps[2].command, "gmx mdrun");
    CHECK_EQ(detail->steps[2].start, NS(1767607205));
}

TEST(detail_whole)
{
    struct task_detail detail;

    CHECK_EQ(decode_detail(whole_task, &detail), 0);
    CHECK_STR(detail.status_alias, "Running");
    CHECK_STR(detail.simulator, "gromacs");
    CHECK_STR(detail.project, "p");
    CHECK_STR(detail.container_image, "docker://x");
    CHECK_STR(detail.error_detail, "oh");
    CHECK_STR(detail.currency, "USD");
    CHECK_STR(detail.summary.output_path, "u/t1/output.zip");
    CHECK_STR(detail.summary.input_path, "u/t1/input.zip");
    CHECK_STR(detail.summary.region, "europe-west1");
    check_whole_machine(&detail);
    check_whole_numbers(&detail);
    check_whole_steps(&detail);
    task_detail_free(&detail);
}

/* What people name, they name in their own language. */
#define NAME "Flügel 翼 😀"

TEST(detail_takes_names_of_any_language)
{
    struct task_detail detail;

    CHECK_EQ(decode_detail("{" MINIMAL ",\"status_alias\":\"" NAME "\",\"simulator\":\"" NAME "\","
                           "\"project\":\"" NAME "\",\"container_image\":\"docker://" NAME "\","
                           "\"error_detail\":\"" NAME "\",\"machine_group_name\":\"" NAME "\","
                           "\"storage_output_path\":\"" NAME "/output.zip\","
                           "\"storage_input_path\":\"" NAME
                           "/input.zip\",\"storage_region\":\"" NAME "\","
                           "\"executer\":{\"vm_type\":\"zones/" NAME "\",\"vm_name\":\"" NAME "\","
                           "\"host_type\":\"" NAME "\",\"error_detail\":\"" NAME "\"},"
                           "\"orchestration_fee\":{\"currency\":\"" NAME "\"},"
                           "\"status_history\":[{\"status\":\"" NAME "\",\"alias\":\"" NAME "\","
                           "\"description\":\"" NAME "\",\"operations\":[{\"name\":\"" NAME "\","
                           "\"attributes\":{\"command\":\"" NAME "\"}}]}],"
                           "\"task_metadata\":{\"" NAME "\":\"" NAME "\"},\"name\":\"" NAME "\"}",
                           &detail),
             0);
    CHECK_STR(detail.status_alias, NAME);
    CHECK_STR(detail.simulator, NAME);
    CHECK_STR(detail.project, NAME);
    CHECK_STR(detail.container_image, "docker://" NAME);
    CHECK_STR(detail.error_detail, NAME);
    CHECK_STR(detail.machine_group, NAME);
    CHECK_STR(detail.vm_name, NAME);
    CHECK_STR(detail.host_type, NAME);
    CHECK_STR(detail.executer_error, NAME);
    CHECK_STR(detail.currency, NAME);
    CHECK_STR(detail.summary.machine_type, NAME);
    CHECK_STR(detail.summary.output_path, NAME "/output.zip");
    CHECK_STR(detail.summary.input_path, NAME "/input.zip");
    CHECK_STR(detail.summary.region, NAME);
    CHECK_EQ(detail.step_count, 2);
    CHECK_STR(detail.steps[0].status, NAME);
    CHECK_STR(detail.steps[0].alias, NAME);
    CHECK_STR(detail.steps[0].description, NAME);
    CHECK_STR(detail.steps[1].status, NAME);
    CHECK_STR(detail.steps[1].command, NAME);
    task_detail_free(&detail);
    CHECK_EQ(decode_detail("{\"task_id\":\"" NAME "\",\"status\":\"" NAME "\","
                           "\"is_terminated\":true}",
                           &detail),
             0);
    CHECK_STR(detail.summary.id, NAME);
    CHECK_STR(detail.summary.status, NAME);
    task_detail_free(&detail);
}

/* Escaped, the names are the same; raw control characters in a text are kept. */
TEST(detail_takes_escapes_and_raw_controls)
{
    struct task_detail detail;

    CHECK_EQ(decode_detail("{" MINIMAL ",\"project\":\"Fl\\u00fcgel \\u7ffc \\ud83d\\ude00\","
                           "\"error_detail\":\"a\tb\nc\x01\"}",
                           &detail),
             0);
    CHECK_STR(detail.project, NAME);
    CHECK_STR(detail.error_detail, "a\tb\nc\x01");
    task_detail_free(&detail);
}

TEST(detail_cut_anywhere_is_refused)
{
    for (size_t len = 0; len < sizeof(whole_task) - 1; len++) {
        struct task_detail detail;

        CHECK_EQ(task_detail_decode(whole_task, len, &detail, why, sizeof(why)), -EPROTO);
        CHECK(strstr(why, "not JSON"));
    }
}

TEST(detail_names_the_bad_field)
{
    CHECK_STR(detail_problem("{}"), "task_id is missing");
    CHECK_STR(detail_problem("[]"), "the answer is not an object");
    CHECK_STR(detail_problem("null"), "the answer is not an object");
    CHECK_STR(detail_problem("{\"task_id\":5}"), "task_id is not a string");
    CHECK_STR(detail_problem("{\"task_id\":null}"), "task_id is missing");
    CHECK_STR(detail_problem("{\"task_id\":\"a\"}"), "status is missing");
    CHECK_STR(detail_problem("{\"task_id\":\"a\",\"status\":\"\"}"),
              "status is empty or holds a NUL");
    CHECK_STR(detail_problem("{\"task_id\":\"a\",\"status\":\"s\"}"), "is_terminated is missing");
    CHECK_STR(detail_problem("{\"task_id\":\"a\",\"status\":\"s\",\"is_terminated\":0}"),
              "is_terminated is not true or false");
}

TEST(detail_refuses_ids_that_are_no_file_names)
{
    static const char *const bad[] = {".", "..", "a/b", "/", "a\\nb", "\\u007f", "\\u0001"};
    char json[400], id[TASK_ID_MAX + 2];

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        snprintf(json, sizeof(json), "{\"task_id\":\"%s\",\"status\":\"s\",\"is_terminated\":true}",
                 bad[i]);
        CHECK_STR(detail_problem(json), "task_id can't be a file name");
    }
    CHECK_STR(detail_problem("{\"task_id\":\"a\\u0000b\"}"), "task_id is empty or holds a NUL");
    CHECK_STR(detail_problem("{\"task_id\":\"\"}"), "task_id is empty or holds a NUL");
    memset(id, 'a', TASK_ID_MAX + 1);
    for (int over = 0; over <= 1; over++) {
        id[TASK_ID_MAX + over] = '\0';
        snprintf(json, sizeof(json), "{\"task_id\":\"%s\",\"status\":\"s\",\"is_terminated\":true}",
                 id);
        CHECK_STR(detail_problem(json), over ? "task_id can't be a file name" : "");
        id[TASK_ID_MAX] = 'a';
    }
}

TEST(detail_takes_nonsense_as_unknown)
{
    struct task_detail detail;

    CHECK_EQ(
        decode_detail("{" MINIMAL ",\"status_alias\":3,\"simulator\":null,\"project\":[],"
                      "\"num_retries\":\"2\",\"error_detail\":\"\",\"container_image\":\"a"
                      "\\u0000b\",\"estimated_computation_cost\":-1,\"duration_seconds\":1e999,"
                      "\"create_time\":17,\"end_time\":\"soon\",\"executer\":[],"
                      "\"metrics\":{\"output_size_bytes\":99999999999999999999999999,"
                      "\"computation_seconds\":NaN,\"input_size_bytes\":-5,"
                      "\"total_seconds\":true},\"status_history\":{},"
                      "\"orchestration_fee\":\"free\",\"position_in_queue\":7}",
                      &detail),
        0);
    CHECK(!detail.status_alias && !detail.simulator && !detail.project && !detail.error_detail);
    CHECK(!detail.container_image && !detail.currency);
    CHECK(detail.retries < 0 && detail.cost < 0 && detail.duration < 0 && detail.fee < 0);
    CHECK(detail.output_size < 0 && detail.input_size < 0 && detail.total_seconds < 0);
    CHECK(detail.summary.computation_seconds < 0 && detail.tasks_ahead < 0);
    CHECK_EQ(detail.created, TIME_UNKNOWN);
    CHECK_EQ(detail.ended, TIME_UNKNOWN);
    CHECK_EQ(detail.step_count, 0);
    task_detail_free(&detail);
}

static const char *machine_type_of(const char *executer)
{
    static char type[100];
    char json[400];
    struct task_detail detail;

    snprintf(json, sizeof(json), "{" MINIMAL ",\"executer\":%s}", executer);
    if (decode_detail(json, &detail))
        return NULL;
    snprintf(type, sizeof(type), "%s",
             detail.summary.machine_type ? detail.summary.machine_type : "unknown");
    task_detail_free(&detail);
    return type;
}

TEST(machine_type_is_the_last_part)
{
    CHECK_STR(machine_type_of("{\"vm_type\":\"zones/z/machineTypes/n2\"}"), "n2");
    CHECK_STR(machine_type_of("{\"vm_type\":\"n2\",\"vm_name\":\"v\"}"), "n2");
    CHECK_STR(machine_type_of("{\"vm_type\":\"n/a\",\"vm_name\":\"my-host\"}"), "my-host");
    CHECK_STR(machine_type_of("{\"vm_type\":\"n/a\",\"vm_name\":\"n/a\"}"), "unknown");
    CHECK_STR(machine_type_of("{\"vm_type\":\"n/a\",\"vm_name\":null}"), "unknown");
    CHECK_STR(machine_type_of("{\"vm_type\":\"a/\"}"), "unknown");
    CHECK_STR(machine_type_of("null"), "unknown");
}

TEST(changed_is_the_latest_time_without_a_history)
{
    struct task_detail detail;

    CHECK_EQ(decode_detail("{" MINIMAL ",\"create_time\":\"2026-01-05T10:00:00Z\","
                           "\"end_time\":\"2026-01-05T10:00:09Z\",\"status_history\":[]}",
                           &detail),
             0);
    CHECK_EQ(detail.summary.changed, NS(1767607209));
    task_detail_free(&detail);
}

TEST(history_is_taken_up_to_a_ceiling)
{
    BUF_SCOPED json = BUF_INIT(1 << 22);
    struct task_detail detail;

    buf_puts(&json, "{" MINIMAL ",\"status_history\":[");
    for (int i = 0; i < TASK_STEPS_MAX; i++)
        buf_puts(&json, "{\"status\":\"s\",\"operations\":[{\"name\":\"n\"}]},");
    buf_puts(&json, "{\"timestamp\":\"2026-01-05T10:00:00Z\"}]}");
    CHECK_EQ(task_detail_decode(json.data, json.len, &detail, why, sizeof(why)), 0);
    CHECK_EQ(detail.step_count, TASK_STEPS_MAX);
    CHECK_EQ(detail.summary.changed, NS(1767607200));
    task_detail_free(&detail);
}
