/* Realistic values for a task's object. */
#include "task_fields.h"

#include "json_util.h"

#include <stdio.h>
#include <string.h>

static const char *const metric_names[] = {
    "total_seconds",
    "container_image_download_seconds",
    "container_image_size_bytes",
    "queue_time_seconds",
    "computation_seconds",
    "input_upload_seconds",
    "input_download_seconds",
    "input_decompression_seconds",
    "output_upload_seconds",
    "output_compression_seconds",
    "input_zipped_size_bytes",
    "input_size_bytes",
    "output_total_files",
    "output_size_bytes",
    "output_zipped_size_bytes",
};

#define N_METRICS (sizeof(metric_names) / sizeof(metric_names[0]))

static struct json_object *blank_metrics(void)
{
    struct json_object *metrics = json_object_new_object();

    for (size_t i = 0; i < N_METRICS; i++)
        json_set_null(metrics, metric_names[i]);
    return metrics;
}

static void set_fee(struct json_object *task)
{
    struct json_object *fee = json_object_new_object();

    json_object_object_add(fee, "amount", json_decimal(TASK_FEE));
    json_set_bool(fee, "charged", true);
    json_set_string(fee, "currency", "USD");
    json_object_object_add(task, "orchestration_fee", fee);
}

static void set_paths(struct json_object *task, const char *task_id)
{
    char path[512];

    json_set_string(task, "storage_path", task_id);
    snprintf(path, sizeof(path), "%s/input.zip", task_id);
    json_set_string(task, "storage_input_path", path);
    snprintf(path, sizeof(path), "%s/output.zip", task_id);
    json_set_string(task, "storage_output_path", path);
    json_set_string(task, "storage_region", "europe-west1");
}

struct json_object *task_fields_blank(const char *task_id, unsigned number)
{
    static const char *const empty[] = {
        "create_time",
        "input_submit_time",
        "start_time",
        "computation_start_time",
        "computation_end_time",
        "end_time",
        "estimated_computation_cost",
    };
    struct json_object *task = json_object_new_object();
    char name[64];

    json_set_string(task, "task_id", task_id);
    json_set_string(task, "status", "pending-input");
    json_set_string(task, "status_alias", "Pending Input");
    json_set_string(task, "simulator", "openfoam");
    set_paths(task, task_id);
    json_set_string(task, "container_image", "docker://inductiva/kutu:openfoam-foundation_v8");
    json_set_string(task, "project", "default");
    json_set_bool(task, "is_terminated", false);
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
        json_set_null(task, empty[i]);
    json_object_object_add(task, "metrics", blank_metrics());
    json_set_null(task, "executer");
    snprintf(name, sizeof(name), "api-%08llx", number * 2654435761ull & 0xffffffffull);
    json_set_string(task, "machine_group_name", name);
    snprintf(name, sizeof(name), "5f2c0de0-0000-4000-8000-%012x", number);
    json_set_string(task, "machine_group_id", name);
    json_set_null(task, "error_detail");
    json_object_object_add(task, "input_resources", json_object_new_array());
    json_set_bool(task, "stream_zip", false);
    json_set_int(task, "num_retries", 0);
    json_set_string(task, "compress_with", "AUTO");
    json_object_object_add(task, "task_metadata", json_object_new_object());
    json_object_object_add(task, "extra_params", json_object_new_object());
    json_set_bool(task, "resubmit_on_preemption", false);
    json_set_null(task, "duration_seconds");
    set_fee(task);
    json_object_object_add(task, "status_history", json_object_new_array());
    json_object_object_add(task, "machine_operations", json_object_new_array());
    json_object_object_add(task, "steps", json_object_new_array());
    return task;
}

/* Returns the metrics, borrowed; NULL when pinned sets this member or all of the metrics. */
static struct json_object *metrics_for(struct json_object *task, struct json_object *pinned,
                                       const char *name)
{
    if (json_has(pinned, "metrics") && !json_object_at(pinned, "metrics"))
        return NULL;
    if (json_has(json_object_at(pinned, "metrics"), name))
        return NULL;
    return json_object_at(task, "metrics");
}

static void metric_seconds(struct json_object *task, struct json_object *pinned, const char *name,
                           double seconds)
{
    struct json_object *metrics = metrics_for(task, pinned, name);

    if (metrics)
        json_object_object_add(metrics, name, json_decimal(seconds < 0 ? 0 : seconds));
}

static void metric_count(struct json_object *task, struct json_object *pinned, const char *name,
                         int64_t count)
{
    struct json_object *metrics = metrics_for(task, pinned, name);

    if (metrics)
        json_set_int(metrics, name, count);
}

