#include "text/text.h"

#include <errno.h>

#include "test.h"

#define NS(seconds) (INT64_C(seconds) * 1000000000)
#define T0          NS(1767607200) /* 2026-01-05 10:00:00 UTC */

static char result[8192];
static char id_abc[] = "abc", status_submitted[] = "submitted";

static const char *text_of(struct buf *out)
{
    if (out->error)
        return "(error)";
    snprintf(result, sizeof(result), "%s", out->data ? out->data : "");
    return result;
}

static const char *size_text(uint64_t bytes)
{
    static char text[32];

    text_size(bytes, text, sizeof(text));
    return text;
}

TEST(text_size_rounds_in_thousands)
{
    CHECK_STR(size_text(0), "0 B");
    CHECK_STR(size_text(999), "999 B");
    CHECK_STR(size_text(1000), "1.00 KB");
    CHECK_STR(size_text(262000), "262.00 KB");
    CHECK_STR(size_text(1004), "1.00 KB");
    CHECK_STR(size_text(1005), "1.01 KB");
    CHECK_STR(size_text(999994), "999.99 KB");
    CHECK_STR(size_text(999995), "1.00 MB");
    CHECK_STR(size_text(1000000), "1.00 MB");
    CHECK_STR(size_text(1234567890), "1.23 GB");
    CHECK_STR(size_text(UINT64_C(5000000000000)), "5.00 TB");
    CHECK_STR(size_text(UINT64_C(5000000000000000)), "5.00 PB");
    CHECK_STR(size_text(UINT64_MAX), "18.45 EB");
}

TEST(text_size_is_cut_to_its_buffer)
{
    char small[4];

    text_size(262000, small, sizeof(small));
    CHECK_STR(small, "262");
}

TEST(text_status_and_machine_type)
{
    struct task_summary task = {.status = (char[]){"pending-kill"}};
    BUF_SCOPED out = BUF_INIT(1000);

    text_status(&task, &out);
    CHECK_STR(text_of(&out), "pending-kill\n");
    buf_clear(&out);
    text_machine_type(&task, &out);
    CHECK_STR(text_of(&out), "");
    task.machine_type = (char[]){"c2-\nstandard"};
    text_machine_type(&task, &out);
    CHECK_STR(text_of(&out), "c2-\\nstandard\n");
}

static struct task_summary summary_at(int64_t start, int64_t end)
{
    return (struct task_summary){
        .id = id_abc,
        .computation_seconds = SECONDS_UNKNOWN,
        .computation_start = start,
        .computation_end = end,
        .changed = TIME_UNKNOWN,
    };
}

static const char *computation_text(const struct task_summary *task, int64_t now)
{
    BUF_SCOPED out = BUF_INIT(1000);

    text_computation_time(task, now, &out);
    return text_of(&out);
}

TEST(computation_time_before_during_and_after)
{
    struct task_summary task = summary_at(TIME_UNKNOWN, TIME_UNKNOWN);

    CHECK_STR(computation_text(&task, T0), "");
    task.computation_start = T0;
    CHECK_STR(computation_text(&task, T0), "00:00:00\n");
    CHECK_STR(computation_text(&task, T0 + NS(192) + 999999999), "00:03:12\n");
    CHECK_STR(computation_text(&task, T0 - NS(5)), "00:00:00\n");
    task.computation_end = T0 + NS(60);
    CHECK_STR(computation_text(&task, T0 + NS(192)), "00:01:00\n");
    task.computation_seconds = 61.99;
    CHECK_STR(computation_text(&task, T0 + NS(192)), "00:01:01\n");
    task.computation_seconds = 0;
    CHECK_STR(computation_text(&task, T0 + NS(192)), "00:00:00\n");
}

TEST(computation_time_of_a_terminal_task_stands_still)
{
    struct task_summary task = summary_at(T0, TIME_UNKNOWN);

    task.is_terminated = 1;
    task.changed = T0 + NS(30);
    CHECK_STR(computation_text(&task, T0 + NS(100)), "00:00:30\n");
    CHECK_STR(computation_text(&task, T0 + NS(200)), "00:00:30\n");
}

TEST(computation_time_grows_past_two_digits)
{
    struct task_summary task = summary_at(T0, TIME_UNKNOWN);

    CHECK_STR(computation_text(&task, T0 + NS(360000)), "100:00:00\n");
    task.computation_seconds = 1e18;
    CHECK_STR(computation_text(&task, T0), "277777777777777:46:40\n");
    task = summary_at(NS(-9214646400), INT64_MAX);
    CHECK(computation_text(&task, T0)[0]);
}

