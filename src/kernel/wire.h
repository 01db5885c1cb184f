/*
 * The bytes between libfuse and the kernel: corrections that libfuse lacks, the count
 * of requests, and the trace.
 *
 * libfuse 3.14 knows FUSE_CAP_PARALLEL_DIROPS but leaves it out of its answer to INIT (fixed in
 * 3.17). Without it the kernel admits one lookup at a time into a directory: a task that the
 * service is slow to describe would block all others.
 */
#ifndef TASKFS_KERNEL_WIRE_H
#define TASKFS_KERNEL_WIRE_H

#include "kernel/upcalls.h"

struct fuse_session;

/* Must be the first member of the session's userdata; all zero at first. */
struct wire {
    int init_answered;
    int collects_interrupts;
    unsigned discarded_answers;
    struct upcalls upcalls; /* requests that were read */
};

/* After mounting, before serving. Returns 0 or a negative errno. */
int wire_install(struct fuse_session *session);

/* From within libfuse's operation `poll`: the kernel's number of the open file, the same each time
 * that it is polled. libfuse keeps it to itself. */
uint64_t wire_polled_file(void);

/* Before fuse_session_destroy(), when nobody else uses the session: frees the interrupts that
 * arrived after their requests had been answered. libfuse keeps each until the next request
 * arrives, and never frees those after which none arrives; a leak checker would take them for
 * requests that were never answered. Answers from now on are discarded. */
void wire_collect_interrupts(struct wire *wire, struct fuse_session *session);

#endif
