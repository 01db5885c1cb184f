/*
 * poll(2) on a task's status: POLLPRI once the status differs from the text that the open file
 * reads; the program then opens it again. POLLERR is added when the task is gone. A plain read
 * never waits, so POLLIN is always set.
 *
 * A poller costs what a writer of `wait` to ctl costs: one request a second, shared by all that
 * wait for the task, and no thread. The kernel tells neither when a program stops polling nor when
 * it closes the file. So pollers are woken without news: the kernel has those that still wait poll
 * again, unseen by the program, and the others are forgotten. That is done with those whose thread
 * has ended before each request, and with everybody every ten seconds. An outage is no news.
 */
#ifndef TASKFS_FS_POLL_H
#define TASKFS_FS_POLL_H

#include <pthread.h>
#include <stdint.h>

#include "base/list.h"

/* The statuses that are watched. */
struct watches {
    pthread_mutex_t lock; /* guards the list and what it holds; before the executor's only */
    struct list all;
    int64_t roll_at;    /* clock_ms() at which everybody has to poll again */
    int64_t settled_at; /* clock_ms() by which those that wait have done so */
};

void watches_init(struct watches *watches);
/* When no op runs any more, and with it no watch is left. */
void watches_free(struct watches *watches);

#endif