/* A detail on which nothing is known but what every task has. */
static struct task_detail bare_detail(void)
{
    return (struct task_detail){
        .summary = {.id = id_abc,
                    .output_files = -1,
                    .output_zipped = -1,
                    .status = status_submitted,
                    .computation_seconds = SECONDS_UNKNOWN,
                    .computation_start = TIME_UNKNOWN,
                    .computation_end = TIME_UNKNOWN,
                    .changed = TIME_UNKNOWN},
        .created = TIME_UNKNOWN,
        .submitted = TIME_UNKNOWN,
        .started = TIME_UNKNOWN,
        .ended = TIME_UNKNOWN,
        .tasks_ahead = -1,
        .retries = -1,
        .cpus = -1,
        .cpus_physical = -1,
        .memory = -1,
        .mpi_hosts = -1,
        .cost = -1,
        .fee = -1,
        .duration = -1,
        .queue_seconds = -1,
        .total_seconds = -1,
        .input_size = -1,
        .input_zipped = -1,
        .output_size = -1,
    };
}

static const char *info_text(const struct task_detail *task)
{
    BUF_SCOPED out = BUF_INIT(sizeof(result));

    text_info(task, task->tasks_ahead, &out);
    return text_of(&out);
}

TEST(info_leaves_out_what_is_not_known)
{
    struct task_detail task = bare_detail();

    CHECK_STR(info_text(&task), "Task abc\n"
                                "  Status:        submitted\n");
    task.tasks_ahead = 3;
    task.vm_name = (char[]){"n/a"};
    task.retries = 0;
    CHECK_STR(info_text(&task), "Task abc\n"
                                "  Status:        submitted\n"
                                "  Tasks ahead:   3\n");
}

TEST(info_tells_the_whole_story)
{
    static const char json[] =
        "{\"task_id\":\"t1\",\"status\":\"success\",\"status_alias\":\"Success\","
        "\"simulator\":\"gromacs\",\"project\":\"p\",\"is_terminated\":true,\"num_retries\":2,"
        "\"container_image\":\"docker://x\",\"create_time\":\"2026-01-05T10:00:00Z\","
        "\"input_submit_time\":\"2026-01-05T10:00:01Z\",\"start_time\":\"2026-01-05T10:00:02Z\","
        "\"computation_start_time\":\"2026-01-05T10:00:03Z\","
        "\"computation_end_time\":\"2026-01-05T10:03:15Z\",\"end_time\":\"2026-01-05T10:04:00Z\","
        "\"estimated_computation_cost\":0.0123,\"metrics\":{\"total_seconds\":240.5,"
        "\"queue_time_seconds\":1,\"computation_seconds\":192.5,\"input_zipped_size_bytes\":100,"
        "\"input_size_bytes\":2000,\"output_total_files\":3,\"output_size_bytes\":400000,"
        "\"output_zipped_size_bytes\":262000},\"executer\":{\"cpu_count_logical\":4,"
        "\"cpu_count_physical\":2,\"memory\":16000000000,\"n_mpi_hosts\":2,\"host_type\":\"GCP\","
        "\"vm_name\":\"vm-1\",\"vm_type\":\"a/b/c2-standard-4\"},\"machine_group_name\":\"g\","
        "\"orchestration_fee\":{\"amount\":1.5,\"currency\":\"USD\"},\"status_history\":["
        "{\"status\":\"submitted\",\"timestamp\":\"2026-01-05T10:00:01Z\",\"alias\":\"In Queue\","
        "\"end_timestamp\":\"2026-01-05T10:00:02Z\",\"description\":\"Waiting for a machine\"},"
        "{\"status\":\"computation-started\",\"timestamp\":\"2026-01-05T10:00:02Z\","
        "\"operations\":[{\"name\":\"command\",\"alias\":\"Command\","
        "\"start_timestamp\":\"2026-01-05T10:00:03Z\",\"end_timestamp\":\"2026-01-05T10:03:15Z\","
        "\"attributes\":{\"command\":\"gmx mdrun\\n-v\"}},{\"name\":\"upload\"}]},"
        "{\"status\":\"success\",\"timestamp\":\"2026-01-05T10:04:00Z\",\"alias\":\"Success\"}]}";
    struct task_detail task;
    char why[100];

    CHECK_EQ(task_detail_decode(json, sizeof(json) - 1, &task, why, sizeof(why)), 0);
    CHECK_STR(info_text(&task), "Task t1\n"
                                "  Status:        success (Success)\n"
                                "  Simulator:     gromacs\n"
                                "  Project:       p\n"
                                "  Image:         docker://x\n"
                                "  Retries:       2\n"
                                "\n"
                                "Timeline\n"
                                "  2026-01-05 10:00:01 UTC  00:00:01  In Queue (submitted)\n"
                                "                                       Waiting for a machine\n"
                                "  2026-01-05 10:00:02 UTC  00:03:58  computation-started\n"
                                "  2026-01-05 10:00:03 UTC  00:03:12    Command: gmx mdrun\\n-v\n"
                                "                                       upload\n"
                                "  2026-01-05 10:04:00 UTC            Success\n"
                                "\n"
                                "Machine\n"
                                "  Type:          c2-standard-4\n"
                                "  Host:          GCP\n"
                                "  Name:          vm-1\n"
                                "  Group:         g\n"
                                "  CPUs:          4\n"
                                "  CPU cores:     2\n"
                                "  Memory:        16.00 GB\n"
                                "  MPI hosts:     2\n"
                                "\n"
                                "Times\n"
                                "  Created:       2026-01-05 10:00:00 UTC\n"
                                "  Submitted:     2026-01-05 10:00:01 UTC\n"
                                "  Started:       2026-01-05 10:00:02 UTC\n"
                                "  Ended:         2026-01-05 10:04:00 UTC\n"
                                "  In queue:      00:00:01\n"
                                "  Computation:   00:03:12\n"
                                "  Total:         00:04:00\n"
                                "\n"
                                "Data\n"
                                "  Inputs:        2.00 KB (100 B compressed)\n"
                                "  Outputs:       400.00 KB (262.00 KB compressed)\n"
                                "  Output files:  3\n"
                                "\n"
                                "Cost\n"
                                "  Computation:   0.0123 US$\n"
                                "  Service fee:   1.50 USD\n");
    task_detail_free(&task);
}

