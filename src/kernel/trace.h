/* The messages between the kernel and us, as debug messages of the component `fuse`. */
#ifndef TASKFS_KERNEL_TRACE_H
#define TASKFS_KERNEL_TRACE_H

#include <stddef.h>
#include <sys/uio.h>

/* A request of `len` bytes as it was read from /dev/fuse, and an answer or a notification as it is
 * to be written (linux/fuse.h). Cheap while the component is off. Any thread. */
void trace_request(const void *bytes, size_t len);
void trace_answer(const struct iovec *parts, int count);

#endif
