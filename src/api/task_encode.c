/* A task's summary as JSON, of the fields that it was decoded from. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/json.h"
#include "api/task.h"

#define NS_PER_SECOND INT64_C(1000000000)

/* Each adds a field to the object unless the value is unknown. Returns 0 or -ENOMEM. */
static int add_value(struct json_object *object, const char *key, struct json_object *value)
{
    if (value && !json_object_object_add(object, key, value))
        return 0;
    json_object_put(value);
    return -ENOMEM;
}

static int add_string(struct json_object *object, const char *key, const char *text)
{
    return text ? add_value(object, key, json_object_new_string(text)) : 0;
}

static int add_number(struct json_object *object, const char *key, double number)
{
    return number >= 0 ? add_value(object, key, json_object_new_double(number)) : 0;
}

static int add_time(struct json_object *object, const char *key, int64_t ns)
{
    int64_t below = (ns % NS_PER_SECOND + NS_PER_SECOND) % NS_PER_SECOND;
    time_t seconds = (time_t)((ns - below) / NS_PER_SECOND);
    struct tm tm;
    char text[96];

    if (ns == TIME_UNKNOWN || ns < INT64_MIN + NS_PER_SECOND || !gmtime_r(&seconds, &tm))
        return 0;
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)below);
    return add_string(object, key, text);
}

static int add_nested(struct json_object *task, const char *key, struct json_object **nested)
{
    *nested = json_object_new_object();
    return *nested ? add_value(task, key, *nested) : -ENOMEM;
}

static int add_fields(struct json_object *task, const struct task_summary *summary)
{
    struct json_object *executer, *metrics;
    int rc = add_string(task, "task_id", summary->id);

    if (!rc)
        rc = add_string(task, "status", summary->status);
    if (!rc)
        rc = add_value(task, "is_terminated", json_object_new_boolean(summary->is_terminated));
    if (!rc)
        rc = add_string(task, "storage_output_path", summary->output_path);
    if (!rc)
        rc = add_string(task, "storage_input_path", summary->input_path);
    if (!rc)
        rc = add_string(task, "storage_region", summary->region);
    if (!rc)
        rc = add_time(task, "computation_start_time", summary->computation_start);
    if (!rc)
        rc = add_time(task, "computation_end_time", summary->computation_end);
    if (!rc)
        rc = add_time(task, "end_time", summary->changed);
    if (!rc)
        rc = add_nested(task, "executer", &executer);
    if (!rc)
        rc = add_string(executer, "vm_type", summary->machine_type);
    if (!rc)
        rc = add_nested(task, "metrics", &metrics);
    if (!rc)
        rc = add_number(metrics, "computation_seconds", summary->computation_seconds);
    if (!rc)
        rc = add_number(metrics, "output_total_files", summary->output_files);
    if (!rc)
        rc = add_number(metrics, "output_zipped_size_bytes", summary->output_zipped);
    return rc;
}

int task_summary_encode(const struct task_summary *summary, struct buf *out)
{
    JSON_SCOPED *task = json_object_new_object();
    const char *text;
    int rc = task ? add_fields(task, summary) : -ENOMEM;

    if (rc)
        return out->error ? out->error : (out->error = rc);
    text = json_object_to_json_string_ext(task, JSON_C_TO_STRING_PLAIN);
    return text ? buf_puts(out, text) : (out->error = -ENOMEM);
}
