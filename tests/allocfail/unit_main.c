/*
 * Runs unit tests with failing allocations: each test, in a process of its own, with the Nth
 * allocation of src/ failing, for N = 1, 2, ... until none is left to fail. A CHECK may fail then,
 * and ends the process; what may not be is a crash, a hang, a sanitizer's report, or memory that
 * nobody knows any more.
 *
 * usage: unit [-v] [-p SECONDS] [-n N] [PATTERN...]
 *
 * `-p SECONDS` is the time for a test after which N doubles; `-n N` runs that N alone and prints
 * where it failed. A test with many allocations is not run for each N: all of the first DENSE, then
 * further and further apart, as is one that takes long.
 */
#include <errno.h>
#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cache/cache.h"
#include "member/inflate.h"
#include "op/op.h"
#include "store/object.h"

#include "../unit/test.h"

#include "allocfail.h"

#define DENSE    64
#define DEADLINE 60 /* seconds */
#define PATIENCE 4  /* seconds for one test, as a rule: then N doubles */
#define FINDINGS 8  /* of one test, that are looked for and told */

/* How a child ends; a sanitizer has statuses of its own. */
#define STATUS_NONE  70 /* nothing was left to fail */
#define STATUS_RUN   71
#define STATUS_LEAK  72
#define STATUS_PLAIN 73 /* a CHECK failed where no allocation had */

static struct test *tests;
static int is_verbose;
static double patience = PATIENCE;
static int output; /* of the child: some tests turn their standard error elsewhere */

void test_register(struct test *test)
{
    struct test **at = &tests;

    while (*at && (strcmp((*at)->file, test->file) < 0 ||
                   (strcmp((*at)->file, test->file) == 0 && strcmp((*at)->name, test->name) < 0)))
        at = &(*at)->next;
    test->next = *at;
    *at = test;
}

/* Whatever the test had made is still in its frame: what is found now is lost. */
__attribute__((noreturn)) static void end_child(int has_failed)
{
    uint64_t failed = allocfail->failed;

    allocfail_set(ALLOCFAIL_OFF, 0, 0);
    dup2(output, STDERR_FILENO);
    if (__lsan_do_recoverable_leak_check())
        _exit(STATUS_LEAK);
    _exit(failed ? STATUS_RUN : has_failed ? STATUS_PLAIN : STATUS_NONE);
}

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list args;

    dup2(output, STDERR_FILENO);
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    end_child(1);
}

/*
 * What tests call in place of the functions of these names (tests/allocfail/unit_symbols):
 * abort(3), which they do where they can't be set up, and what they take for granted that it makes
 * something.
 */
__attribute__((noreturn)) void allocfail_abort(void);
struct executor *allocfail_executor_create(unsigned threads);
struct cache *allocfail_cache_create(size_t budget, struct stats *stats);
uint8_t *allocfail_cache_alloc(struct cache *cache, size_t len);
struct cache_entry *allocfail_cache_put(struct cache *cache, struct cache_owner *owner,
                                        uint64_t index, uint8_t *data, size_t len);
struct object *allocfail_object_new(const struct object_context *context, const char *path,
                                    const char *region, size_t tail, uint64_t size);
struct inflater *allocfail_inflater_new(void);

void allocfail_abort(void)
{
    fputs("the test gives up\n", stderr);
    end_child(1);
}

static void *need(void *made)
{
    if (!made)
        allocfail_abort();
    return made;
}

struct executor *allocfail_executor_create(unsigned threads)
{
    return need(executor_create(threads));
}

struct cache *allocfail_cache_create(size_t budget, struct stats *stats)
{
    return need(cache_create(budget, stats));
}

uint8_t *allocfail_cache_alloc(struct cache *cache, size_t len)
{
    return need(cache_alloc(cache, len));
}

struct cache_entry *allocfail_cache_put(struct cache *cache, struct cache_owner *owner,
                                        uint64_t index, uint8_t *data, size_t len)
{
    return need(cache_put(cache, owner, index, data, len));
}