/* Stores the seconds between two time fields. Returns 0 when either is missing. */
static int between(struct json_object *task, const char *from, const char *to, double *seconds)
{
    const char *first = json_string_at(task, from);
    const char *second = json_string_at(task, to);
    double a, b;

    if (!first || !second || iso_time_parse(first, &a) < 0 || iso_time_parse(second, &b) < 0)
        return 0;
    *seconds = b - a;
    return 1;
}

static void set_executer(struct json_object *task)
{
    struct json_object *executer = json_object_new_object();
    const char *group = json_string_at(task, "machine_group_name");
    char name[128];

    snprintf(name, sizeof(name), "%s-0001", group ? group : "api");
    json_set_string(executer, "uuid", "0f8fad5b-d9cb-469f-a165-70867728950e");
    json_set_int(executer, "cpu_count_logical", 4);
    json_set_int(executer, "cpu_count_physical", 2);
    json_set_int(executer, "memory", 16785862656LL);
    json_set_int(executer, "n_mpi_hosts", 1);
    json_set_string(executer, "vm_type", "zones/europe-west1-b/machineTypes/c2-standard-4");
    json_set_string(executer, "vm_name", name);
    json_set_string(executer, "host_type", "GCP");
    json_set_null(executer, "error_detail");
    json_object_object_add(task, "executer", executer);
}

void task_fields_machine(struct json_object *task, struct json_object *pinned)
{
    double seconds;

    if (!json_has(pinned, "executer") || json_object_at(pinned, "executer"))
        set_executer(task);
    metric_seconds(task, pinned, "input_upload_seconds", 0.84);
    if (between(task, "input_submit_time", "start_time", &seconds))
        metric_seconds(task, pinned, "queue_time_seconds", seconds);
    metric_seconds(task, pinned, "container_image_download_seconds", 5.37);
    metric_count(task, pinned, "container_image_size_bytes", 1503238553);
    metric_seconds(task, pinned, "input_download_seconds", 0.21);
    metric_seconds(task, pinned, "input_decompression_seconds", 0.0035);
}

void task_fields_computed(struct json_object *task, struct json_object *pinned)
{
    double seconds;

    if (between(task, "computation_start_time", "computation_end_time", &seconds))
        metric_seconds(task, pinned, "computation_seconds", seconds);
}

double task_fields_cost(double seconds)
{
    return seconds * 0.2 / 3600;
}

void task_fields_ended(struct json_object *task, struct json_object *pinned, double when)
{
    char text[ISO_TIME_SIZE];
    double seconds;

    iso_time_format(when, text);
    json_set_string(task, "end_time", text);
    if (between(task, "create_time", "end_time", &seconds)) {
        metric_seconds(task, pinned, "total_seconds", seconds);
        json_object_object_add(task, "duration_seconds", json_decimal(seconds));
    }
    if (between(task, "start_time", "end_time", &seconds))
        json_object_object_add(task, "estimated_computation_cost",
                               json_decimal(task_fields_cost(seconds)));
    /* A run that was stopped has computed until it ended. */
    if (!json_string_at(task, "computation_end_time") &&
        between(task, "computation_start_time", "end_time", &seconds)) {
        metric_seconds(task, pinned, "computation_seconds", seconds);
        json_set_string(task, "computation_end_time", text);
    }
}

void task_fields_requeue(struct json_object *task)
{
    static const char *const gone[] = {
        "start_time", "computation_start_time", "computation_end_time",
        "end_time",   "duration_seconds",       "estimated_computation_cost",
        "executer",
    };

    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
        json_set_null(task, gone[i]);
    json_object_object_add(task, "metrics", blank_metrics());
}

void task_fields_output(struct json_object *task, struct json_object *pinned,
                        const struct archive_summary *summary)
{
    metric_count(task, pinned, "output_zipped_size_bytes", summary->zipped);
    metric_seconds(task, pinned, "output_compression_seconds",
                   0.4 + 2e-8 * (double)summary->zipped);
    metric_seconds(task, pinned, "output_upload_seconds", 0.3 + 1e-8 * (double)summary->zipped);
    if (summary->files >= 0) {
        metric_count(task, pinned, "output_total_files", summary->files);
        metric_count(task, pinned, "output_size_bytes", summary->size);
    }
}

void task_fields_input(struct json_object *task, struct json_object *pinned,
                       const struct archive_summary *summary)
{
    metric_count(task, pinned, "input_zipped_size_bytes", summary->zipped);
    if (summary->files >= 0)
        metric_count(task, pinned, "input_size_bytes", summary->size);
}
