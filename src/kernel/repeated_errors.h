/*
 * Errors that the kernel asks for twice. It follows two kinds of calls that fail with a second one
 * of the same thread, at once:
 *
 * - When it revalidates a name and gets an error other than ENOMEM and EINTR, it takes the name for
 *   gone and looks it up again (fuse_dentry_revalidate in Linux).
 * - When a read ahead fails, and a program waits for a page of it, it reads that page once more
 *   before it gives the program an error (filemap_read and filemap_fault in Linux).
 *
 * The second call would wait for the service as long as the first, and repeat its requests. It is
 * answered with the first one's error instead.
 */
#ifndef TASKFS_KERNEL_REPEATED_ERRORS_H
#define TASKFS_KERNEL_REPEATED_ERRORS_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#define REPEATED_ERRORS 16
/* After the first answer. The kernel needs microseconds, but its thread can wait for a processor:
 * on a busy machine, 20 ms were too short. Where no second call comes, a program that itself tries
 * again within this time gets the error once more. */
#define REPEATED_ERROR_MS 500

/* What is asked for: a name in a directory, or bytes of a file. */
struct repeated_call {
    uint64_t node;
    pid_t caller;          /* the thread */
    const char *name;      /* of a lookup, at most NAME_MAX bytes; borrowed. NULL: it is a read */
    uint64_t offset, size; /* of a read, in bytes */
};

/* The latest errors for which a second call may come. Its calls are all lookups, or all reads: so
 * those of one kind do not displace those of the other. */
struct repeated_errors {
    pthread_mutex_t lock; /* a leaf */
    struct repeated_error {
        struct repeated_call call; /* its name is `name` below */
        char name[256];
        int error; /* 0: no repetition is expected */
        int64_t at;
    } entries[REPEATED_ERRORS];
    unsigned next;
};

void repeated_errors_init(struct repeated_errors *errors);
void repeated_errors_free(struct repeated_errors *errors);
/* The call is about to be answered with `error`, an errno (positive), at `now` (clock_ms). What is
 * known of it is copied. Any thread; does not block. */
void repeated_errors_expect(struct repeated_errors *errors, const struct repeated_call *call,
                            int error, int64_t now);
/* Returns the errno (positive) to answer this call with because it repeats another: the same
 * lookup, or a read that begins among the bytes of the other one, at most REPEATED_ERROR_MS later.
 * Returns 0 when it does not. Each error is returned once. Any thread; does not block. */
int repeated_errors_take(struct repeated_errors *errors, const struct repeated_call *call,
                         int64_t now);

#endif
