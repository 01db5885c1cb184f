#include "kernel/repeated_errors.h"

#include <errno.h>

#include "test.h"

static struct repeated_errors errors;

static void expect_lookup(uint64_t node, const char *name, pid_t caller, int error, int64_t now)
{
    repeated_errors_expect(
        &errors, &(struct repeated_call){.node = node, .caller = caller, .name = name}, error, now);
}

static int take_lookup(uint64_t node, const char *name, pid_t caller, int64_t now)
{
    return repeated_errors_take(
        &errors, &(struct repeated_call){.node = node, .caller = caller, .name = name}, now);
}

TEST(repeated_lookup_gets_the_same_error_once)
{
    repeated_errors_init(&errors);
    expect_lookup(7, "status", 100, ETIMEDOUT, 1000);
    CHECK_EQ(take_lookup(7, "status", 100, 1000 + REPEATED_ERROR_MS), ETIMEDOUT);
    CHECK_EQ(take_lookup(7, "status", 100, 1000 + REPEATED_ERROR_MS), 0);
    repeated_errors_free(&errors);
}

TEST(repeated_lookup_is_of_the_same_name_and_caller)
{
    repeated_errors_init(&errors);
    expect_lookup(7, "status", 100, EIO, 1000);
    CHECK_EQ(take_lookup(8, "status", 100, 1000), 0);
    CHECK_EQ(take_lookup(7, "info", 100, 1000), 0);
    CHECK_EQ(take_lookup(7, "status", 101, 1000), 0);
    CHECK_EQ(take_lookup(7, "status", 100, 1000), EIO);
    repeated_errors_free(&errors);
}

TEST(repeated_lookup_comes_soon)
{
    repeated_errors_init(&errors);
    expect_lookup(7, "status", 100, EIO, 1000);
    CHECK_EQ(take_lookup(7, "status", 100, 1001 + REPEATED_ERROR_MS), 0);
    CHECK_EQ(take_lookup(7, "status", 100, 1000), 0);
    repeated_errors_free(&errors);
}

TEST(repeated_lookups_are_few)
{
    char name[16];

    repeated_errors_init(&errors);
    for (int i = 0; i <= REPEATED_ERRORS; i++) {
        snprintf(name, sizeof(name), "%d", i);
        expect_lookup(7, name, 100, EIO, 1000);
    }
    CHECK_EQ(take_lookup(7, "0", 100, 1000), 0);
    CHECK_EQ(take_lookup(7, "1", 100, 1000), EIO);
    CHECK_EQ(take_lookup(7, name, 100, 1000), EIO);
    repeated_errors_free(&errors);
}

static void expect_read(uint64_t offset, uint64_t size, int error)
{
    repeated_errors_expect(
        &errors, &(struct repeated_call){.node = 7, .caller = 100, .offset = offset, .size = size},
        error, 1000);
}

static int take_read(uint64_t node, uint64_t offset, pid_t caller, int64_t now)
{
    return repeated_errors_take(
        &errors,
        &(struct repeated_call){.node = node, .caller = caller, .offset = offset, .size = 4096},
        now);
}

/* A read of [131072, 262144) of node 7 by thread 100 is answered with ETIMEDOUT at 1000. */
static void fail_read(void)
{
    repeated_errors_init(&errors);
    expect_read(131072, 131072, ETIMEDOUT);
}

TEST(repeated_read_gets_the_first_ones_error_once)
{
    fail_read();
    CHECK_EQ(take_read(7, 131072 + 4096, 100, 1001), ETIMEDOUT);
    CHECK_EQ(take_read(7, 131072 + 4096, 100, 1001), 0);
    repeated_errors_free(&errors);
}

TEST(repeated_read_is_of_the_same_bytes_and_thread)
{
    fail_read();
    CHECK_EQ(take_read(8, 131072, 100, 1001), 0);
    CHECK_EQ(take_read(7, 131071, 100, 1001), 0);
    CHECK_EQ(take_read(7, 262144, 100, 1001), 0);
    CHECK_EQ(take_read(7, 131072, 101, 1001), 0);
    CHECK_EQ(take_read(7, 262143, 100, 1001), ETIMEDOUT);
    repeated_errors_free(&errors);
}

TEST(repeated_read_comes_at_once)
{
    fail_read();
    CHECK_EQ(take_read(7, 131072, 100, 1000 + REPEATED_ERROR_MS), ETIMEDOUT);
    fail_read();
    CHECK_EQ(take_read(7, 131072, 100, 1001 + REPEATED_ERROR_MS), 0);
    repeated_errors_free(&errors);
}

TEST(repeated_reads_of_many_are_not_mixed)
{
    repeated_errors_init(&errors);
    for (unsigned i = 0; i < REPEATED_ERRORS; i++)
        expect_read(i * 4096, 4096, (int)i + 1);
    for (unsigned i = 0; i < REPEATED_ERRORS; i++)
        CHECK_EQ(take_read(7, i * 4096, 100, 1000), i + 1);
    repeated_errors_free(&errors);
}
