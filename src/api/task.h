/*
 * A task as the service describes it, decoded from JSON into C.
 *
 * Source: the service's HTTP API, `Task` of GET /tasks and GET /tasks/{id}. Three fields are
 * required: task_id, status, is_terminated. Without one of them the answer is an error that names
 * it. Every other field may be missing, null, empty, or of a wrong type, and is then unknown.
 */
#ifndef TASKFS_API_TASK_H
#define TASKFS_API_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define TASK_ID_MAX     255 /* bytes; an id is a file name */
#define TIME_UNKNOWN    INT64_MIN
#define SECONDS_UNKNOWN (-1.0)
#define TASK_STEPS_MAX  10000  /* items taken of a status history, operations included */
#define TASK_PAGE_MAX   100000 /* tasks taken from one page */

/* The fields that the listing has too; every small file but info and task.json needs no others.
 * Strings belong to the struct; NULL is unknown. Times are nanoseconds since 1970 UTC. */
struct task_summary {
    char *id;
    char *status;
    char *machine_type; /* last path part of vm_type; of vm_name where that is "n/a" */
    char *output_path;  /* storage_output_path */
    char *input_path;   /* storage_input_path */
    char *region;       /* storage_region */
    int is_terminated;
    double computation_seconds; /* metrics.computation_seconds or SECONDS_UNKNOWN */
    double output_files;        /* metrics.output_total_files; -1 unknown */
    double output_zipped;       /* metrics.output_zipped_size_bytes; the same */
    int64_t computation_start;  /* or TIME_UNKNOWN */
    int64_t computation_end;
    /* The last status change: the end of the status history where it is known, else the latest of
     * the task's time fields. */
    int64_t changed;
};

/* One step of the timeline, or an operation of a step. */
struct task_step {
    char *status; /* a code; of an operation, its name */
    char *alias;
    char *description;
    char *command; /* of an operation: attributes.command */
    int64_t start;
    int64_t end;
    int is_operation; /* of the last step before it that is not an operation */
};

/* All fields. Of a number, -1 is unknown. */
struct task_detail {
    struct task_summary summary;
    char *status_alias;
    char *simulator;
    char *project;
    char *container_image;
    char *error_detail;
    char *executer_error;
    char *host_type;
    char *vm_name;
    char *machine_group;
    char *currency; /* of the orchestration fee */
    int64_t created, submitted, started, ended;
    double tasks_ahead; /* position_in_queue.tasks_ahead; mostly unknown */
    double retries, cpus, cpus_physical, memory, mpi_hosts, cost, fee, duration;
    double queue_seconds, total_seconds, input_size, input_zipped, output_size;
    struct task_step *steps;
    size_t step_count;
};

struct task_page {
    uint64_t total; /* total_size */
    struct task_summary *tasks;
    size_t count;
};

/*
 * The decoders take a complete JSON text of `len` bytes. Each returns 0; -ENOMEM; or -EPROTO with a
 * NUL-terminated reason in `why` (`why_size` bytes) that names the field: "tasks[3].status is
 * missing". After an error there is nothing to free. None blocks. Errors are also bytes after the
 * JSON value, JSON nested deeper than 32, and an id that cannot be a file name ("", ".", "..", with
 * '/', NUL or a control character, over TASK_ID_MAX bytes).
 */
int task_page_decode(const char *json, size_t len, struct task_page *page, char *why,
                     size_t why_size);
int task_detail_decode(const char *json, size_t len, struct task_detail *detail, char *why,
                       size_t why_size);
/* Appends a JSON object that task_detail_decode takes for the same summary. Returns 0, -ENOMEM or
 * -EFBIG, which stays in `out`. */
int task_summary_encode(const struct task_summary *summary, struct buf *out);
/* From the answer of /tasks/ID/status: how many tasks are before it in the queue; -1 unknown. */
int task_position_decode(const char *json, size_t len, double *ahead, char *why, size_t why_size);
/* From a JSON list with exactly one item, which is an http or https URL. The caller frees *url. */
int signed_url_decode(const char *json, size_t len, char **url, char *why, size_t why_size);
/* Writes the "detail" of an error's body to `text` as one printable line; "" when there is none. */
void error_detail_decode(const char *json, size_t len, char *text, size_t text_size);
/* Appends the same JSON, indented, with a newline at its end. Numbers, names and their order are
 * the service's own; NaN and Infinity, which are not JSON, become null. Returns 0, -EPROTO, or
 * -ENOMEM or -EFBIG of `out`. */
int json_pretty(const char *json, size_t len, struct buf *out);

/* Returns an ISO 8601 time ("2026-01-05T10:00:00.000000+00:00", "...Z", or without offset, which is
 * UTC) in ns since 1970 UTC, or TIME_UNKNOWN. */
int64_t time_parse(const char *text);

/* Frees what the struct holds, not the struct. */
void task_summary_free(struct task_summary *summary);
void task_detail_free(struct task_detail *detail);
void task_page_free(struct task_page *page);

#endif
