/*
 * Many ops want one thing, and one request brings it.
 *
 * The first op that joins starts the request, later ones wait for the same one; when it has landed,
 * all of them run their steps again and find the thing, or fail. The lock of the flight's owner
 * guards it and is held during each call here.
 */
#ifndef TASKFS_OP_SINGLE_FLIGHT_H
#define TASKFS_OP_SINGLE_FLIGHT_H

#include "op/op.h"

struct single_flight {
    struct wait_queue waiters;
    int is_up; /* the request was started and has not landed */
};

void single_flight_init(struct single_flight *flight);

/*
 * Calls `start(arg)` unless a request is in flight. `start` returns 0 when single_flight_land will
 * be called for the request it has started, later and not before `start` has returned, or a
 * negative errno when it could not start one. Returns 0 when a request is in flight now, or that
 * errno.
 */
int single_flight_start(struct single_flight *flight, int (*start)(void *arg), void *arg);

/*
 * From within a step of `op`: single_flight_start, then joins the ops that wait for the request.
 * Returns OP_PENDING, the error of `start`, or -ENOMEM; the step must return the same.
 */
int single_flight_join(struct single_flight *flight, struct op *op, int (*start)(void *arg),
                       void *arg);

/*
 * The request has ended. With error 0 all ops that wait run their steps again; else they fail with
 * `error` (see wait_queue_wake for -ETIMEDOUT). The next op that joins starts another request.
 */
void single_flight_land(struct single_flight *flight, int error);

/*
 * The answer to the request arrives, but has not landed yet: wakes the ops that wait, which run
 * their steps and join again. That moves their deadlines (op.patience_ms).
 */
void single_flight_note_arrival(struct single_flight *flight);

/* Returns 1 while a request is in flight, else 0. */
int single_flight_is_up(const struct single_flight *flight);

#endif
