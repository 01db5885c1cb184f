/* Runs every registered test, or those whose "file:name" contains an argument. */
#include "base/log.h"
#include "test.h"

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

static struct test *tests;
static int current_failed;

void test_register(struct test *test)
{
    struct test **at = &tests;

    while (*at && (strcmp((*at)->file, test->file) < 0 ||
                   (strcmp((*at)->file, test->file) == 0 && strcmp((*at)->name, test->name) < 0)))
        at = &(*at)->next;
    test->next = *at;
    *at = test;
}

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list args;

    current_failed = 1;
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int is_wanted(const struct test *test, int argc, char **argv)
{
    char label[256];

    if (argc < 2)
        return 1;
    snprintf(label, sizeof(label), "%s:%s", base_name(test->file), test->name);
    for (int i = 1; i < argc; i++)
        if (strstr(label, argv[i]))
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    unsigned passed = 0, failed = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    /* Without TZ each local time reads the zone anew; libc's lock guards that, which TSan can't
     * see. */
    setenv("TZ", "UTC", 0);
    tzset(); /* as src/main.c does, before there are threads */
    for (struct test *test = tests; test; test = test->next) {
        if (!is_wanted(test, argc, argv))
            continue;
        current_failed = 0;
        log_setup(LOG_LEVEL_INFO); /* whatever the test before has left */
        test->run();
        printf("%s %s:%s\n", current_failed ? "FAIL" : "ok", base_name(test->file), test->name);
        if (current_failed)
            failed++;
        else
            passed++;
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed || !passed ? EXIT_FAILURE : EXIT_SUCCESS;
}