TEST(info_of_a_task_in_a_step_says_that_it_goes_on)
{
    struct task_detail task = bare_detail();
    struct task_step steps[] = {
        {.status = (char[]){"started"}, .start = T0, .end = TIME_UNKNOWN},
        {.status = (char[]){"download"}, .start = T0, .end = TIME_UNKNOWN, .is_operation = 1},
        {.status = (char[]){"computation-started"}, .start = T0 + NS(5), .end = TIME_UNKNOWN},
        {.status = (char[]){"command"},
         .start = T0 + NS(6),
         .end = TIME_UNKNOWN,
         .is_operation = 1},
    };

    task.steps = steps;
    task.step_count = 4;
    CHECK_STR(info_text(&task), "Task abc\n"
                                "  Status:        submitted\n"
                                "\n"
                                "Timeline\n"
                                "  2026-01-05 10:00:00 UTC  00:00:05  started\n"
                                "  2026-01-05 10:00:00 UTC              download\n"
                                "  2026-01-05 10:00:05 UTC  ongoing   computation-started\n"
                                "  2026-01-05 10:00:06 UTC  ongoing     command\n");
}

TEST(info_escapes_lines_and_indents_errors)
{
    struct task_detail task = bare_detail();

    task.project = (char[]){"a\nb\x1b[2J\xff C:\\x"};
    task.error_detail = (char[]){"first\r\n\n\tsecond \x07\n\n \n"};
    task.executer_error = (char[]){"gone"};
    task.cost = 0.00001;
    task.fee = 0;
    CHECK_STR(info_text(&task), "Task abc\n"
                                "  Status:        submitted\n"
                                "  Project:       a\\nb\\x1B[2J\\xFF C:\\x\n"
                                "\n"
                                "Cost\n"
                                "  Computation:   less than 0.0001 US$\n"
                                "  Service fee:   0.00\n"
                                "\n"
                                "Error\n"
                                "  first\n"
                                "\n"
                                "  \tsecond \\x07\n"
                                "\n"
                                "Error of the machine\n"
                                "  gone\n");
}

TEST(info_rounds_money_to_what_says_something)
{
    static const struct {
        double amount;
        const char *text;
    } cases[] = {
        {0, "0.00"},      {0.42, "0.42"},    {0.0116, "0.0116"},
        {0.125, "0.125"}, {0.99999, "1.00"}, {1.005e6, "1005000.00"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct task_detail task = bare_detail();
        char expected[200];

        task.cost = cases[i].amount;
        snprintf(expected, sizeof(expected),
                 "Task abc\n  Status:        submitted\n\nCost\n  Computation:   %s US$\n",
                 cases[i].text);
        CHECK_STR(info_text(&task), expected);
    }
}

TEST(info_over_its_ceiling_is_an_error)
{
    struct task_detail task = bare_detail();
    BUF_SCOPED out = BUF_INIT(12);

    text_info(&task, task.tasks_ahead, &out);
    CHECK_EQ(out.error, -EFBIG);
}
