/*
 * A test registers itself: TEST(name) { ... CHECK(x); ... }. A file in tests/unit is built and
 * run by being there. A failed CHECK reports where and ends its test; the others go on.
 */
#ifndef TASKFS_TEST_H
#define TASKFS_TEST_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct test {
    const char *file;
    const char *name;
    void (*run)(void);
    struct test *next;
};

void test_register(struct test *test);
/* Marks the running test as failed and says why; printf arguments. */
void test_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define TEST(id)                                                    \
    static void test_##id(void);                                    \
    __attribute__((constructor)) static void register_##id(void)    \
    {                                                               \
        static struct test test = {__FILE__, #id, test_##id, NULL}; \
        test_register(&test);                                       \
    }                                                               \
    static void test_##id(void)

#define CHECK(condition)                                     \
    do {                                                     \
        if (!(condition)) {                                  \
            test_fail(__FILE__, __LINE__, "%s", #condition); \
            return;                                          \
        }                                                    \
    } while (0)

/* Integers of any width, compared as intmax_t; both values are printed. */
#define CHECK_EQ(actual, expected)                                                           \
    do {                                                                                     \
        intmax_t check_a = (intmax_t)(actual), check_e = (intmax_t)(expected);               \
        if (check_a != check_e) {                                                            \
            test_fail(__FILE__, __LINE__, "%s is %" PRIdMAX ", expected %" PRIdMAX, #actual, \
                      check_a, check_e);                                                     \
            return;                                                                          \
        }                                                                                    \
    } while (0)

#define CHECK_STR(actual, expected)                                             \
    do {                                                                        \
        const char *check_a = (actual), *check_e = (expected);                  \
        if (!check_a || strcmp(check_a, check_e) != 0) {                        \
            test_fail(__FILE__, __LINE__, "%s is '%s', expected '%s'", #actual, \
                      check_a ? check_a : "(null)", check_e);                   \
            return;                                                             \
        }                                                                       \
    } while (0)

#endif
