/* The lifecycle of a task: the statuses, and what each of them sets. */
#include "lifecycle.h"

#include "json_util.h"
#include "task_fields.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct status_info {
    const char *code;
    const char *alias;
    const char *description;
    const char *time_field; /* the field that is set when a task reaches the status, or NULL */
    bool terminal;
};

static const struct status_info statuses[] = {
    {"pending-input", "Pending Input", "Task created, waiting for its inputs", "create_time",
     false},
    {"submitted", "In Queue", "Task submitted and waiting in the queue", "input_submit_time",
     false},
    {"started", "Preparing to Compute", "A machine has picked the task up", "start_time", false},
    {"computation-started", "In Progress", "The computation has started", "computation_start_time",
     false},
    {"computation-ended", "Uploading Outputs", "The computation has ended, outputs are uploaded",
     "computation_end_time", false},
    {"pending-kill", "Pending Kill", "The task is being killed", NULL, false},
    {"success", "Success", "The task has finished", "end_time", true},
    {"failed", "Failed", "The task has failed", "end_time", true},
    {"killed", "Killed", "The task was killed", "end_time", true},
    {"executer-failed", "Executer Failed", "The machine running the task failed", "end_time", true},
    {"executer-terminated", "Executer Terminated", "The machine running the task was terminated",
     "end_time", true},
    {"executer-terminated-by-user", "Executer Terminated by User",
     "The machine running the task was terminated by the user", "end_time", true},
    {"executer-terminated-ttl-exceeded", "Executer TTL Exceeded",
     "The machine running the task exceeded its time to live", "end_time", true},
    {"executer-terminated-credits-exhausted", "Credits Exhausted",
     "The machine was terminated because the credits ran out", "end_time", true},
    {"spot-instance-preempted", "Spot Reclaimed", "The spot machine was reclaimed", "end_time",
     true},
    {"ttl-exceeded", "TTL Exceeded", "The task exceeded its time to live", "end_time", true},
    {"zombie", "Zombie", "The task was lost", "end_time", true},
};

#define N_STATUSES (sizeof(statuses) / sizeof(statuses[0]))

const char *const lifecycle_codes[] = {
    "pending-input",
    "submitted",
    "started",
    "computation-started",
    "computation-ended",
    "success",
    "failed",
    "pending-kill",
    "killed",
    "spot-instance-preempted",
    "executer-terminated",
    "executer-terminated-by-user",
    "executer-terminated-ttl-exceeded",
    "executer-terminated-credits-exhausted",
    "executer-failed",
    "ttl-exceeded",
    "zombie",
    NULL,
};

static const struct status_info *find_status(const char *code)
{
    for (size_t i = 0; i < N_STATUSES; i++) {
        if (strcmp(statuses[i].code, code) == 0)
            return &statuses[i];
    }
    return NULL;
}

bool lifecycle_known(const char *status)
{
    return find_status(status) != NULL;
}

bool lifecycle_terminal(const char *status)
{
    const struct status_info *info = find_status(status);

    return info && info->terminal;
}

/* Makes the alias of an unknown code: `new-code` becomes `New Code`. */
static void make_alias(const char *code, char *out, size_t size)
{
    bool start = true;
    size_t i;

    for (i = 0; code[i] && i + 1 < size; i++) {
        char c = code[i] == '-' ? ' ' : code[i];

        out[i] = start ? (char)toupper((unsigned char)c) : c;
        start = c == ' ';
    }
    out[i] = '\0';
}

static void set_time(struct json_object *task, const char *field, double when)
{
    char text[ISO_TIME_SIZE];

    iso_time_format(when, text);
    json_set_string(task, field, text);
}

static void close_last_item(struct json_object *history, const char *when)
{
    size_t n = json_object_array_length(history);
    struct json_object *item, *operations;

    if (n == 0)
        return;
    item = json_object_array_get_idx(history, n - 1);
    if (!json_object_is_type(item, json_type_object))
        return;
    json_set_string(item, "end_timestamp", when);
    operations = json_array_at(item, "operations");
    for (size_t i = 0; operations && i < json_object_array_length(operations); i++) {
        struct json_object *operation = json_object_array_get_idx(operations, i);

        json_set_string(operation, "end_timestamp", when);
        json_set_string(operation, "status", "success");
    }
}

static struct json_object *computation_operation(const char *when)
{
    struct json_object *operation = json_object_new_object();
    struct json_object *attributes = json_object_new_object();

