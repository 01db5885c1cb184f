/* info: everything about a task, for people. What is not known is left out. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/escape.h"
#include "text/parts.h"
#include "text/text.h"

#define LABEL_WIDTH     15
#define DURATION_BLANK  "        "                /* as wide as 00:00:00 */
#define DURATION_OF_NOW "ongoing "                /* the same */
#define TIME_BLANK      "                       " /* as wide as 2026-01-05 10:00:00 UTC */

/* Where a heading or a label begins and ends: it is removed when nothing follows it. */
struct mark {
    size_t before, after;
};

static struct mark put_heading(struct buf *out, const char *title)
{
    struct mark mark = {.before = out->len};

    buf_printf(out, "\n%s\n", title);
    mark.after = out->len;
    return mark;
}

static void remove_if_bare(struct buf *out, struct mark mark)
{
    if (!out->error && out->len == mark.after) {
        out->len = mark.before;
        out->data[out->len] = '\0';
    }
}

/* "Label:   ", to be followed by a value and a newline. */
static void put_label(struct buf *out, const char *label)
{
    int pad = LABEL_WIDTH - (int)strlen(label);

    buf_printf(out, "  %s:%*s", label, pad > 1 ? pad - 1 : 1, "");
}

static int is_known(const char *text)
{
    return text && *text && strcasecmp(text, "n/a") != 0;
}

static void put_text(struct buf *out, const char *label, const char *text)
{
    if (!is_known(text))
        return;
    put_label(out, label);
    text_put_line(out, text);
    buf_putc(out, '\n');
}

static void put_number(struct buf *out, const char *label, double number)
{
    if (number < 0)
        return;
    put_label(out, label);
    buf_printf(out, "%.0f\n", number);
}

static void put_time(struct buf *out, const char *label, int64_t time)
{
    if (time == TIME_UNKNOWN)
        return;
    put_label(out, label);
    text_put_time(out, time);
    buf_putc(out, '\n');
}

static void put_seconds(struct buf *out, const char *label, double seconds)
{
    if (seconds < 0)
        return;
    put_label(out, label);
    text_put_duration(out, (uint64_t)seconds);
    buf_putc(out, '\n');
}

static void put_size(struct buf *out, const char *label, double bytes, double zipped)
{
    if (bytes < 0 && zipped < 0)
        return;
    put_label(out, label);
    if (bytes >= 0)
        text_put_size(out, (uint64_t)bytes);
    if (zipped >= 0) {
        buf_puts(out, bytes >= 0 ? " (" : "");
        text_put_size(out, (uint64_t)zipped);
        buf_puts(out, bytes >= 0 ? " compressed)" : " compressed");
    }
    buf_putc(out, '\n');
}

/* Two decimals; below 1 four, without trailing zeros after the second. */
static void put_money(struct buf *out, const char *label, double amount, const char *currency)
{
    if (amount < 0)
        return;
    put_label(out, label);
    if (amount > 0 && amount < 0.0001) {
        buf_puts(out, "less than 0.0001");
    } else {
        char text[400]; /* the largest double has 309 digits before the point */
        int len = snprintf(text, sizeof(text), "%.*f", amount < 1 ? 4 : 2, amount);

        for (int zeros = 2; amount < 1 && zeros && text[len - 1] == '0'; zeros--)
            text[--len] = '\0';
        buf_puts(out, text);
    }
    if (currency) {
        buf_putc(out, ' ');
        text_put_line(out, currency);
    }
    buf_putc(out, '\n');
}

/* Text of many lines, each indented and escaped; blank lines at its end are dropped. */
static void put_paragraph(struct buf *out, const char *title, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    while (len && strchr(" \t\r\n", text[len - 1]))
        len--;
    if (!len)
        return;
    buf_printf(out, "\n%s\n", title);
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline ? newline : end;
        size_t n = (size_t)(stop - line);

        if (n && line[n - 1] == '\r')
            n--;
        if (n)
            buf_puts(out, "  ");
        escape_append(out, line, n, ESCAPE_KEEP_TAB);
        buf_putc(out, '\n');
        line = newline ? newline + 1 : end;
    }
}

static void put_head(struct buf *out, const struct task_detail *task, double ahead)
{
    buf_puts(out, "Task ");
    text_put_line(out, task->summary.id);
    buf_putc(out, '\n');
    put_label(out, "Status");
    text_put_line(out, task->summary.status);
    if (is_known(task->status_alias)) {
        buf_puts(out, " (");
        text_put_line(out, task->status_alias);
        buf_putc(out, ')');
    }
    buf_putc(out, '\n');
    put_number(out, "Tasks ahead", ahead);
    put_text(out, "Simulator", task->simulator);
    put_text(out, "Project", task->project);
    put_text(out, "Image", task->container_image);
    if (task->retries > 0)
        put_number(out, "Retries", task->retries);
}

static const struct task_step *next_step(const struct task_detail *task, size_t i)
{
    for (i++; i < task->step_count; i++)
        if (!task->steps[i].is_operation)
            return &task->steps[i];
    return NULL;
}

/* When a step or an operation ended: as the service says; of a step, else when the next one
 * began. */
