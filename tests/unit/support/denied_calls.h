/*
 * A thread in which system calls fail, as they do on older kernels and on other file systems: by a
 * filter of seccomp(2), which no other thread has.
 */
#ifndef TASKFS_DENIED_CALLS_H
#define TASKFS_DENIED_CALLS_H

/* A system call, SYS_*, and how it fails. */
struct denied_call {
    int number;
    int error; /* a positive errno */
};

/* Runs `run` in such a thread, and waits for its end. Returns 0, or a negative errno when this
 * machine knows no such filters; then nothing was run. */
int with_denied_calls(const struct denied_call *calls, unsigned count, void (*run)(void *arg),
                      void *arg);

#endif
