/*
 * usage: without_landlock ERRNO PROGRAM [ARGUMENT...]: runs a program as on a kernel that makes no
 * rulesets of Landlock, and answers with this number instead. For sandbox_test.py.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refuse_rulesets(unsigned error)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error & SECCOMP_RET_DATA)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    if (refuse_rulesets((unsigned)atoi(argv[1]))) {
        fprintf(stderr, "without_landlock: no filter of system calls: %s\n", strerror(errno));
        return 1;
    }
    execv(argv[2], argv + 2);
    fprintf(stderr, "without_landlock: '%s': %s\n", argv[2], strerror(errno));
    return 1;
}
