#include "machine/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/live_frame.h"

#define MEMORY_MAX ((rlim_t)1 << 30) /* bytes of address space; it uses less than a tenth */
#define FAILED     127               /* its exit status when it cannot be run */

/* Sanitizers map more than any limit. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIMITS_MEMORY 0
#else
#define LIMITS_MEMORY 1
#endif

static int is_runnable(const char *path)
{
    struct stat st;

    return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

int program_find(char *path, size_t size)
{
    static const char *const places[] = {"/" PROGRAM_NAME, "/../libexec/taskfs/" PROGRAM_NAME,
                                         "/../lib/taskfs/" PROGRAM_NAME};
    char own[4096];
    ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
    char *slash;

    if (len < 0)
        return -ENOPKG;
    own[len] = '\0';
    slash = strrchr(own, '/');
    if (!slash)
        return -ENOPKG;
    *slash = '\0';
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        int n = snprintf(path, size, "%s%s", own, places[i]);

        if (n > 0 && (size_t)n < size && is_runnable(path))
            return 0;
    }
    return -ENOPKG;
}

/* ---- in the child: async-signal-safe functions alone ---- */

/* The program bounds itself further; this is for its libraries, which are loaded before that. */
static void bound_memory(void)
{
    struct rlimit limit;

    if (!LIMITS_MEMORY || getrlimit(RLIMIT_AS, &limit))
        return;
    if (limit.rlim_max > MEMORY_MAX)
        limit.rlim_max = MEMORY_MAX;
    if (limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_AS, &limit);
}

/* Leaves the socket, /dev/null and standard error open. */
static int arrange_descriptors(int fd)
{
    int null;

    if (fd == LIVE_FD ? fcntl(fd, F_SETFD, 0) : dup2(fd, LIVE_FD) < 0)
        return -1;
    null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        return -1;
    close_range(LIVE_FD + 1, ~0U, 0);
    return 0;
}

static void __attribute__((noreturn)) run_child(const char *path, int fd, pid_t parent)
{
    char *const arguments[] = {(char *)PROGRAM_NAME, NULL};
    char *const environment[] = {(char *)"PATH=/usr/bin:/bin", NULL};
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;

    sigemptyset(&none);
    sigaction(SIGPIPE, &usual, NULL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (arrange_descriptors(fd) || chdir("/"))
        _exit(FAILED);
    setsid();
    umask(077);
    bound_memory();
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(FAILED);
    execve(path, arguments, environment);
    _exit(FAILED);
}

/* ---- in the parent ---- */

int program_start(const char *path, struct program_process *process)
{
    pid_t parent = getpid(), child;
    int fds[2], rc = 0;

    *process = (struct program_process){.fd = -1};
    if (!is_runnable(path))
        return -ENOPKG;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
        return -errno;
    child = fork();
    if (!child)
        run_child(path, fds[1], parent);
    if (child < 0 || fcntl(fds[0], F_SETFL, O_NONBLOCK))
        rc = -errno;
    close(fds[1]);
    if (child > 0)
        process->pid = child;
    process->fd = fds[0];
    if (rc)
        program_end(process);
    return rc;
}

void program_end(struct program_process *process)
{
    if (process->fd >= 0)
        close(process->fd);
    if (process->pid > 0) {
        kill(process->pid, SIGKILL);
        while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    *process = (struct program_process){.fd = -1};
}
