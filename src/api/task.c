/* Decodes what the listing has of a task, and the short answers. All of a task: task_detail.c. */
#include "api/task.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/json.h"
#include "api/task_object.h"

static int is_file_name(const char *id)
{
    if (strlen(id) > TASK_ID_MAX || strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
        return 0;
    for (; *id; id++)
        if ((unsigned char)*id < 0x20 || *id == 0x7f || *id == '/')
            return 0;
    return 1;
}

static int decode_id(struct json_object *object, const struct json_where *where, char **id)
{
    int rc = json_need_string(object, "task_id", where, id);

    if (rc)
        return rc;
    return is_file_name(*id) ? 0 : json_refuse(where, "task_id", "can't be a file name");
}

/* The last path part of `key`; NULL when there is none, or it is "n/a". 0 or -ENOMEM. */
static int json_take_last_part(struct json_object *object, const char *key, char **out)
{
    char *text;
    const char *slash;
    int rc = json_take_string(object, key, &text);

    *out = NULL;
    if (rc || !text)
        return rc;
    slash = strrchr(text, '/');
    if (strcasecmp(text, "n/a") == 0 || (slash && !slash[1])) {
        free(text);
        return 0;
    }
    if (slash)
        memmove(text, slash + 1, strlen(slash + 1) + 1);
    *out = text;
    return 0;
}

static int decode_machine_type(struct json_object *task, char **out)
{
    struct json_object *executer = json_take(task, "executer", json_type_object);
    int rc = json_take_last_part(executer, "vm_type", out);

    return rc || *out ? rc : json_take_last_part(executer, "vm_name", out);
}

/* For a task whose status history is not known. */
static int64_t latest_time_of_task(struct json_object *task)
{
    static const char *const keys[] = {"create_time", "input_submit_time",
                                       "start_time",  "computation_start_time",
                                       "end_time",    "computation_end_time"};
    int64_t latest = TIME_UNKNOWN;

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        int64_t time = json_take_time(task, keys[i]);

        if (time > latest)
            latest = time;
    }
    return latest;
}

int task_summary_from(struct json_object *task, const struct json_where *where,
                      struct task_summary *summary)
{
    struct json_object *metrics = json_take(task, "metrics", json_type_object);
    int rc;

    *summary = (struct task_summary){0};
    summary->computation_seconds = json_take_number(metrics, "computation_seconds");
    summary->output_files = json_take_number(metrics, "output_total_files");
    summary->output_zipped = json_take_number(metrics, "output_zipped_size_bytes");
    summary->computation_start = json_take_time(task, "computation_start_time");
    summary->computation_end = json_take_time(task, "computation_end_time");
    summary->changed = latest_time_of_task(task);
    rc = decode_id(task, where, &summary->id);
    if (!rc)
        rc = json_need_string(task, "status", where, &summary->status);
    if (!rc)
        rc = json_need_bool(task, "is_terminated", where, &summary->is_terminated);
    if (!rc)
        rc = decode_machine_type(task, &summary->machine_type);
    if (!rc)
        rc = json_take_string(task, "storage_output_path", &summary->output_path);
    if (!rc)
        rc = json_take_string(task, "storage_input_path", &summary->input_path);
    if (!rc)
        rc = json_take_string(task, "storage_region", &summary->region);
    if (rc)
        task_summary_free(summary);
    return rc;
}

void task_summary_free(struct task_summary *summary)
{
    free(summary->id);
    free(summary->status);
    free(summary->machine_type);
    free(summary->output_path);
    free(summary->input_path);
    free(summary->region);
    *summary = (struct task_summary){0};
}

/* page->tasks has room for every item. After an error the page has the items before the bad one. */
static int decode_tasks(struct json_object *tasks, struct json_where *where, struct task_page *page)
{
    size_t count = json_object_array_length(tasks);

    for (size_t i = 0; i < count; i++) {
        struct json_object *task = json_object_array_get_idx(tasks, i);
        int rc;

        snprintf(where->path, sizeof(where->path), "tasks[%zu]", i);
        if (!json_object_is_type(task, json_type_object))
            return json_refuse(where, "", "is not an object");
        snprintf(where->path, sizeof(where->path), "tasks[%zu].", i);
        rc = task_summary_from(task, where, &page->tasks[i]);
        if (rc)
            return rc;
        page->count = i + 1;
    }
    return 0;
}

int task_page_decode(const char *json, size_t len, struct task_page *page, char *why,
                     size_t why_size)
{
    struct json_where where = json_where(why, why_size);
    JSON_SCOPED *root = NULL;
    struct json_object *tasks;
    size_t count;
    int rc;

    *page = (struct task_page){0};
    rc = json_parse(json, len, &root, &where);
    if (rc)
        return rc;
    if (!json_object_is_type(root, json_type_object))
        return json_refuse(&where, "the answer", "is not an object");
    rc = json_need_count(root, "total_size", &where, &page->total);
    if (rc)
        return rc;
    tasks = json_take(root, "tasks", json_type_array);
    if (!tasks)
        return json_refuse(&where, "tasks", "is missing or not a list");
    count = json_object_array_length(tasks);
    if (count > TASK_PAGE_MAX)
        return json_refuse(&where, "tasks", "has too many items");
    page->tasks = calloc(count ? count : 1, sizeof(*page->tasks));
    rc = page->tasks ? decode_tasks(tasks, &where, page) : -ENOMEM;
    if (rc)
        task_page_free(page);
    return rc;
}

void task_page_free(struct task_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        task_summary_free(&page->tasks[i]);
    free(page->tasks);
    *page = (struct task_page){0};
}

int task_position_decode(const char *json, size_t len, double *ahead, char *why, size_t why_size)
{
    struct json_where where = json_where(why, why_size);
    JSON_SCOPED *root = NULL;
    int rc = json_parse(json, len, &root, &where);

    *ahead = -1;
    if (rc)
        return rc;
    if (!json_object_is_type(root, json_type_object))
        return json_refuse(&where, "the answer", "is not an object");
    *ahead = json_take_number(json_take(root, "position_in_queue", json_type_object),
                              "tasks_ahead");
    return 0;
}

static int is_web_url(struct json_object *string)
{
    const char *url = json_object_get_string(string);
    size_t len = (size_t)json_object_get_string_len(string);

    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
        return 0;
    if (!strchr(url, ':')[3])
        return 0;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)url[i] <= 0x20 || url[i] == 0x7f)
            return 0;
    return 1;
}

int signed_url_decode(const char *json, size_t len, char **url, char *why, size_t why_size)
{
    struct json_where where = json_where(why, why_size);
    JSON_SCOPED *root = NULL;
    struct json_object *first;
    int rc;

    *url = NULL;
    rc = json_parse(json, len, &root, &where);
    if (rc)
        return rc;
    if (!json_object_is_type(root, json_type_array) || json_object_array_length(root) != 1)
        return json_refuse(&where, "the answer", "is not a list of one URL");
    first = json_object_array_get_idx(root, 0);
    if (!json_object_is_type(first, json_type_string) || !is_web_url(first))
        return json_refuse(&where, "[0]", "is not an http or https URL");
    *url = strdup(json_object_get_string(first));
    return *url ? 0 : -ENOMEM;
}
