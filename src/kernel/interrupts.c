#include "kernel/interrupts.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "op/op.h"

#define STATUS_MAX 8192 /* bytes of /proc/TID/status; it has about 1,500 */

/* ---- what the signals mean ---- */

/* As in proc(5): bit 0 is signal 1. */
static uint64_t signal_bit(int signal)
{
    return UINT64_C(1) << (signal - 1);
}

/* Reads the line "NAME:\tHEX". */
static int read_mask(const char *status, const char *name, uint64_t *mask)
{
    const char *line = strstr(status, name);

    return line && sscanf(line + strlen(name), "%" SCNx64, mask) == 1;
}

/* Signals whose default action neither ends the program nor runs any of its code. */
static uint64_t harmless_by_default(void)
{
    return signal_bit(SIGCHLD) | signal_bit(SIGCONT) | signal_bit(SIGURG) | signal_bit(SIGWINCH) |
           signal_bit(SIGSTOP) | signal_bit(SIGTSTP) | signal_bit(SIGTTIN) | signal_bit(SIGTTOU);
}

static uint64_t informing(void)
{
    return signal_bit(SIGCHLD) | signal_bit(SIGCONT) | signal_bit(SIGURG) | signal_bit(SIGWINCH);
}

enum interrupt_verdict interrupt_judge(const char *status)
{
    uint64_t own, shared, blocked, ignored, caught, pending;

    if (!read_mask(status, "\nSigPnd:", &own) || !read_mask(status, "\nShdPnd:", &shared) ||
        !read_mask(status, "\nSigBlk:", &blocked) || !read_mask(status, "\nSigIgn:", &ignored) ||
        !read_mask(status, "\nSigCgt:", &caught))
        return INTERRUPT_IS_UNKNOWN;
    pending = (own | shared) & ~blocked & ~ignored & ~informing();
    if (pending & (caught | ~harmless_by_default()))
        return INTERRUPT_ENDS;
    return INTERRUPT_GOES_ON;
}

static enum interrupt_verdict judge_thread(pid_t thread)
{
    char path[64], status[STATUS_MAX];
    int n;

    if (!thread)
        return INTERRUPT_IS_UNKNOWN;
    snprintf(path, sizeof(path), "/proc/%ld/status", (long)thread);
    n = file_read(path, status, sizeof(status) - 1);
    if (n < 0)
        return INTERRUPT_IS_UNKNOWN;
    status[n] = '\0';
    return interrupt_judge(status);
}

/* ---- requests that go on ---- */

struct examiner {
    struct op op;
    struct interrupts *interrupts;
};

/* With the lock held: withdraws the request. */
static void withdraw_locked(struct interrupts *interrupts, struct interrupted *request)
{
    if (list_empty(&request->link))
        return;
    list_del(&request->link);
    interrupts->count--;
}

/* Examines the request at the front and moves it to the end. The lock is held for one request at a
 * time, so that answers do not wait for thousands of them. */
static void examine_first(struct interrupts *interrupts)
{
    struct interrupted *request;

    LOCKED(&interrupts->lock);
    if (list_empty(&interrupts->requests))
        return;
    request = container_of(interrupts->requests.next, struct interrupted, link);
    if (judge_thread(request->thread) == INTERRUPT_GOES_ON) {
        list_del(&request->link);
        list_add(&interrupts->requests, &request->link);
        return;
    }
    withdraw_locked(interrupts, request);
    op_cancel(request->op, -EINTR);
}

static size_t count_requests(struct interrupts *interrupts)
{
    LOCKED(&interrupts->lock);
    return interrupts->count;
}

/* Returns 1 when there is nothing left to examine: then the next interrupt starts another op. */
static int stop_if_idle(struct interrupts *interrupts)
{
    LOCKED(&interrupts->lock);
    if (interrupts->count)
        return 0;
    interrupts->is_examining = 0;
    return 1;
}

static int examiner_step(struct op *op)
{
    struct interrupts *interrupts = container_of(op, struct examiner, op)->interrupts;

    for (size_t left = count_requests(interrupts); left; left--)
        examine_first(interrupts);
    return stop_if_idle(interrupts) ? 0 : op_sleep(op, clock_ms() + INTERRUPTS_PERIOD_MS);
}

/* The executor is being stopped, and fails the requests itself. */
static void examiner_fail(struct op *op, int error)
{
    (void)op;
    (void)error;
}

static void examiner_release(struct op *op)
{
    free(container_of(op, struct examiner, op));
}

static const struct op_type examiner_type = {
    .step = examiner_step, .fail = examiner_fail, .release = examiner_release};

/* With the lock held. */
static int start_examining(struct interrupts *interrupts)
{
    struct examiner *examiner;

    if (interrupts->is_examining)
        return 0;
    examiner = calloc(1, sizeof(*examiner));
    if (!examiner)
        return -ENOMEM;
    examiner->interrupts = interrupts;
    examiner->op.type = &examiner_type;
    examiner->op.deadline = CLOCK_NEVER;
    interrupts->is_examining = 1;
    op_start_later(interrupts->executor, &examiner->op);
    return 0;
}

void interrupts_init(struct interrupts *interrupts, struct executor *executor)
{
    memset(interrupts, 0, sizeof(*interrupts));
    interrupts->executor = executor;
    pthread_mutex_init(&interrupts->lock, NULL);
    list_init(&interrupts->requests);
}

void interrupts_free(struct interrupts *interrupts)
{
    pthread_mutex_destroy(&interrupts->lock);
}

void interrupted_init(struct interrupted *request, struct op *op, pid_t thread)
{
    list_init(&request->link);
    request->op = op;
    request->thread = thread;
}

void interrupts_deliver(struct interrupts *interrupts, struct interrupted *request)
{
    LOCKED(&interrupts->lock);
    if (!list_empty(&request->link))
        return;
    if (judge_thread(request->thread) == INTERRUPT_GOES_ON && !start_examining(interrupts)) {
        list_add(&interrupts->requests, &request->link);
        interrupts->count++;
    } else {
        op_cancel(request->op, -EINTR);
    }
}

void interrupts_withdraw(struct interrupts *interrupts, struct interrupted *request)
{
    LOCKED(&interrupts->lock);
    withdraw_locked(interrupts, request);
}
