/*
 * An op that does as the test tells it, and tells what became of it: how often it was run, parked
 * and released, and with what it was failed.
 */
#ifndef TASKFS_OP_PROBE_H
#define TASKFS_OP_PROBE_H

#include <pthread.h>

#include "op/op.h"

#define PATIENCE_MS 20000 /* nothing here takes so long */

struct probe {
    struct op op;
    int (*act)(struct probe *probe); /* its step, counted already */
    _Atomic int steps;
    _Atomic int parkings;
    _Atomic int failed_with; /* a negative errno; 0: it was not failed */
    _Atomic int releases;
    _Atomic int open;     /* the gate that act looks at */
    pthread_mutex_t lock; /* guards the queue, and the gate of probe_act_wait */
    struct wait_queue queue;
};

/* Zeroed, without a deadline. */
void probe_init(struct probe *probe, int (*act)(struct probe *));
/* The fail of its op type: remembers the error. */
void probe_fail(struct op *op, int error);

/* An act: over at once. */
int probe_act_done(struct probe *probe);
/* An act: waits in the queue, with the key 7, until the gate is open. */
int probe_act_wait(struct probe *probe);

/* Opens the gate and wakes all who wait for it. Takes the lock. */
void probe_open_gate(struct probe *probe);
/* Wakes all who wait, with a negative errno or 0. Takes the lock. */
void probe_wake(struct probe *probe, int error);

/* Spins until the counter has come so far; 0 when it has not within PATIENCE_MS. */
int probe_reaches(_Atomic int *counter, int value);

#endif
