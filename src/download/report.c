#include "download/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json_put.h"
#include "base/lock.h"
#include "base/log.h"

#define LINE_MAX_BYTES (256 * 1024)

void report_init(struct report *report, int is_json)
{
    pthread_mutex_init(&report->lock, NULL);
    report->is_json = is_json;
    report->is_below_bar = report->is_unwritten = 0;
}

static void write_line(struct report *report, const struct buf *line)
{
    LOCKED(&report->lock);
    if (report->is_unwritten)
        return;
    if (report->is_below_bar)
        dprintf(STDERR_FILENO, "\r\033[K");
    if (!line->error && fwrite(line->data, 1, line->len, stdout) == line->len &&
        fputc('\n', stdout) != EOF && fflush(stdout) == 0)
        return;
    report->is_unwritten = 1;
    log_error("cannot write to standard output: %s", strerror(errno));
}

int report_is_written(struct report *report)
{
    LOCKED(&report->lock);
    return !report->is_unwritten;
}

void report_line(struct report *report, const char *format, ...)
{
    BUF_SCOPED line = BUF_INIT(LINE_MAX_BYTES);
    va_list args;

    if (report->is_json)
        return;
    va_start(args, format);
    buf_vprintf(&line, format, args);
    va_end(args);
    write_line(report, &line);
}

/* ---- JSON (RFC 8259) ---- */

static void put_member(struct buf *out, const char *name, const char *text)
{
    if (!text)
        return;
    buf_printf(out, "%s\"%s\":", out->len ? "," : "{", name);
    json_put_string(out, text);
}

static void put_number(struct buf *out, const char *name, uint64_t n)
{
    buf_printf(out, "%s\"%s\":%" PRIu64, out->len ? "," : "{", name, n);
}

void report_file(struct report *report, const struct report_file *file)
{
    BUF_SCOPED line = BUF_INIT(LINE_MAX_BYTES);

    if (!report->is_json)
        return;
    put_member(&line, "task", file->task);
    put_member(&line, "what", file->what);
    put_member(&line, "file", file->path);
    put_number(&line, "bytes", file->bytes);
    put_member(&line, "result", file->result);
    put_member(&line, "why", file->why);
    buf_putc(&line, '}');
    write_line(report, &line);
}

void report_task(struct report *report, const struct report_task *task)
{
    BUF_SCOPED line = BUF_INIT(LINE_MAX_BYTES);

    if (!report->is_json)
        return;
    put_member(&line, "task", task->task);
    put_member(&line, "what", task->what);
    put_member(&line, "status", task->status);
    put_member(&line, "result", task->result);
    put_member(&line, "why", task->why);
    put_member(&line, "place", task->place);
    put_number(&line, "files", task->files);
    put_number(&line, "bytes", task->bytes);
    put_number(&line, "downloaded", task->downloaded);
    put_number(&line, "present", task->present);
    put_number(&line, "left", task->left);
    put_number(&line, "failed", task->failed);
    put_number(&line, "wire", task->wire);
    buf_putc(&line, '}');
    write_line(report, &line);
}
