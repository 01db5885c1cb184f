/*
 * The lifecycle of a task: status codes, the lifelike fields that each status brings, and the
 * status history. A task's object begins blank and is brought forward event by event.
 *
 * Not thread-safe: the caller holds the lock of the JSON objects it hands over.
 */
#ifndef EMULATOR_LIFECYCLE_H
#define EMULATOR_LIFECYCLE_H

#include <json-c/json.h>
#include <stdbool.h>

/* True for the codes of the lifecycle; others can be served, but not asked for in a filter. */
bool lifecycle_known(const char *status);

/* True for the terminal codes; an unknown code is not terminal. */
bool lifecycle_terminal(const char *status);

/* All known codes, NULL at the end. */
extern const char *const lifecycle_codes[];

/*
 * Brings the object to a status at a time (Unix seconds): status, alias, is_terminated, time
 * fields, executer, metrics, and status_history where the object has one. Members of executer and
 * metrics that pinned (the object of task.json, or NULL) has are left alone.
 */
void lifecycle_apply(struct json_object *task, struct json_object *pinned, const char *status,
                     double when);

/* Seconds from a successful task's creation to the moment a time field names, as made up here. */
double lifecycle_success_offset(const char *time_field);

/*
 * Brings a blank object to its first status by the usual way there. Times come from the time
 * fields of pinned where it has them; else from pinned's create_time; else, for a terminal status,
 * from finished_create (Unix seconds); a living task reached its status at now.
 */
void lifecycle_start(struct json_object *task, struct json_object *pinned, const char *status,
                     double finished_create, double now);

#endif
