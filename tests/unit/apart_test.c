#include "base/apart.h"

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

static char out[APART_MAX];

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

TEST(apart_gives_what_was_written)
{
    static const size_t lens[] = {0, 1, 5000, APART_MAX};
    struct apart apart = {.is_over = 0};

    for (unsigned i = 0; i < 4; i++) {
        size_t len = lens[i];

        memset(out, 0, sizeof(out));
        CHECK_EQ(apart_run(&apart, give, &len, out, sizeof(out), LONG), len);
        CHECK(!len || (out[0] == 'x' && out[len - 1] == 'x'));
        CHECK(len == sizeof(out) || !out[len]);
    }
    CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    CHECK_EQ(errno, ECHILD);
}

TEST(apart_tells_errors)
{
    struct apart apart = {.is_over = 0};
    size_t len = 11;

    CHECK_EQ(apart_run(&apart, refuse, NULL, out, sizeof(out), LONG), -EACCES);
    CHECK_EQ(apart_run(&apart, give, &len, out, 10, LONG), -EFBIG);
    CHECK_EQ(apart_run(&apart, die, NULL, out, sizeof(out), LONG), -EIO);
    CHECK_EQ(apart_run(&apart, give, &len, out, APART_MAX + 1, LONG), -EINVAL);
}

TEST(apart_holds_nothing_open)
{
    struct apart apart = {.is_over = 0};

    CHECK_EQ(apart_run(&apart, count_files, NULL, out, sizeof(out), LONG), 0);
}

TEST(apart_that_hangs_is_given_up)
{
    struct apart apart = {.is_over = 0};
    size_t len = 1;
    int64_t end = clock_ms() + LONG;
    int rc;

    CHECK_EQ(apart_run(&apart, hang, NULL, out, sizeof(out), 10), -ETIMEDOUT);
    /* This one can be killed; until it is dead, no more is begun. */
    do
        rc = apart_run(&apart, give, &len, out, sizeof(out), LONG);
    while (rc == -ETIMEDOUT && clock_ms() < end);
    CHECK_EQ(rc, 1);
    CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1);
}

TEST(apart_begins_none_beside_one_that_hangs)
{
    struct apart apart = {.is_over = 0};
    size_t len = 1;
    pid_t stuck = fork();

    if (!stuck)
        hang(NULL, NULL, 0);
    apart.left = stuck;
    CHECK_EQ(apart_run(&apart, give, &len, out, sizeof(out), LONG), -ETIMEDOUT);
    kill(stuck, SIGKILL);
    CHECK_EQ(waitpid(stuck, NULL, 0), stuck);
    CHECK_EQ(apart_run(&apart, give, &len, out, sizeof(out), LONG), 1);
}

struct hanging {
    struct apart apart;
    int rc;
};

static void *run_hanging(void *arg)
{
    struct hanging *hanging = arg;

    hanging->rc = apart_run(&hanging->apart, hang, NULL, out, sizeof(out), LONG);
    return NULL;
}

TEST(apart_stops)
{
    struct hanging hanging = {.rc = 0};
    size_t len = 1;
    pthread_t thread;
    int64_t start = clock_ms();

    CHECK_EQ(pthread_create(&thread, NULL, run_hanging, &hanging), 0);
    apart_stop(&hanging.apart);
    pthread_join(thread, NULL);
    CHECK_EQ(hanging.rc, -ECANCELED);
    CHECK(clock_ms() - start < LONG / 2);
    CHECK_EQ(apart_run(&hanging.apart, give, &len, out, sizeof(out), LONG), -ECANCELED);
    if (hanging.apart.left)
        waitpid(hanging.apart.left, NULL, 0);
}
