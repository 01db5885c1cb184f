#include "denied_calls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>

#define CALLS_MAX 8

struct denial {
    const struct denied_call *calls;
    unsigned count;
    void (*run)(void *arg);
    void *arg;
    int rc;
};

static int deny(const struct denied_call *calls, unsigned count)
{
    struct sock_filter filter[2 + 2 * CALLS_MAX];
    unsigned short n = 0;
    struct sock_fprog program = {.filter = filter};

    if (count > CALLS_MAX)
        return -E2BIG;
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                               offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < count; i++) {
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                   (unsigned)calls[i].number, 0, 1);
        filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
                                                   SECCOMP_RET_ERRNO | (unsigned)calls[i].error);
    }
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program.len = n;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
        return -errno;
    return 0;
}

static void *thread_main(void *arg)
{
    struct denial *denial = arg;

    denial->rc = deny(denial->calls, denial->count);
    if (!denial->rc)
        denial->run(denial->arg);
    return NULL;
}

int with_denied_calls(const struct denied_call *calls, unsigned count, void (*run)(void *arg),
                      void *arg)
{
    struct denial denial = {.calls = calls, .count = count, .run = run, .arg = arg};
    pthread_t thread;
    int rc = pthread_create(&thread, NULL, thread_main, &denial);

    if (rc)
        return -rc;
    pthread_join(thread, NULL);
    return denial.rc;
}
