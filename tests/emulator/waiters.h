/* Delayed and stalled requests, which can be woken before their time. */
#ifndef EMULATOR_WAITERS_H
#define EMULATOR_WAITERS_H

#include <stdbool.h>

struct waiters;

enum wait_result {
    WAIT_TIME,      /* the time has passed */
    WAIT_CANCELLED, /* the rule was removed: continue */
    WAIT_GONE,      /* the client has closed the connection, or the server stops */
};

struct waiters *waiters_new(void);
void waiters_free(struct waiters *waiters);

/*
 * Blocks for some seconds (negative: without end), until the rule is cancelled, or until the client
 * closes the socket. Safe from any thread.
 */
enum wait_result waiters_wait(struct waiters *waiters, int socket, double seconds, int rule);

/* Wakes the requests that wait because of a rule; all of them when rule is 0. */
void waiters_cancel(struct waiters *waiters, int rule);

/* Wakes all requests with WAIT_GONE; from now on waiters_wait returns that at once. */
void waiters_stop(struct waiters *waiters);

/* Returns how many requests wait. */
int waiters_count(struct waiters *waiters);

#endif
