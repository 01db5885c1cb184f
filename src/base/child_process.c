#include "base/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define POLL_MS 100 /* child_process_stop takes effect within this time */

/* In the child. It closes all descriptors: should it hang, whatever it held open would stay so. */
static void __attribute__((noreturn))
run_child(int (*work)(void *arg, char *out, size_t size), void *arg, size_t size, int fd)
{
    char bytes[sizeof(int) + CHILD_RESULT_MAX];
    int result;
    size_t len = sizeof(result);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(fd, STDIN_FILENO) < 0)
        _exit(1);
    close_range(STDIN_FILENO + 1, ~0U, 0);
    result = work(arg, bytes + len, size);
    memcpy(bytes, &result, sizeof(result));
    if (result > 0)
        len += (size_t)result;
    _exit(write(STDIN_FILENO, bytes, len) == (ssize_t)len ? 0 : 1);
}

/* Reads what the child writes until it closes its pipe. Returns the number of bytes, -ETIMEDOUT,
 * -ECANCELED or the errno of read(2). */
static ssize_t read_result(struct child_process *process, int fd, char *bytes, size_t size,
                           int64_t end)
{
    size_t used = 0;

    for (;;) {
        struct pollfd pipe_end = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (atomic_load(&process->is_stopped))
            return -ECANCELED;
        if (clock_ms() >= end)
            return -ETIMEDOUT;
        if (poll(&pipe_end, 1, POLL_MS) <= 0)
            continue;
        n = read(fd, bytes + used, size - used);
        if (n < 0)
            return -errno;
        if (!n)
            return (ssize_t)used;
        used += (size_t)n;
    }
}

/* Kills the child. A child that has closed its pipe has nothing left to hang in and is waited for;
 * one that cannot even be killed is left for the next call to collect. */
static void end_child(struct child_process *process, pid_t child, int has_closed)
{
    kill(child, SIGKILL);
    process->stuck = waitpid(child, NULL, has_closed ? 0 : WNOHANG) ? 0 : child;
}

static int unpack_result(const char *bytes, size_t n, char *out, size_t size)
{
    int result;

    if (n < sizeof(result))
        return -EIO;
    memcpy(&result, bytes, sizeof(result));
    n -= sizeof(result);
    if (result < 0)
        return result;
    if ((size_t)result != n || n > size)
        return -EIO;
    memcpy(out, bytes + sizeof(result), n);
    return result;
}

/* Returns 0 when a child may be started, else why not. */
static int check_ready(struct child_process *process)
{
    if (atomic_load(&process->is_stopped))
        return -ECANCELED;
    if (process->stuck && !waitpid(process->stuck, NULL, WNOHANG))
        return -ETIMEDOUT;
    process->stuck = 0;
    return 0;
}

int child_process_run(struct child_process *process, int (*work)(void *arg, char *out, size_t size),
                      void *arg, char *out, size_t size, int64_t timeout_ms)
{
    char bytes[sizeof(int) + CHILD_RESULT_MAX + 1]; /* one more, to see the end */
    int fds[2], rc = check_ready(process);
    pid_t child;
    ssize_t n;

    if (rc)
        return rc;
    if (size > CHILD_RESULT_MAX)
        return -EINVAL;
    if (pipe2(fds, O_CLOEXEC))
        return -errno;
    child = fork();
    if (!child)
        run_child(work, arg, size, fds[1]);
    rc = child < 0 ? -errno : 0;
    close(fds[1]);
    if (!rc) {
        n = read_result(process, fds[0], bytes, sizeof(bytes), clock_ms() + timeout_ms);
        end_child(process, child, n >= 0);
        rc = n < 0 ? (int)n : unpack_result(bytes, (size_t)n, out, size);
    }
    close(fds[0]);
    explicit_bzero(bytes, sizeof(bytes));
    return rc;
}

void child_process_stop(struct child_process *process)
{
    atomic_store(&process->is_stopped, 1);
}
