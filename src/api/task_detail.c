/* Decodes all of a task, from the answer of GET /tasks/{id}. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/json.h"
#include "api/task_object.h"

struct string_field {
    const char *key;
    char **out;
};

static int detail_take_strings(struct json_object *object, const struct string_field *fields,
                               size_t count)
{
    int rc = 0;

    for (size_t i = 0; i < count && !rc; i++)
        rc = json_take_string(object, fields[i].key, fields[i].out);
    return rc;
}

static int detail_take_texts(struct json_object *task, struct task_detail *detail)
{
    const struct string_field fields[] = {
        {"status_alias", &detail->status_alias}, {"simulator", &detail->simulator},
        {"project", &detail->project},           {"container_image", &detail->container_image},
        {"error_detail", &detail->error_detail}, {"machine_group_name", &detail->machine_group},
    };

    return detail_take_strings(task, fields, sizeof(fields) / sizeof(*fields));
}

static int detail_take_executer(struct json_object *executer, struct task_detail *detail)
{
    const struct string_field fields[] = {
        {"error_detail", &detail->executer_error},
        {"host_type", &detail->host_type},
        {"vm_name", &detail->vm_name},
    };

    detail->cpus = json_take_number(executer, "cpu_count_logical");
    detail->cpus_physical = json_take_number(executer, "cpu_count_physical");
    detail->memory = json_take_number(executer, "memory");
    detail->mpi_hosts = json_take_number(executer, "n_mpi_hosts");
    return detail_take_strings(executer, fields, sizeof(fields) / sizeof(*fields));
}

static void detail_take_times(struct json_object *task, struct task_detail *detail)
{
    detail->created = json_take_time(task, "create_time");
    detail->submitted = json_take_time(task, "input_submit_time");
    detail->started = json_take_time(task, "start_time");
    detail->ended = json_take_time(task, "end_time");
}

static void detail_take_numbers(struct json_object *task, struct task_detail *detail)
{
    struct json_object *metrics = json_take(task, "metrics", json_type_object);
    struct json_object *queue = json_take(task, "position_in_queue", json_type_object);
    struct json_object *fee = json_take(task, "orchestration_fee", json_type_object);

    detail->tasks_ahead = json_take_number(queue, "tasks_ahead");
    detail->retries = json_take_number(task, "num_retries");
    detail->cost = json_take_number(task, "estimated_computation_cost");
    detail->fee = json_take_number(fee, "amount");
    detail->duration = json_take_number(task, "duration_seconds");
    detail->queue_seconds = json_take_number(metrics, "queue_time_seconds");
    detail->total_seconds = json_take_number(metrics, "total_seconds");
    detail->input_size = json_take_number(metrics, "input_size_bytes");
    detail->input_zipped = json_take_number(metrics, "input_zipped_size_bytes");
    detail->output_size = json_take_number(metrics, "output_size_bytes");
}

/* Returns the next free step, or NULL: the list is full (*rc is 0), or memory is (*rc is
 * -ENOMEM). */
static struct task_step *detail_add_step(struct task_detail *detail, size_t *capacity, int *rc)
{
    struct task_step *steps;
    size_t more;

    *rc = 0;
    if (detail->step_count == TASK_STEPS_MAX)
        return NULL;
    if (detail->step_count == *capacity) {
        more = *capacity ? 2 * *capacity : 16;
        steps = realloc(detail->steps, more * sizeof(*steps));
        if (!steps) {
            *rc = -ENOMEM;
            return NULL;
        }
        detail->steps = steps;
        *capacity = more;
    }
    steps = &detail->steps[detail->step_count++];
    *steps = (struct task_step){0};
    return steps;
}

