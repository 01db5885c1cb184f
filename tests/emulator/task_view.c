/* The object of a task at a moment: defaults, then task.json, then the events that are due. */
#include "task_table.h"

#include "json_util.h"
#include "lifecycle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The default create_time of finished tasks goes back from 2026-01-05T10:00:00Z. */
#define FINISHED_EPOCH   1767607200.0
#define FINISHED_SPACING 61.0

const char *const task_time_fields[TASK_TIMES] = {
    "create_time",          "input_submit_time", "start_time", "computation_start_time",
    "computation_end_time", "end_time",
};

static const char *first_status(const struct task *task)
{
    const char *status = task->fields ? json_string_at(task->fields, "status") : NULL;
    struct json_object *settings = json_object_at(task->fields, "emulator");

    if (status)
        return status;
    return json_has(settings, "timeline") ? "submitted" : "success";
}

static void add_archives(const struct task *task, struct json_object *view)
{
    struct json_object *value;

    if (task->input_stamp.inode)
        task_fields_input(view, task->fields, &task->input);
    if (task->output_stamp.inode && json_object_object_get_ex(view, "is_terminated", &value) &&
        json_object_get_boolean(value))
        task_fields_output(view, task->fields, &task->output);
}

static double finished_create(const struct task *task)
{
    return FINISHED_EPOCH - FINISHED_SPACING * (double)task->number;
}

/* Removes the members that an entry of the listing lacks. */
static void trim_to_entry(struct json_object *view)
{
    json_object_object_del(view, "status_history");
    json_object_object_del(view, "machine_operations");
    json_object_object_del(view, "steps");
}

/* task.json overrides the defaults and the first status; events override task.json. */
struct json_object *task_view(const struct task *task, bool full, double now)
{
    struct json_object *view = task_fields_blank(task->id, task->number);

    if (!full)
        trim_to_entry(view);
    lifecycle_start(view, task->fields, first_status(task), finished_create(task), task->seen_at);
    if (task->fields) {
        json_merge(view, task->fields);
        json_object_object_del(view, "emulator");
    }
    for (size_t i = 0; i < task->n_events && task->events[i].at <= now; i++) {
        const struct task_event *event = &task->events[i];

        if (event->status)
            lifecycle_apply(view, task->fields, event->status, event->at);
        if (event->fields)
            json_merge(view, event->fields);
    }
    add_archives(task, view);
    if (!full)
        trim_to_entry(view);
    return view;
}

static size_t events_due(const struct task *task, double now)
{
    size_t n = 0;

    while (n < task->n_events && task->events[n].at <= now)
        n++;
    return n;
}

static void copy_string(struct json_object *view, const char *key, char *out, size_t size)
{
    const char *text = json_string_at(view, key);

    snprintf(out, size, "%s", text ? text : "");
}

static void replace_string(struct json_object *view, const char *key, char **out)
{
    const char *text = json_string_at(view, key);

    free(*out);
    *out = text ? strdup(text) : NULL;
}

static double number_at(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;

    if (object)
        json_object_object_get_ex(object, key, &value);
    return json_object_get_double(value); /* 0 when it is not a number */
}

static void index_view(struct task *task, struct json_object *view)
{
    struct json_object *value;

    copy_string(view, "status", task->status, sizeof(task->status));
    copy_string(view, "project", task->project, sizeof(task->project));
    copy_string(view, "storage_region", task->region, sizeof(task->region));
    replace_string(view, "storage_output_path", &task->output_path);
    replace_string(view, "storage_input_path", &task->input_path);
    task->cost = number_at(view, "estimated_computation_cost");
    task->fee = number_at(json_object_at(view, "orchestration_fee"), "amount");
    task->terminated = json_object_object_get_ex(view, "is_terminated", &value) &&
                       json_object_get_boolean(value);
    for (int i = 0; i < TASK_TIMES; i++) {
        const char *text = json_string_at(view, task_time_fields[i]);

        task->times[i] = 0;
        if (text)
            iso_time_parse(text, &task->times[i]);
    }
}

/* Does the same for a task with only defaults, without building its object. */
static void index_plain(struct task *task)
{
    char path[512];

    snprintf(task->status, sizeof(task->status), "success");
    snprintf(task->project, sizeof(task->project), "default");
    snprintf(task->region, sizeof(task->region), "europe-west1");
    free(task->output_path);
    free(task->input_path);
    snprintf(path, sizeof(path), "%s/output.zip", task->id);
    task->output_path = strdup(path);
    snprintf(path, sizeof(path), "%s/input.zip", task->id);
    task->input_path = strdup(path);
    task->terminated = true;
    task->cost = task_fields_cost(lifecycle_success_offset("end_time") -
                                  lifecycle_success_offset("start_time"));
    task->fee = TASK_FEE;
    for (int i = 0; i < TASK_TIMES; i++)
        task->times[i] = finished_create(task) + lifecycle_success_offset(task_time_fields[i]);
}

bool task_view_update(struct task *task, double now)
{
    size_t due = events_due(task, now);
    struct json_object *view;

    if (!task->dirty && due == task->applied)
        return false;
    free(task->full_text);
    free(task->entry_text);
    task->full_text = task->entry_text = NULL;
    if (!task->fields && due == 0) {
        index_plain(task);
    } else {
        view = task_view(task, false, now);
        index_view(task, view);
        task->entry_text = json_text(view);
        json_object_put(view);
    }
    task->applied = due;
    task->dirty = false;
    return true;
}

static const char *make_text(const struct task *task, char **text, bool full, double now)
{
    struct json_object *view;

    if (!*text) {
        view = task_view(task, full, now);
        *text = json_text(view);
        json_object_put(view);
    }
    return *text;
}

const char *task_full_text(struct task *task, double now)
{
    return make_text(task, &task->full_text, true, now);
}

const char *task_entry_text(struct task *task, double now)
{
    return make_text(task, &task->entry_text, false, now);
}
