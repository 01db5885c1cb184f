#include "cli/background.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

int background_fill_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) /* takes the lowest: fd */
            return -errno;
    return 0;
}

void background_init(struct background *background)
{
    background->pipe = -1;
}

/* Returns 0 when the child has called background_ready, else the exit status it ended with. */
static int wait_for_child(int fd, pid_t child)
{
    char byte;
    ssize_t n;
    int status;

    do
        n = read(fd, &byte, 1);
    while (n < 0 && errno == EINTR);
    close(fd);
    if (n == 1)
        return 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 1;
    return WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : 1;
}

/*
 * In the child: closes all descriptors but the standard streams and `fd`, which gets another
 * number. Whoever has started the program may wait for the end of a pipe, or for a lock, that it
 * would hold open until the unmount. Returns the new number.
 */
static int close_inherited(int fd)
{
    int kept = STDERR_FILENO + 1;

    if (fd != kept)
        kept = dup3(fd, kept, O_CLOEXEC);
    if (kept >= 0)
        close_range((unsigned)kept + 1, ~0U, 0);
    return kept >= 0 ? kept : fd;
}

int background_start(struct background *background)
{
    int fds[2];
    pid_t child;

    if (pipe2(fds, O_CLOEXEC)) {
        log_error("cannot make a pipe: %s", strerror(errno));
        return 1;
    }
    child = fork();
    if (child < 0) {
        log_error("cannot start a process: %s", strerror(errno));
        return 1;
    }
    if (child) {
        close(fds[1]);
        return wait_for_child(fds[0], child);
    }
    background->pipe = close_inherited(fds[1]);
    return BACKGROUND_CHILD;
}

void background_ready(struct background *background)
{
    int null;

    if (background->pipe < 0)
        return;
    /* Not before the mount: at an automount point the kernel makes every process wait for the
     * mount, except those of the process group that mounts. */
    setsid();
    log_to_syslog();
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        if (null > STDERR_FILENO)
            close(null);
    }
    if (chdir("/"))
        log_warn("cannot change to '/': %s", strerror(errno));
    if (write(background->pipe, "+", 1) != 1)
        log_warn("the parent did not wait: %s", strerror(errno));
    close(background->pipe);
    background->pipe = -1;
}
