/*
 * poll(2) on a task's status: POLLPRI once the status differs from the text that the open file
 * reads; the program then opens it again. POLLERR is added when the task is gone. A plain read
 * never waits, so POLLIN is always set.
 *
 * A poller costs what a writer of `wait` to ctl costs: one request a second, shared by all that
 * wait for the task, and no thread. The kernel does not tell when a program stops polling, so
 * polling goes on until the file is closed. An outage wakes nobody.
 */
#ifndef TASKFS_FS_POLL_H
#define TASKFS_FS_POLL_H

#include "fs/fs.h"

/*
 * A handle for an open file that reads `snapshot`, if that is a status; NULL when it is another
 * file, or without memory: such a file can be read and never says POLLPRI. The caller registers it
 * with handle_open; closing it ends the polling. Holds references to the snapshot and its task.
 */
struct handle *watch_new(struct fs *fs, struct snapshot *snapshot);

#endif
