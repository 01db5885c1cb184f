/* Requests that are made to wait: delays and stalls, ended early when the reason goes away. */
#ifndef EMULATOR_WAITERS_H
#define EMULATOR_WAITERS_H

#include <stdbool.h>

struct waiters;

enum wait_result {
    WAIT_TIME,      /* the time is over */
    WAIT_CANCELLED, /* the rule was cleared: go on */
    WAIT_GONE,      /* the client has closed the connection, or the server ends */
};

struct waiters *waiters_new(void);
void waiters_free(struct waiters *waiters);

/*
 * Blocks the calling thread for some seconds (negative: no limit) on behalf of a connection's
 * socket and a fault rule. Safe from any thread.
 */
enum wait_result waiters_wait(struct waiters *waiters, int socket, double seconds, int rule);

/* Wakes those that wait for a rule; 0: for any. */
void waiters_cancel(struct waiters *waiters, int rule);

/* Wakes all and lets nobody wait any more; each wait ends with WAIT_GONE. */
void waiters_stop(struct waiters *waiters);

/* How many wait now. */
int waiters_count(struct waiters *waiters);

#endif
