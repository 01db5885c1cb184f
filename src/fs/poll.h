/*
 * poll(2) on a task's status: POLLPRI once the status is another than the text that the open file
 * reads; then the program opens it again. POLLERR beside it when the task is gone. A plain read never
 * waits, so POLLIN is always there.
 *
 * Someone who polls costs what someone who writes `wait` to ctl does: one request a second for all who
 * wait for the task, and no thread. The kernel does not tell when a program no longer polls, so it goes
 * on until the file is closed. An outage wakes nobody.
 */
#ifndef TASKFS_FS_WATCH_H
#define TASKFS_FS_WATCH_H

#include <fuse_lowlevel.h>

#include "fs/fs.h"

/*
 * A handle for an open file that reads `snapshot`, if that is a status; NULL when it is something else,
 * or without memory: such a file can be read, and never says POLLPRI. The caller enters it with
 * handle_open; closing it ends the watching. Holds references to snapshot and task.
 */
struct handle *watch_new(struct fs *fs, struct snapshot *snapshot);
/*
 * The events of the file now (poll(2)'s bits), and from now on: when there is news, `ph` is told, once.
 * Takes `ph` over; NULL nobody waits. Never blocks.
 */
unsigned watch_poll(struct handle *handle, struct fuse_pollhandle *ph);

#endif
