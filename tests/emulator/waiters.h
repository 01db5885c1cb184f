/* Delayed and stalled requests, which can be woken before their time. */
#ifndef EMULATOR_WAITERS_H
#define EMULATOR_WAITERS_H

#include <stdbool.h>

struct waiters;

/* One wait. Its fields belong to waiters.c. */
struct waiter {
    int event;
    int rule;
    bool cancelled;
    struct waiter *next, **back;
};

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

/*
 * The same in steps, for what can arrive just before the wait: waiters_begin, a look whether it is
 * there, waiters_block if not, waiters_end. A waiters_cancel after waiters_begin is never lost.
 *
 * waiters_begin returns false when it cannot wait, and then no other step may follow. waiters_block
 * takes a socket and seconds as waiters_wait does.
 */
bool waiters_begin(struct waiters *waiters, struct waiter *waiter, int rule);
enum wait_result waiters_block(struct waiters *waiters, struct waiter *waiter, int socket,
                               double seconds);
void waiters_end(struct waiters *waiters, struct waiter *waiter);

/* Wakes the requests that wait because of a rule; all of them when rule is 0. The mailboxes have
 * negative numbers here. */
void waiters_cancel(struct waiters *waiters, int rule);

/* Wakes all requests with WAIT_GONE; from now on waiters_wait returns that at once. */
void waiters_stop(struct waiters *waiters);

/* Returns how many requests wait. */
int waiters_count(struct waiters *waiters);

#endif