struct object *allocfail_object_new(const struct object_context *context, const char *path,
                                    const char *region, size_t tail, uint64_t size)
{
    return need(object_new(context, path, region, tail, size));
}

struct inflater *allocfail_inflater_new(void)
{
    return need(inflater_new());
}

static const char *label_of(const struct test *test)
{
    static char label[256];
    const char *slash = strrchr(test->file, '/');

    snprintf(label, sizeof(label), "%s:%s", slash ? slash + 1 : test->file, test->name);
    return label;
}

static int is_wanted(const struct test *test, char **patterns)
{
    if (!*patterns)
        return 1;
    for (; *patterns; patterns++)
        if (strstr(label_of(test), *patterns))
            return 1;
    return 0;
}

static void run_child(const struct test *test, enum allocfail_mode mode, uint64_t n, int out)
{
    output = out;
    __sanitizer_set_report_fd((void *)(intptr_t)dup(out));
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    alarm(DEADLINE);
    allocfail_set(mode, n, 0);
    test->run();
    end_child(0);
}

static void print_all(int fd)
{
    char part[4096];
    ssize_t n;

    lseek(fd, 0, SEEK_SET);
    fflush(stdout);
    while ((n = read(fd, part, sizeof(part))) > 0)
        if (write(STDOUT_FILENO, part, (size_t)n) < 0)
            return;
}

/* Returns the status of one run, of which -1 is a finding that has been told. */
static int run_at(const struct test *test, enum allocfail_mode mode, uint64_t n)
{
    int out = memfd_create("output", MFD_CLOEXEC), status;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0)
        run_child(test, mode, n, out);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(status) ||
        (WEXITSTATUS(status) != STATUS_NONE && WEXITSTATUS(status) != STATUS_RUN)) {
        printf("%s: allocation %ju%s: %s\n", label_of(test), (uintmax_t)n,
               mode == ALLOCFAIL_FROM ? " and all after it" : "",
               WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "hang" : "wrong");
        print_all(out);
        status = -1;
    } else {
        if (is_verbose)
            print_all(out);
        status = WEXITSTATUS(status);
    }
    close(out);
    return status;
}

static uint64_t step_after(uint64_t n, double seconds)
{
    return seconds > patience ? n : n < DENSE ? 1 : n / 16;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int run_all(const struct test *test, enum allocfail_mode mode, uint64_t *runs)
{
    int status = STATUS_RUN, findings = 0;
    double began = now();

    for (uint64_t n = 1; status != STATUS_NONE && findings < FINDINGS;
         n += step_after(n, now() - began)) {
        status = run_at(test, mode, n);
        findings += status < 0;
        *runs += 1;
    }
    return findings > 0;
}

int main(int argc, char **argv)
{
    unsigned passed = 0, failed = 0;
    uint64_t only = 0;
    int option;

    while ((option = getopt(argc, argv, "vp:n:")) != -1) {
        if (option == 'v')
            is_verbose = 1;
        else if (option == 'p')
            patience = strtod(optarg, NULL);
        else if (option == 'n')
            only = strtoull(optarg, NULL, 10);
        else
            return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    tzset(); /* as src/main.c does, before there are threads */
    for (struct test *test = tests; test; test = test->next) {
        uint64_t runs = 0;
        double began = now();
        int is_bad;

        if (!is_wanted(test, argv + optind))
            continue;
        if (only) {
            allocfail_trace = is_verbose = 1;
            is_bad = run_at(test, ALLOCFAIL_AT, only) < 0;
        } else {
            is_bad = run_all(test, ALLOCFAIL_AT, &runs);
            printf("%s %s (%ju runs, %.1f s)\n", is_bad ? "FAIL" : "ok", label_of(test),
                   (uintmax_t)runs, now() - began);
        }
        if (is_bad)
            failed++;
        else
            passed++;
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed || !passed ? EXIT_FAILURE : EXIT_SUCCESS;
}
