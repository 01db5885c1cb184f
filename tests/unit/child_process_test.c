#include "base/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "test.h"

#define LONG 60000 /* ms */

static char out[CHILD_RESULT_MAX];

static int give(void *arg, char *to, size_t size)
{
    size_t len = *(size_t *)arg;

    if (len > size)
        return -EFBIG;
    memset(to, 'x', len);
    return (int)len;
}

static int refuse(void *arg, char *to, size_t size)
{
    (void)arg;
    (void)to;
    (void)size;
    return -EACCES;
}

static int die(void *arg, char *to, size_t size)
{
    (void)arg;
    (void)to;
    (void)size;
    _exit(0);
}

static int hang(void *arg, char *to, size_t size)
{
    (void)arg;
    (void)to;
    (void)size;
    while (pause())
        ;
    return 0;
}

/* The count of files that are open there. */
static int count_files(void *arg, char *to, size_t size)
{
    int n = 0;

    (void)arg;
    (void)to;
    (void)size;
    for (int fd = 0; fd < 1000; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n == 1 ? 0 : -EBADF;
}

TEST(child_process_gives_what_was_written)
{
    static const size_t lens[] = {0, 1, 5000, CHILD_RESULT_MAX};
    struct child_process process = {.is_stopped = 0};

    for (unsigned i = 0; i < 4; i++) {
        size_t len = lens[i];

        memset(out, 0, sizeof(out));
        CHECK_EQ(child_process_run(&process, give, &len, out, sizeof(out), LONG), len);
        CHECK(!len || (out[0] == 'x' && out[len - 1] == 'x'));
        CHECK(len == sizeof(out) || !out[len]);
    }
    CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    CHECK_EQ(errno, ECHILD);
}

TEST(child_process_tells_errors)
{
    struct child_process process = {.is_stopped = 0};
    size_t len = 11;

    CHECK_EQ(child_process_run(&process, refuse, NULL, out, sizeof(out), LONG), -EACCES);
    CHECK_EQ(child_process_run(&process, give, &len, out, 10, LONG), -EFBIG);
    CHECK_EQ(child_process_run(&process, die, NULL, out, sizeof(out), LONG), -EIO);
    CHECK_EQ(child_process_run(&process, give, &len, out, CHILD_RESULT_MAX + 1, LONG), -EINVAL);
}

TEST(child_process_holds_nothing_open)
{
    struct child_process process = {.is_stopped = 0};

    CHECK_EQ(child_process_run(&process, count_files, NULL, out, sizeof(out), LONG), 0);
}

TEST(child_process_that_hangs_is_given_up)
{
    struct child_process process = {.is_stopped = 0};
    size_t len = 1;
    int64_t end = clock_ms() + LONG;
    int rc;

    CHECK_EQ(child_process_run(&process, hang, NULL, out, sizeof(out), 10), -ETIMEDOUT);
    /* This one can be killed; until it is dead, no more is begun. */
    do
        rc = child_process_run(&process, give, &len, out, sizeof(out), LONG);
    while (rc == -ETIMEDOUT && clock_ms() < end);
    CHECK_EQ(rc, 1);
    CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1);
}

TEST(child_process_begins_none_beside_one_that_hangs)
{
    struct child_process process = {.is_stopped = 0};
    size_t len = 1;
    pid_t stuck = fork();

    if (!stuck)
        hang(NULL, NULL, 0);
    process.stuck = stuck;
    CHECK_EQ(child_process_run(&process, give, &len, out, sizeof(out), LONG), -ETIMEDOUT);
    kill(stuck, SIGKILL);
    CHECK_EQ(waitpid(stuck, NULL, 0), stuck);
    CHECK_EQ(child_process_run(&process, give, &len, out, sizeof(out), LONG), 1);
}

struct hanging {
    struct child_process process;
    int rc;
};

static void *run_hanging(void *arg)
{
    struct hanging *hanging = arg;

    hanging->rc = child_process_run(&hanging->process, hang, NULL, out, sizeof(out), LONG);
    return NULL;
}

TEST(child_process_stops)
{
    struct hanging hanging = {.rc = 0};
    size_t len = 1;
    pthread_t thread;
    int64_t start = clock_ms();

    CHECK_EQ(pthread_create(&thread, NULL, run_hanging, &hanging), 0);
    child_process_stop(&hanging.process);
    pthread_join(thread, NULL);
    CHECK_EQ(hanging.rc, -ECANCELED);
    CHECK(clock_ms() - start < LONG / 2);
    CHECK_EQ(child_process_run(&hanging.process, give, &len, out, sizeof(out), LONG), -ECANCELED);
    if (hanging.process.stuck)
        waitpid(hanging.process.stuck, NULL, 0);
}
