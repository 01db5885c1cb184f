/*
 * When a read ahead of the kernel's fails, and a program waits for a page of it, the kernel reads
 * that page once more before it gives the program an error (filemap_read and filemap_fault in
 * Linux). After a time-out, the second read would wait for as long as the first: it gets the same
 * error at once.
 */
#ifndef TASKFS_KERNEL_REPEATED_READ_H
#define TASKFS_KERNEL_REPEATED_READ_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#define REPEATED_READS   16
#define REPEATED_READ_MS 20 /* after the first answer; the kernel takes microseconds */

struct repeated_read {
    uint64_t node;
    pid_t caller;
    uint64_t offset, size;
    int error; /* 0: no repetition is expected */
    int64_t at;
};

struct repeated_reads {
    pthread_mutex_t lock; /* a leaf */
    struct repeated_read entries[REPEATED_READS];
    unsigned next;
};

void repeated_reads_init(struct repeated_reads *reads);
void repeated_reads_free(struct repeated_reads *reads);
/* A read of [offset, offset + size) by the thread `caller` is about to be answered with `error`, an
 * errno, at `now` (clock_ms). Any thread. */
void repeated_reads_expect(struct repeated_reads *reads, uint64_t node, uint64_t offset,
                           uint64_t size, pid_t caller, int error, int64_t now);
/* Returns the error to answer a read at `offset` with, because it repeats a part of another; 0 when
 * it does not. Any thread. */
int repeated_reads_take(struct repeated_reads *reads, uint64_t node, uint64_t offset, pid_t caller,
                        int64_t now);

#endif
