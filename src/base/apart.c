#include "base/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define SLICE_MS 100 /* between looks whether it is over */

/* In the child: whatever it holds open could keep others waiting, should it hang. */
static void __attribute__((noreturn))
be_child(int (*work)(void *arg, char *out, size_t size), void *arg, size_t size, int fd)
{
    char bytes[sizeof(int) + APART_MAX];
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

/* Collects what the child writes until it has ended. Returns the count, -ETIMEDOUT or -ECANCELED. */
static ssize_t collect(struct apart *apart, int fd, char *bytes, size_t size, int64_t end)
{
    size_t used = 0;

    for (;;) {
        struct pollfd pipe_end = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (atomic_load(&apart->is_over))
            return -ECANCELED;
        if (clock_ms() >= end)
            return -ETIMEDOUT;
        if (poll(&pipe_end, 1, SLICE_MS) <= 0)
            continue;
        n = read(fd, bytes + used, size - used);
        if (n < 0)
            return -errno;
        if (!n)
            return (ssize_t)used;
        used += (size_t)n;
    }
}

/* One that has closed its pipe has nothing left to hang in. One that can't even be killed is left, and
 * looked after by the next call. */
static void end_child(struct apart *apart, pid_t child, int has_closed)
{
    kill(child, SIGKILL);
    apart->left = waitpid(child, NULL, has_closed ? 0 : WNOHANG) ? 0 : child;
}

static int understand(const char *bytes, size_t n, char *out, size_t size)
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

/* Whether a child may be begun. */
static int look_around(struct apart *apart)
{
    if (atomic_load(&apart->is_over))
        return -ECANCELED;
    if (apart->left && !waitpid(apart->left, NULL, WNOHANG))
        return -ETIMEDOUT;
    apart->left = 0;
    return 0;
}

int apart_run(struct apart *apart, int (*work)(void *arg, char *out, size_t size), void *arg,
              char *out, size_t size, int64_t timeout_ms)
{
    char bytes[sizeof(int) + APART_MAX + 1]; /* one more, to see the end */
    int fds[2], rc = look_around(apart);
    pid_t child;
    ssize_t n;

    if (rc)
        return rc;
    if (size > APART_MAX)
        return -EINVAL;
    if (pipe2(fds, O_CLOEXEC))
        return -errno;
    child = fork();
    if (!child)
        be_child(work, arg, size, fds[1]);
    rc = child < 0 ? -errno : 0;
    close(fds[1]);
    if (!rc) {
        n = collect(apart, fds[0], bytes, sizeof(bytes), clock_ms() + timeout_ms);
        end_child(apart, child, n >= 0);
        rc = n < 0 ? (int)n : understand(bytes, (size_t)n, out, size);
    }
    close(fds[0]);
    explicit_bzero(bytes, sizeof(bytes));
    return rc;
}

void apart_stop(struct apart *apart)
{
    atomic_store(&apart->is_over, 1);
}
