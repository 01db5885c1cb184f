/*
 * What goes between libfuse and the kernel, put right in one place.
 *
 * libfuse 3.14 knows FUSE_CAP_PARALLEL_DIROPS but leaves it out of the answer to INIT (mended in
 * 3.17), and then the kernel lets one lookup at a time into a directory: a task that the service is
 * slow to tell of would stop all others.
 */
#ifndef TASKFS_FS_WIRE_H
#define TASKFS_FS_WIRE_H

struct fuse_session;

/* After mounting, before serving: has the answer to INIT completed. Returns 0 or a negative errno.
 */
int wire_install(struct fuse_session *session);

#endif