static int64_t step_end(const struct task_detail *task, size_t i)
{
    const struct task_step *step = &task->steps[i], *next;

    if (step->end != TIME_UNKNOWN)
        return step->end;
    next = next_step(task, i);
    return next && !step->is_operation ? next->start : TIME_UNKNOWN;
}

static void put_step_name(struct buf *out, const struct task_step *step)
{
    const char *name = is_known(step->alias) ? step->alias : step->status;

    text_put_line(out, is_known(name) ? name : "(no name)");
    if (step->is_operation || name != step->alias || !is_known(step->status) ||
        strcasecmp(step->alias, step->status) == 0)
        return;
    buf_puts(out, " (");
    text_put_line(out, step->status);
    buf_putc(out, ')');
}

/* A step that still runs has no duration: info changes when the task does, not each second. */
static int is_running_step(const struct task_detail *task, size_t i)
{
    return !task->summary.is_terminated && task->steps[i].start != TIME_UNKNOWN &&
           step_end(task, i) == TIME_UNKNOWN && !next_step(task, i);
}

/* One line: when, how long, what; and below it the words that describe it. */
static void put_step(struct buf *out, const struct task_step *step, int64_t end, int ongoing)
{
    buf_puts(out, "  ");
    if (step->start != TIME_UNKNOWN)
        text_put_time(out, step->start);
    else
        buf_puts(out, TIME_BLANK);
    buf_puts(out, "  ");
    if (step->start != TIME_UNKNOWN && end != TIME_UNKNOWN)
        text_put_duration(out, text_span(step->start, end));
    else
        buf_puts(out, ongoing ? DURATION_OF_NOW : DURATION_BLANK);
    buf_puts(out, step->is_operation ? "    " : "  ");
    put_step_name(out, step);
    if (is_known(step->command)) {
        buf_puts(out, ": ");
        text_put_line(out, step->command);
    }
    buf_putc(out, '\n');
    if (is_known(step->description)) {
        buf_puts(out, "  " TIME_BLANK "  " DURATION_BLANK "    ");
        text_put_line(out, step->description);
        buf_putc(out, '\n');
    }
}

static void put_timeline(struct buf *out, const struct task_detail *task)
{
    struct mark mark = put_heading(out, "Timeline");

    for (size_t i = 0; i < task->step_count && !out->error; i++)
        put_step(out, &task->steps[i], step_end(task, i), is_running_step(task, i));
    if (task->step_count == TASK_STEPS_MAX)
        buf_puts(out, "  (what may follow is not shown)\n");
    remove_if_bare(out, mark);
}

static void put_machine(struct buf *out, const struct task_detail *task)
{
    struct mark mark = put_heading(out, "Machine");

    put_text(out, "Type", task->summary.machine_type);
    put_text(out, "Host", task->host_type);
    put_text(out, "Name", task->vm_name);
    put_text(out, "Group", task->machine_group);
    put_number(out, "CPUs", task->cpus);
    put_number(out, "CPU cores", task->cpus_physical);
    put_size(out, "Memory", task->memory, -1);
    if (task->mpi_hosts > 1)
        put_number(out, "MPI hosts", task->mpi_hosts);
    remove_if_bare(out, mark);
}

static void put_times(struct buf *out, const struct task_detail *task)
{
    struct mark mark = put_heading(out, "Times"), label = {.before = 0};

    put_time(out, "Created", task->created);
    put_time(out, "Submitted", task->submitted);
    put_time(out, "Started", task->started);
    put_time(out, "Ended", task->ended);
    put_seconds(out, "In queue", task->queue_seconds);
    if (task->summary.is_terminated || task->summary.computation_seconds >= 0) {
        label.before = out->len;
        put_label(out, "Computation");
        label.after = out->len;
        text_computation_time(&task->summary, 0, out);
        remove_if_bare(out, label);
    }
    put_seconds(out, "Total", task->total_seconds >= 0 ? task->total_seconds : task->duration);
    remove_if_bare(out, mark);
}

static void put_data(struct buf *out, const struct task_detail *task)
{
    struct mark mark = put_heading(out, "Data");

    put_size(out, "Inputs", task->input_size, task->input_zipped);
    put_size(out, "Outputs", task->output_size, task->summary.output_zipped);
    put_number(out, "Output files", task->summary.output_files);
    remove_if_bare(out, mark);
}

static void put_cost(struct buf *out, const struct task_detail *task)
{
    struct mark mark = put_heading(out, "Cost");

    put_money(out, "Computation", task->cost, "US$");
    put_money(out, "Service fee", task->fee, task->currency);
    remove_if_bare(out, mark);
}

void text_info(const struct task_detail *task, double ahead, struct buf *out)
{
    put_head(out, task, ahead);
    put_timeline(out, task);
    put_machine(out, task);
    put_times(out, task);
    put_data(out, task);
    put_cost(out, task);
    put_paragraph(out, "Error", task->error_detail);
    put_paragraph(out, "Error of the machine", task->executer_error);
}

void text_info_live(const char *file, int64_t time, int64_t seen, struct buf *out)
{
    buf_puts(out, "\nRunning\n");
    put_text(out, "Files now", "live/");
    put_text(out, "Load now", "top");
    if (!file)
        return;
    put_text(out, "Last modified", file);
    put_time(out, "Modified at", time);
    put_time(out, "Seen at", seen);
}
