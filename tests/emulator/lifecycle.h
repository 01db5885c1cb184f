/*
 * The lifecycle of a task: status codes, the fields that each status sets, and the status history.
 * A task's object starts blank and is updated event by event.
 *
 * Not thread-safe: the caller holds the lock that guards the JSON objects.
 */
#ifndef EMULATOR_LIFECYCLE_H
#define EMULATOR_LIFECYCLE_H

#include <json-c/json.h>
#include <stdbool.h>

/* Returns true for a code of the lifecycle. Tasks can have other codes, but filters cannot. */
bool lifecycle_known(const char *status);

/* Returns true for a terminal code. An unknown code is not terminal. */
bool lifecycle_terminal(const char *status);

/* All codes of the lifecycle; the last element is NULL. */
extern const char *const lifecycle_codes[];

/*
 * Moves the object to a status at a time (Unix seconds): sets status, alias, is_terminated, time
 * fields, executer and metrics, and appends to status_history when the object has one. Members of
 * executer and metrics that are in pinned (the object of task.json, or NULL) are not changed.
 */
void lifecycle_apply(struct json_object *task, struct json_object *pinned, const char *status,
                     double when);

/* Returns how many seconds after its creation a default successful task reaches a time field. */
double lifecycle_success_offset(const char *time_field);

/*
 * Moves a blank object through the usual statuses to its first one. A time comes from the time
 * field of pinned if it has that field, else it is counted from the time fields that pinned has.
 * Without any, a terminal task was created at finished_create, and any other task reaches its
 * status at now (both Unix seconds).
 */
void lifecycle_start(struct json_object *task, struct json_object *pinned, const char *status,
                     double finished_create, double now);

#endif
