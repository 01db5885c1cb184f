/* The events of a task: timelines, kills and patches. */
#include "task_table.h"

#include "json_util.h"
#include "tasks.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_EVENTS 10000

static void event_clear(struct task_event *event)
{
    free(event->status);
    json_object_put(event->fields);
}

int task_event_add(struct task *task, double at, const char *status, struct json_object *fields)
{
    struct task_event *events;
    char *copy = status ? strdup(status) : NULL;
    size_t i;

    events = task->n_events < MAX_EVENTS
                 ? realloc(task->events, (task->n_events + 1) * sizeof(*events))
                 : NULL;
    if (events)
        task->events = events;
    if (!events || (status && !copy)) {
        free(copy);
        json_object_put(fields);
        return -ENOMEM;
    }
    for (i = task->n_events; i > 0 && events[i - 1].at > at; i--)
        events[i] = events[i - 1];
    events[i] = (struct task_event){at, copy, fields};
    task->n_events++;
    task->dirty = true;
    return 0;
}

void task_events_drop(struct task *task, double after)
{
    while (task->n_events > 0 && task->events[task->n_events - 1].at > after)
        event_clear(&task->events[--task->n_events]);
    task->dirty = true;
}

/* Reads a member as a number; keeps the old value when there is none. Returns 0 or -EINVAL. */
static int take_number(struct json_object *object, const char *key, double *value)
{
    struct json_object *member;

    if (!json_object_object_get_ex(object, key, &member))
        return 0;
    if (!json_object_is_type(member, json_type_int) &&
        !json_object_is_type(member, json_type_double))
        return -EINVAL;
    *value = json_object_get_double(member);
    return isfinite(*value) && fabs(*value) < 1e9 ? 0 : -EINVAL;
}

static int take_step(struct task *task, struct json_object *step, double start)
{
    struct json_object *fields = json_object_at(step, "fields");
    const char *status = json_string_at(step, "status");
    double after = 0;

    if (!json_object_is_type(step, json_type_object) || take_number(step, "after", &after) < 0)
        return -EINVAL;
    if (!status && !fields)
        return -EINVAL;
    return task_event_add(task, start + after, status, json_clone(fields));
}

static bool known_setting(const char *key)
{
    static const char *const keys[] = {"timeline", "kill_seconds", "kill_status",
                                       "output_after_end", "tasks_ahead"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(keys[i], key) == 0)
            return true;
    }
    return false;
}

int task_settings_take(struct task *task, struct json_object *settings, double start,
                       const char **reason)
{
    struct json_object *timeline = json_array_at(settings, "timeline");
    const char *kill_status = json_string_at(settings, "kill_status");
    struct json_object *value;
    double ahead = (double)task->tasks_ahead;

    if (!json_object_is_type(settings, json_type_object)) {
        *reason = "emulator must be an object";
        return -EINVAL;
    }
    json_object_object_foreach(settings, key, unused)
    {
        (void)unused;
        *reason = "emulator has an unknown key";
        if (!known_setting(key))
            return -EINVAL;
    }
    *reason = "kill_seconds and tasks_ahead must be numbers";
    if (take_number(settings, "kill_seconds", &task->kill_seconds) < 0 ||
        take_number(settings, "tasks_ahead", &ahead) < 0)
        return -EINVAL;
    task->tasks_ahead = (long)ahead;
    if (kill_status)
        snprintf(task->kill_status, sizeof(task->kill_status), "%s", kill_status);
    if (json_object_object_get_ex(settings, "output_after_end", &value))
        task->output_after_end = json_object_get_boolean(value);
    *reason =
        "timeline must be an array of {\"after\": seconds, \"status\": text, \"fields\": object}";
    for (size_t i = 0; timeline && i < json_object_array_length(timeline); i++) {
        if (take_step(task, json_object_array_get_idx(timeline, i), start) < 0)
            return -EINVAL;
    }
    return json_has(settings, "timeline") && !timeline ? -EINVAL : 0;
}

static struct json_object *status_object(const struct task *task, const char *status,
                                         bool terminated)
{
    struct json_object *answer = json_object_new_object();
    struct json_object *position = NULL;

    if (strcmp(status, "submitted") == 0) {
        position = json_object_new_object();
        json_set_int(position, "tasks_ahead", task->tasks_ahead);
    }
    json_set_string(answer, "id", task->id);
    json_set_string(answer, "status", status);
    json_object_object_add(answer, "position_in_queue", position);
    json_set_bool(answer, "is_terminated", terminated);
    return answer;
}

static int status_text(const struct task *task, char **text)
{
    struct json_object *answer = status_object(task, task->status, task->terminated);

    *text = json_text(answer);
    json_object_put(answer);
    return *text ? 0 : -ENOMEM;
}

int tasks_status(struct task_table *table, const char *id, char **text)
{
    struct task *task;
    int rc = -ENOENT;

    pthread_mutex_lock(&table->lock);
    task = table_fresh(table, id, clock_unix());
    if (task)
        rc = status_text(task, text);
    pthread_mutex_unlock(&table->lock);
    return rc;
}

/* Seconds; a killed task is pending-kill in the answer to the kill, and not in the next one. */
#define JUST_AFTER 1e-6

static int kill_task(struct task *task, double now, char **text)
{
    int rc = 0;

    if (task->terminated) {
        *text = strdup(task->status);
        return -ESRCH;
    }
    if (strcmp(task->status, "pending-kill") != 0) {
        task_events_drop(task, now);
        rc = task_event_add(task, now, "pending-kill", NULL);
        if (rc == 0 && task->kill_seconds >= 0)
            rc = task_event_add(
                task, now + (task->kill_seconds > JUST_AFTER ? task->kill_seconds : JUST_AFTER),
                task->kill_status, NULL);
        task_view_update(task, now);
    }
    return rc < 0 ? rc : status_text(task, text);
}

int tasks_kill(struct task_table *table, const char *id, char **text)
{
    double now = clock_unix();
    struct task *task;
    int rc = -ENOENT;

    *text = NULL;
    pthread_mutex_lock(&table->lock);
    task = table_fresh(table, id, now);
    if (task)
        rc = kill_task(task, now, text);
    pthread_mutex_unlock(&table->lock);
    return rc;
}

static int patch_task(struct task *task, struct json_object *patch, double now)
{
    struct json_object *fields = json_clone(patch);
    struct json_object *settings = NULL;
    const char *status = json_string_at(fields, "status");
    char code[64];
    const char *reason;

    if (json_object_object_get_ex(patch, "emulator", &settings)) {
        if (json_has(settings, "timeline"))
            task_events_drop(task, now);
        if (task_settings_take(task, settings, now, &reason) < 0) {
            json_object_put(fields);
            return -EINVAL;
        }
        json_object_object_del(fields, "emulator");
    }
    if (status && strcmp(status, task->status) != 0) {
        snprintf(code, sizeof(code), "%s", status);
        json_object_object_del(fields, "status");
        return task_event_add(task, now, code, fields);
    }
    if (json_object_object_length(fields) == 0) {
        json_object_put(fields);
        return 0;
    }
    return task_event_add(task, now, NULL, fields);
}

int tasks_patch(struct task_table *table, const char *id, struct json_object *patch)
{
    double now = clock_unix();
    struct task *task;
    int rc = -ENOENT;

    pthread_mutex_lock(&table->lock);
    task = table_fresh(table, id, now);
    if (task) {
        rc = patch_task(task, patch, now);
        table_refresh(table, task, now);
    }
    pthread_mutex_unlock(&table->lock);
    return rc;
}
