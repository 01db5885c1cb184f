/*
 * Which interrupts of the kernel's end a request.
 *
 * The kernel sends FUSE_INTERRUPT when any signal arrives for a thread that waits for an answer:
 * Ctrl+C, but also Ctrl+Z, the end of a child, a resized window, an attached debugger or a
 * suspended machine. Only a signal that ends the program, or for which the program has a handler,
 * should make a system call fail with EINTR. Which signals are pending, caught and ignored is in
 * /proc/TID/status (proc(5)).
 *
 * After the first interrupt of a request the kernel sends no other, and waits for the answer even
 * when the program is killed (request_wait_answer in Linux's fs/fuse/dev.c). So a request that goes
 * on after an interrupt is examined again every INTERRUPTS_PERIOD_MS, for all such requests by one
 * op.
 *
 * SIGCHLD, SIGCONT, SIGURG and SIGWINCH never end a request, even if the program has a handler:
 * they inform, and a shell that waits in a write to ctl handles the end of its background jobs.
 */
#ifndef TASKFS_KERNEL_INTERRUPTS_H
#define TASKFS_KERNEL_INTERRUPTS_H

#include <pthread.h>
#include <sys/types.h>

#include "base/list.h"

#define INTERRUPTS_PERIOD_MS 200

struct executor;
struct op;

enum interrupt_verdict {
    INTERRUPT_ENDS,       /* the program ends or handles a signal: EINTR */
    INTERRUPT_GOES_ON,    /* neither: the request goes on */
    INTERRUPT_IS_UNKNOWN, /* /proc does not tell */
};

/* What the pending signals of a thread mean: `status` is the text of its /proc/TID/status. */
enum interrupt_verdict interrupt_judge(const char *status);

/* All requests that go on after an interrupt. */
struct interrupts {
    struct executor *executor;
    pthread_mutex_t lock; /* before the executor's */
    struct list requests; /* struct interrupted */
    size_t count;
    int is_examining; /* the op that examines them is running or parked */
};

/* Embedded in a request. */
struct interrupted {
    struct list link;
    struct op *op;
    pid_t thread; /* that waits for the answer, in our pid namespace; 0 it is in another */
};

/* The executor runs the op that examines the requests; it outlives `interrupts`. */
void interrupts_init(struct interrupts *interrupts, struct executor *executor);
void interrupts_free(struct interrupts *interrupts);

/* Before a request can be interrupted. */
void interrupted_init(struct interrupted *request, struct op *op, pid_t thread);
/* The kernel has interrupted the request: cancels its op with -EINTR, at once or as soon as one of
 * the thread's signals calls for it. Reads a file of /proc. Any thread, any lock but the
 * executor's. */
void interrupts_deliver(struct interrupts *interrupts, struct interrupted *request);
/* Before the request is answered, so that its op is not cancelled after its release. Harmless when
 * it was not interrupted. */
void interrupts_withdraw(struct interrupts *interrupts, struct interrupted *request);

#endif
