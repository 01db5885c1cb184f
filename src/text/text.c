#include "text/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "base/size.h"
#include "text/parts.h"

#define NS_PER_SECOND INT64_C(1000000000)

void text_put_duration(struct buf *out, uint64_t seconds)
{
    buf_printf(out, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, seconds / 3600, seconds / 60 % 60,
               seconds % 60);
}

uint64_t text_span(int64_t start, int64_t end)
{
    int64_t ns;

    if (end <= start)
        return 0;
    if (__builtin_sub_overflow(end, start, &ns))
        ns = INT64_MAX;
    return (uint64_t)(ns / NS_PER_SECOND);
}

void text_put_time(struct buf *out, int64_t ns)
{
    time_t seconds = ns / NS_PER_SECOND - (ns % NS_PER_SECOND < 0);
    struct tm tm;

    if (gmtime_r(&seconds, &tm))
        buf_printf(out, "%04d-%02d-%02d %02d:%02d:%02d UTC", tm.tm_year + 1900, tm.tm_mon + 1,
                   tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void text_put_line(struct buf *out, const char *text)
{
    escape_append(out, text, strlen(text), 0);
}

void text_size(uint64_t bytes, char *out, size_t out_size)
{
    size_text(bytes, out, out_size);
}

void text_put_size(struct buf *out, uint64_t bytes)
{
    char text[SIZE_TEXT_MAX];

    text_size(bytes, text, sizeof(text));
    buf_puts(out, text);
}

void text_status(const struct task_summary *task, struct buf *out)
{
    if (!task->status)
        return;
    text_put_line(out, task->status);
    buf_putc(out, '\n');
}

void text_machine_type(const struct task_summary *task, struct buf *out)
{
    if (!task->machine_type)
        return;
    text_put_line(out, task->machine_type);
    buf_putc(out, '\n');
}

/* When the computation ended; for a terminal task without that time, when it last changed, since
 * its clock must not tick any more; else now. */
static int64_t computation_end(const struct task_summary *task, int64_t now)
{
    if (task->computation_end != TIME_UNKNOWN)
        return task->computation_end;
    return task->is_terminated ? task->changed : now;
}

void text_computation_time(const struct task_summary *task, int64_t now, struct buf *out)
{
    if (task->computation_seconds >= 0)
        text_put_duration(out, (uint64_t)task->computation_seconds);
    else if (task->computation_start != TIME_UNKNOWN)
        text_put_duration(out, text_span(task->computation_start, computation_end(task, now)));
    else
        return;
    buf_putc(out, '\n');
}
