#include "live/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/live_frame.h"
#include "live/sandbox.h"

#define MEMORY_MAX      ((rlim_t)256 * 1024 * 1024) /* bytes that can be written to */
#define DESCRIPTORS_MAX 8192
#define NOBODY          65534

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_INSTRUMENTED 1 /* sanitizers map far more than they use, and write reports */
#else
#define IS_INSTRUMENTED 0
#endif

static void bound(int resource, rlim_t most)
{
    struct rlimit limit;

    if (getrlimit((__rlimit_resource_t)resource, &limit))
        return;
    if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > most)
        limit.rlim_max = most;
    limit.rlim_cur = limit.rlim_max;
    setrlimit((__rlimit_resource_t)resource, &limit);
}

/* In a user namespace there may be no such user: there root is nobody else than its maker. */
static int leave_root(void)
{
    if (geteuid() != 0)
        return 0;
    if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
        setresuid(NOBODY, NOBODY, NOBODY))
        return errno == EINVAL || errno == EPERM ? 0 : -errno;
    return 0;
}

/* Without these three, a socket could take the place of one, and get what is written to it. */
static void open_standard_streams(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int limits_set(void)
{
    int rc;

    open_standard_streams();
    close_range(LIVE_FD + 1, ~0U, 0);
    rc = leave_root();
    if (rc)
        return rc;
    if (!IS_INSTRUMENTED)
        bound(RLIMIT_DATA, MEMORY_MAX);
    bound(RLIMIT_NOFILE, DESCRIPTORS_MAX);
    bound(RLIMIT_CORE, 0);
    prctl(PR_SET_DUMPABLE, 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return -errno;
    return IS_INSTRUMENTED ? 0 : sandbox_enter();
}
