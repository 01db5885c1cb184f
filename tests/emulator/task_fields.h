/*
 * Realistic values for a task's object: the fields that a machine, a computation and an end set.
 * Members of executer and metrics that are in pinned (the object of task.json, or NULL) are not
 * changed.
 */
#ifndef EMULATOR_TASK_FIELDS_H
#define EMULATOR_TASK_FIELDS_H

#include <json-c/json.h>
#include <stdint.h>

/*
 * Makes a task object with the fields that do not depend on a status; its storage paths follow from
 * the id. number (0 or more) varies generated names. The caller owns the object.
 */
struct json_object *task_fields_blank(const char *task_id, unsigned number);

/* Sets what starts with a machine: executer, and the metrics of queue and inputs. */
void task_fields_machine(struct json_object *task, struct json_object *pinned);

/* Sets the metrics of a computation that has ended, from the times of the task. */
void task_fields_computed(struct json_object *task, struct json_object *pinned);

#define TASK_FEE 0.01 /* US$ for every task; task.json can set another fee */

/* Returns the cost of a machine for some seconds, in US$. */
double task_fields_cost(double seconds);

/* Sets end time, totals and cost of a task that ended at a time (Unix seconds). */
void task_fields_ended(struct json_object *task, struct json_object *pinned, double when);

/* Clears everything of an earlier run, for a task that is back in the queue. */
void task_fields_requeue(struct json_object *task);

/* Sizes in bytes of an archive and its files; files is -1 when the archive cannot be read. */
struct archive_summary {
    int64_t zipped;
    int64_t size;
    int64_t files;
};

/* Sets the output metrics (the input metrics) from an archive. */
void task_fields_output(struct json_object *task, struct json_object *pinned,
                        const struct archive_summary *summary);
void task_fields_input(struct json_object *task, struct json_object *pinned,
                       const struct archive_summary *summary);

#endif
