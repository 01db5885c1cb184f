#include "kernel/repeated_read.h"

#include <errno.h>

#include "test.h"

static struct repeated_reads reads;

/* A read of [131072, 262144) of node 7 by thread 100 is answered with ETIMEDOUT at 1000. */
static void begin(void)
{
    repeated_reads_init(&reads);
    repeated_reads_expect(&reads, 7, 131072, 131072, 100, ETIMEDOUT, 1000);
}

TEST(repeated_read_gets_the_first_ones_error_once)
{
    begin();
    CHECK_EQ(repeated_reads_take(&reads, 7, 131072 + 4096, 100, 1001), ETIMEDOUT);
    CHECK_EQ(repeated_reads_take(&reads, 7, 131072 + 4096, 100, 1001), 0);
    repeated_reads_free(&reads);
}

TEST(repeated_read_is_of_the_same_bytes_and_thread)
{
    begin();
    CHECK_EQ(repeated_reads_take(&reads, 8, 131072, 100, 1001), 0);
    CHECK_EQ(repeated_reads_take(&reads, 7, 131071, 100, 1001), 0);
    CHECK_EQ(repeated_reads_take(&reads, 7, 262144, 100, 1001), 0);
    CHECK_EQ(repeated_reads_take(&reads, 7, 131072, 101, 1001), 0);
    CHECK_EQ(repeated_reads_take(&reads, 7, 262143, 100, 1001), ETIMEDOUT);
    repeated_reads_free(&reads);
}

TEST(repeated_read_comes_at_once)
{
    begin();
    CHECK_EQ(repeated_reads_take(&reads, 7, 131072, 100, 1000 + REPEATED_READ_MS), ETIMEDOUT);
    begin();
    CHECK_EQ(repeated_reads_take(&reads, 7, 131072, 100, 1001 + REPEATED_READ_MS), 0);
    repeated_reads_free(&reads);
}

TEST(repeated_reads_of_many_are_not_mixed)
{
    repeated_reads_init(&reads);
    for (unsigned i = 0; i < REPEATED_READS; i++)
        repeated_reads_expect(&reads, 7, i * 4096, 4096, 100, (int)i + 1, 1000);
    for (unsigned i = 0; i < REPEATED_READS; i++)
        CHECK_EQ(repeated_reads_take(&reads, 7, i * 4096, 100, 1000), i + 1);
    repeated_reads_free(&reads);
}
