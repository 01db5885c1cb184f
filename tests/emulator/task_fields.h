/*
 * The lifelike values in a task's object: what a machine, a computation and an end fill in.
 * Members of executer and metrics that pinned (task.json's object, or NULL) has are left alone.
 */
#ifndef EMULATOR_TASK_FIELDS_H
#define EMULATOR_TASK_FIELDS_H

#include <json-c/json.h>
#include <stdint.h>

/*
 * A new task object in no status, with the fields that do not depend on one; its storage paths are
 * those of the id. number (0 or more) varies names. The caller owns it.
 */
struct json_object *task_fields_blank(const char *task_id, unsigned number);

/* A machine has picked the task up: executer, queue and input metrics. */
void task_fields_machine(struct json_object *task, struct json_object *pinned);

/* The computation has ended: its metrics, from the task's own times. */
void task_fields_computed(struct json_object *task, struct json_object *pinned);

#define TASK_FEE 0.01 /* US$ that every task is charged, unless task.json says otherwise */

/* What a machine costs for so many seconds, in US$. */
double task_fields_cost(double seconds);

/* The task has ended at a time: totals, cost. */
void task_fields_ended(struct json_object *task, struct json_object *pinned, double when);

/* The task is back in the queue: everything of an earlier run goes. */
void task_fields_requeue(struct json_object *task);

/* What an archive holds, for the metrics; files is -1 where it is not known. */
struct archive_summary {
    int64_t zipped;
    int64_t size;
    int64_t files;
};

/* Fills the output metrics (or input metrics) from an archive. */
void task_fields_output(struct json_object *task, struct json_object *pinned,
                        const struct archive_summary *summary);
void task_fields_input(struct json_object *task, struct json_object *pinned,
                       const struct archive_summary *summary);

#endif
