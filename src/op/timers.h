/* A set of timers, ordered by the time at which each is due. */
#ifndef TASKFS_OP_TIMERS_H
#define TASKFS_OP_TIMERS_H

#include <stdint.h>

#include "base/list.h"

/* Embedded in whatever waits for the time. */
struct timer {
    struct list link;     /* among its siblings */
    struct list children; /* timers that are due no earlier */
    int64_t due;          /* clock_ms() */
    /* For whoever runs the timers that are due; nothing in timers.c calls it. */
    void (*on_due)(struct timer *timer);
};

/* The owner's lock, or being used by one thread only, guards a set and every timer in it. */
struct timers {
    struct list trees;
};

static inline void timers_init(struct timers *timers)
{
    list_init(&timers->trees);
}

/* Must come before anything else is done with the timer. */
static inline void timer_init(struct timer *timer, void (*on_due)(struct timer *timer))
{
    list_init(&timer->link);
    list_init(&timer->children);
    timer->due = 0;
    timer->on_due = on_due;
}

/* Sets the timer to be due at `due`, in clock_ms(). A timer that is set already is moved; it must
 * be in the same set. Cannot fail. */
void timers_set(struct timers *timers, struct timer *timer, int64_t due);
/* Takes the timer out of its set; harmless when it is in none. */
void timer_cancel(struct timer *timer);
/* Returns the timer that is due first, which stays set, or NULL when none is set. */
struct timer *timers_first(struct timers *timers);
/* Takes the timer that is due first out of the set and returns it, if it is due at `now`; else
 * returns NULL. */
struct timer *timers_pop_due(struct timers *timers, int64_t now);
/* Returns when the first timer is due, or CLOCK_NEVER when none is set. */
int64_t timers_next(struct timers *timers);

#endif