static int detail_take_operation(struct json_object *item, struct task_detail *detail,
                                 size_t *capacity)
{
    struct json_object *attributes = json_take(item, "attributes", json_type_object);
    int rc;
    struct task_step *step = detail_add_step(detail, capacity, &rc);

    if (!step)
        return rc;
    step->is_operation = 1;
    step->start = json_take_time(item, "start_timestamp");
    step->end = json_take_time(item, "end_timestamp");
    rc = json_take_string(item, "name", &step->status);
    if (!rc)
        rc = json_take_string(item, "alias", &step->alias);
    if (!rc)
        rc = json_take_string(attributes, "command", &step->command);
    return rc;
}

static int detail_take_step(struct json_object *item, struct task_detail *detail, size_t *capacity)
{
    struct json_object *operations = json_take(item, "operations", json_type_array);
    size_t count = operations ? json_object_array_length(operations) : 0;
    int rc;
    struct task_step *step = detail_add_step(detail, capacity, &rc);

    if (!step)
        return rc;
    step->start = json_take_time(item, "timestamp");
    step->end = json_take_time(item, "end_timestamp");
    rc = json_take_string(item, "status", &step->status);
    if (!rc)
        rc = json_take_string(item, "alias", &step->alias);
    if (!rc)
        rc = json_take_string(item, "description", &step->description);
    for (size_t i = 0; i < count && !rc; i++) {
        struct json_object *operation = json_object_array_get_idx(operations, i);

        if (json_object_is_type(operation, json_type_object))
            rc = detail_take_operation(operation, detail, capacity);
    }
    return rc;
}

/* Items past TASK_STEPS_MAX are left out, but still count for the time of the last change. */
static int detail_take_history(struct json_object *task, struct task_detail *detail)
{
    struct json_object *history = json_take(task, "status_history", json_type_array);
    size_t count = history ? json_object_array_length(history) : 0, capacity = 0;
    int64_t changed = TIME_UNKNOWN;
    int rc = 0;

    for (size_t i = 0; i < count && !rc; i++) {
        struct json_object *item = json_object_array_get_idx(history, i);
        int64_t at = json_take_time(item, "timestamp");

        if (at > changed)
            changed = at;
        if (json_object_is_type(item, json_type_object))
            rc = detail_take_step(item, detail, &capacity);
    }
    if (changed != TIME_UNKNOWN)
        detail->summary.changed = changed;
    return rc;
}

int task_detail_decode(const char *json, size_t len, struct task_detail *detail, char *why,
                       size_t why_size)
{
    struct json_where where = json_where(why, why_size);
    JSON_SCOPED *root = NULL;
    int rc;

    *detail = (struct task_detail){0};
    rc = json_parse(json, len, &root, &where);
    if (rc)
        return rc;
    if (!json_object_is_type(root, json_type_object))
        return json_refuse(&where, "the answer", "is not an object");
    detail_take_times(root, detail);
    detail_take_numbers(root, detail);
    rc = task_summary_from(root, &where, &detail->summary);
    if (!rc)
        rc = detail_take_texts(root, detail);
    if (!rc)
        rc = detail_take_executer(json_take(root, "executer", json_type_object), detail);
    if (!rc)
        rc = json_take_string(json_take(root, "orchestration_fee", json_type_object), "currency",
                              &detail->currency);
    if (!rc)
        rc = detail_take_history(root, detail);
    if (rc)
        task_detail_free(detail);
    return rc;
}

void task_detail_free(struct task_detail *detail)
{
    char *const strings[] = {
        detail->status_alias,   detail->simulator,       detail->project, detail->error_detail,
        detail->executer_error, detail->host_type,       detail->vm_name, detail->machine_group,
        detail->currency,       detail->container_image,
    };

    task_summary_free(&detail->summary);
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
        free(strings[i]);
    for (size_t i = 0; i < detail->step_count; i++) {
        free(detail->steps[i].status);
        free(detail->steps[i].alias);
        free(detail->steps[i].description);
        free(detail->steps[i].command);
    }
    free(detail->steps);
    *detail = (struct task_detail){0};
}
