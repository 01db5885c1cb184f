/* Every JSON decoder on any bytes, the info text on what decodes, and what must hold of them. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/task.h"
#include "text/text.h"

#define NOW     INT64_C(1767607200000000000)
#define CEILING (1u << 22)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

/* 0, or a refusal that says why. */
static int is_taken(int rc, const char *why)
{
    require(rc == 0 || (rc == -EPROTO && why[0]));
    return rc == 0;
}

static void require_printable(const char *text, size_t len, const char *allowed)
{
    for (size_t i = 0; i < len; i++)
        require((unsigned char)text[i] >= 0x20 || (text[i] && strchr(allowed, text[i])));
}

static void fuzz_detail(const char *json, size_t len)
{
    BUF_SCOPED info = BUF_INIT(CEILING);
    BUF_SCOPED small = BUF_INIT(CEILING);
    struct task_detail detail;
    char why[64];

    if (!is_taken(task_detail_decode(json, len, &detail, why, sizeof(why)), why))
        return;
    require(detail.summary.id && detail.summary.status && detail.step_count <= TASK_STEPS_MAX);
    text_info(&detail, detail.tasks_ahead, &info);
    require(!info.error && info.len);
    require_printable(info.data, info.len, "\n\t");
    text_status(&detail.summary, &small);
    text_machine_type(&detail.summary, &small);
    text_computation_time(&detail.summary, NOW, &small);
    require(!small.error);
    require_printable(small.data, small.len, "\n");
    task_detail_free(&detail);
}

static void fuzz_page(const char *json, size_t len)
{
    struct task_page page;
    char why[64];

    if (!is_taken(task_page_decode(json, len, &page, why, sizeof(why)), why))
        return;
    for (size_t i = 0; i < page.count; i++)
        require(page.tasks[i].id && page.tasks[i].status && !strchr(page.tasks[i].id, '/'));
    task_page_free(&page);
}

static void fuzz_short_answers(const char *json, size_t len)
{
    char why[64], line[50], *text;
    double ahead;

    if (is_taken(task_position_decode(json, len, &ahead, why, sizeof(why)), why))
        require(ahead >= -1);
    if (is_taken(signed_url_decode(json, len, &text, why, sizeof(why)), why)) {
        require_printable(text, strlen(text), "");
        free(text);
    }
    error_detail_decode(json, len, line, sizeof(line));
    require_printable(line, strlen(line), "");
}

/* What was made pretty is JSON, and pretty already. */
static void fuzz_pretty(const char *json, size_t len)
{
    BUF_SCOPED once = BUF_INIT(CEILING);
    BUF_SCOPED twice = BUF_INIT(CEILING);

    if (json_pretty(json, len, &once) != 0)
        return;
    require(json_pretty(once.data, once.len, &twice) == 0);
    require(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
}

static void fuzz_time(const char *text, size_t len)
{
    char *copy = malloc(len + 1);

    if (!copy)
        return;
    memcpy(copy, text, len);
    copy[len] = '\0';
    (void)time_parse(copy);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *json = (const char *)data;

    fuzz_detail(json, size);
    fuzz_page(json, size);
    fuzz_short_answers(json, size);
    fuzz_pretty(json, size);
    fuzz_time(json, size);
    return 0;
}