    json_set_string(operation, "name", "command");
    json_set_string(operation, "alias", "Command");
    json_set_string(operation, "start_timestamp", when);
    json_set_null(operation, "end_timestamp");
    json_set_string(operation, "status", "running");
    json_set_string(attributes, "command", "mpirun -np 4 icoFoam -parallel");
    json_object_object_add(operation, "attributes", attributes);
    return operation;
}

static void append_history(struct json_object *task, const char *code, const char *alias,
                           const char *description, double when)
{
    struct json_object *history = json_array_at(task, "status_history");
    struct json_object *item, *operations;
    const char *uuid;
    char text[ISO_TIME_SIZE];

    if (!history)
        return;
    iso_time_format(when, text);
    close_last_item(history, text);
    item = json_object_new_object();
    operations = json_object_new_array();
    uuid = json_string_at(json_object_at(task, "executer"), "uuid");
    json_set_string(item, "status", code);
    json_set_string(item, "timestamp", text);
    json_set_null(item, "end_timestamp");
    json_set_string(item, "description", description);
    json_set_string(item, "alias", alias);
    json_set_string(item, "machine_id", uuid);
    if (strcmp(code, "computation-started") == 0)
        json_object_array_add(operations, computation_operation(text));
    json_object_object_add(item, "operations", operations);
    json_object_array_add(history, item);
}

void lifecycle_apply(struct json_object *task, struct json_object *pinned, const char *status,
                     double when)
{
    const struct status_info *info = find_status(status);
    char alias[64];

    make_alias(status, alias, sizeof(alias));
    json_set_string(task, "status", status);
    json_set_string(task, "status_alias", info ? info->alias : alias);
    json_set_bool(task, "is_terminated", info && info->terminal);
    if (strcmp(status, "submitted") == 0)
        task_fields_requeue(task);
    if (info && info->time_field)
        set_time(task, info->time_field, when);
    if (strcmp(status, "started") == 0)
        task_fields_machine(task, pinned);
    if (strcmp(status, "computation-ended") == 0)
        task_fields_computed(task, pinned);
    if (info && info->terminal)
        task_fields_ended(task, pinned, when);
    append_history(task, status, info ? info->alias : alias, info ? info->description : alias,
                   when);
}

/* A status on the usual way to another one, and when it is reached: seconds since creation. */
struct step {
    const char *status;
    double at;
};

#define MAX_STEPS 7

static int way_to(const char *status, struct step steps[MAX_STEPS])
{
    static const struct step usual[] = {
        {"pending-input", 0},        {"submitted", 1.25},        {"started", 12.5},
        {"computation-started", 21}, {"computation-ended", 213},
    };
    int n;

    for (n = 0; n < 5; n++) {
        bool finish = strcmp(status, "success") == 0 || strcmp(status, "failed") == 0;

        if (n == 4 && !finish && strcmp(status, "computation-ended") != 0)
            break;
        steps[n] = usual[n];
        if (strcmp(status, usual[n].status) == 0)
            return n + 1;
    }
    if (strcmp(status, "killed") == 0)
        steps[n++] = (struct step){"pending-kill", 210};
    steps[n++] = (struct step){status, 220.5};
    return n;
}

static bool pinned_time(struct json_object *pinned, const char *status, double *when)
{
    const struct status_info *info = find_status(status);
    const char *text = NULL;

    if (pinned && info && info->time_field)
        text = json_string_at(pinned, info->time_field);
    return text && iso_time_parse(text, when) == 0;
}

void lifecycle_start(struct json_object *task, struct json_object *pinned, const char *status,
                     double finished_create, double now)
{
    struct step steps[MAX_STEPS];
    int n = way_to(status, steps);
    double create, when = 0, fixed;
    bool have_create = false;

    create = lifecycle_terminal(status) ? finished_create : now - steps[n - 1].at;
    for (int i = 0; i < n && !have_create; i++) {
        have_create = pinned_time(pinned, steps[i].status, &fixed);
        if (have_create)
            create = fixed - steps[i].at;
    }
    for (int i = 0; i < n; i++) {
        double at = create + steps[i].at;

        if (pinned_time(pinned, steps[i].status, &fixed)) {
            at = fixed;
            create = fixed - steps[i].at;
        }
        if (i > 0 && at < when)
            at = when;
        when = at;
        lifecycle_apply(task, pinned, steps[i].status, when);
    }
}

double lifecycle_success_offset(const char *time_field)
{
    struct step steps[MAX_STEPS];
    int n = way_to("success", steps);

    for (int i = 0; i < n; i++) {
        const struct status_info *info = find_status(steps[i].status);

        if (info->time_field && strcmp(info->time_field, time_field) == 0)
            return steps[i].at;
    }
    return 0;
}
