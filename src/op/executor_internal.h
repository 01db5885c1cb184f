/* The side of an executor that op.c uses. */
#ifndef TASKFS_OP_EXECUTOR_INTERNAL_H
#define TASKFS_OP_EXECUTOR_INTERNAL_H

#include <pthread.h>

#include "op/executor.h"

#define EXECUTOR_THREADS_MAX 64

struct executor {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* work is ready or finished, a timer is due earlier, or it stops */
    struct list ready;      /* work to run, within the limit of busy threads */
    struct list parked;     /* work that waits to be woken */
    struct list finished;   /* ops to be released, which takes no time: the limit does not apply */
    struct timers timers;   /* of parked work */
    unsigned running;       /* work in the hands of any thread, the executor's or another */
    pthread_cond_t drained; /* nothing is running, ready, parked or finished */
    int cancel_error;       /* != 0: nothing may be parked any more */
    int stopping;
    unsigned idle;             /* threads without work */
    unsigned busy;             /* threads that run work and do not block */
    unsigned limit;            /* of busy threads */
    unsigned most;             /* threads in all */
    int64_t spare_ms;          /* threads beyond the limit end after this time without work */
    unsigned unblocked;        /* threads in executor_block_end, which wait to be busy again */
    pthread_cond_t fewer_busy; /* signalled for those */
    unsigned thread_count;
    pthread_t threads[EXECUTOR_THREADS_MAX];
};

/* All with executor->lock held. */

/* The calling thread, of the executor or not, has work in hand: executor_drain waits for it. */
void executor_work_begin(struct executor *executor);
/* The calling thread has parked, finished or released that work. */
void executor_work_end(struct executor *executor);
/* The work, which is in no list, is run by a thread of the executor. */
void executor_add_ready(struct executor *executor, struct work *work);
/* The work, which is in no list, waits for executor_unpark; work->timer.on_due is called at `due`
 * (clock_ms(), CLOCK_NEVER for never), with the lock held. */
void executor_park(struct executor *executor, struct work *work, int64_t due);
/* Takes parked work out of the list, and cancels its timer. */
void executor_unpark(struct work *work);
/* The work, which is in no list, is the release of an op; it is run soon. */
void executor_add_finished(struct executor *executor, struct work *work);

#endif
