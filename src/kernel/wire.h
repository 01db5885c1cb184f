/*
 * What goes between libfuse and the kernel, put right in one place.
 *
 * libfuse 3.14 knows FUSE_CAP_PARALLEL_DIROPS but leaves it out of the answer to INIT (mended in
 * 3.17), and then the kernel lets one lookup at a time into a directory: a task that the service is
 * slow to tell of would stop all others.
 */
#ifndef TASKFS_KERNEL_WIRE_H
#define TASKFS_KERNEL_WIRE_H

struct fs;
struct fuse_session;

/* After mounting, before serving: has the answer to INIT completed. Returns 0 or a negative errno.
 */
int wire_install(struct fuse_session *session);

/* Before fuse_session_destroy(), when nobody else uses the session: frees the interrupts that came
 * after their requests had been answered. libfuse keeps each until the next request comes, and
 * forgets to free those for which none comes; a leak checker would take them for requests that were
 * never answered. What is answered from now on goes nowhere. */
void wire_collect_interrupts(struct fs *fs, struct fuse_session *session);

#endif
