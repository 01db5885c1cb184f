/* What works ahead of readers reads an object with SOURCE_CACHED: nothing is fetched for it. */
#include <errno.h>
#include <sched.h>

#include "support/object_world.h"
#include "test.h"

#define SIZE  (3u * 1024 * 1024 + 1000)
#define BLOCK OBJECT_BLOCK

static struct world world;

/* An open object of which nothing but the tail is here. */
static int start(void)
{
    int rc;

    world_start(&world, SIZE);
    rc = world_open(&world);
    tiny_http_forget(world.api.http);
    return rc;
}

static int ahead_at(uint64_t offset, size_t len)
{
    struct reader reader = {.hint = SOURCE_CACHED};

    reader_start(&reader, &world, offset, len);
    return reader_end(&reader);
}

static void park(struct reader *reader, uint64_t offset, size_t len)
{
    reader_start(reader, &world, offset, len);
    while (!reader->parked && !reader->is_over)
        sched_yield();
}

TEST(object_ahead_fetches_nothing)
{
    CHECK_EQ(start(), 0);
    for (uint64_t at = 0; at + BLOCK < SIZE - OBJECT_TAIL; at += BLOCK / 2)
        CHECK_EQ(ahead_at(at, 100), -EAGAIN);
    CHECK_EQ(ahead_at(SIZE - 1000, 1000), 0); /* the tail is here */
    CHECK_EQ(ahead_at(SIZE, 1), -EIO);
    CHECK_EQ(read_at(&world, 1000000, 100),
             0); /* what was asked for before this would stand before */
    CHECK_EQ(COUNT(&world), 1);
    CHECK(asked(&world, 0, "bytes=983040-1048575"));
    world_stop(&world);
}

/* All of it must be here: a part is no reason to fetch the rest. */
TEST(object_ahead_across_a_border)
{
    CHECK_EQ(start(), 0);
    CHECK_EQ(read_at(&world, 11 * BLOCK - 100, 100), 0);
    CHECK_EQ(ahead_at(11 * BLOCK - 10, 10), 0);
    CHECK_EQ(ahead_at(11 * BLOCK - 10, 20), -EAGAIN);
    CHECK_EQ(ahead_at(10 * BLOCK - 10, 20), -EAGAIN);
    CHECK_EQ(COUNT(&world), 1);
    world_stop(&world);
}

TEST(object_ahead_waits_for_what_is_coming)
{
    struct reader reader = {.rc = 0}, same = {.hint = SOURCE_CACHED},
                  further = {.hint = SOURCE_CACHED};

    CHECK_EQ(start(), 0);
    world.is_shut = 1;
    park(&reader, 0, 3 * BLOCK);
    park(&same, 100, 100);
    park(&further, 3 * BLOCK - 100, 100);
    CHECK(!reader.is_over && !same.is_over && !further.is_over);
    CHECK_EQ(ahead_at(3 * BLOCK, 1), -EAGAIN);
    world.is_shut = 0;
    CHECK_EQ(reader_end(&reader), 0);
    CHECK_EQ(reader_end(&same), 0);
    CHECK_EQ(reader_end(&further), 0);
    CHECK(asked(&world, 0, "bytes=0-196607"));
    for (unsigned i = 1; i < COUNT(&world); i++) /* what readahead says, which they have moved */
        CHECK(tiny_http_request(world.api.http, i).first >= 3 * BLOCK);
    world_stop(&world);
}

TEST(object_ahead_of_what_was_discarded_in_flight)
{
    struct reader reader = {.rc = 0};
    struct source *source;

    CHECK_EQ(start(), 0);
    world.is_shut = 1;
    park(&reader, 0, 100);
    source = object_source(world.object);
    source_discard(source, 0, 1, SOURCE_WRONG);
    CHECK_EQ(ahead_at(0, 100), -EAGAIN);
    world.is_shut = 0;
    CHECK_EQ(reader_end(&reader), 0);
    CHECK_EQ(COUNT(&world), 2); /* he had it fetched again */
    world_stop(&world);
}

TEST(object_ahead_fails_as_readers_do)
{
    struct reader reader = {.rc = 0}, ahead = {.hint = SOURCE_CACHED};

    CHECK_EQ(start(), 0);
    world.is_shut = 1;
    world.etag = 1;
    park(&reader, 0, 100);
    park(&ahead, 50, 100);
    world.is_shut = 0;
    CHECK_EQ(reader_end(&reader), -ESTALE);
    CHECK_EQ(reader_end(&ahead), -ESTALE);
    CHECK_EQ(ahead_at(1000000, 1), -ESTALE); /* and not -EAGAIN from now on */
    world_stop(&world);
}

/* What it reads moves readahead's window as the reader will, no range is asked for twice. */
TEST(object_ahead_moves_the_window)
{
    CHECK_EQ(start(), 0);
    CHECK_EQ(read_at(&world, 0, 2 * BLOCK), 0);
    CHECK_EQ(read_at(&world, 2 * BLOCK, 2 * BLOCK), 0);
    CHECK_EQ(COUNT(&world), 2);
    CHECK(asked(&world, 1, "bytes=131072-1310719")); /* 1 MiB behind the reader */
    for (uint64_t block = 4; block < 11; block++)
        CHECK_EQ(ahead_at(block * BLOCK, BLOCK), 0);
    CHECK_EQ(COUNT(&world), 2);
    CHECK_EQ(ahead_at(11 * BLOCK, BLOCK), 0);   /* half of it was used */
    CHECK_EQ(ahead_at(44 * BLOCK, 1), -EAGAIN); /* 2 MiB behind that, and no more */
    /* The reader comes after: all is here. */
    for (uint64_t block = 4; block < 21; block++)
        CHECK_EQ(read_at(&world, block * BLOCK, BLOCK), 0);
    CHECK_EQ(COUNT(&world), 3);
    CHECK(asked(&world, 2, "bytes=1310720-2883583"));
    /* What jumps within the window, as who works on several members does, is of the same stream. */
    CHECK_EQ(ahead_at(43 * BLOCK, BLOCK), 0);
    CHECK_EQ(ahead_at(44 * BLOCK, 1), 0);
    CHECK_EQ(COUNT(&world), 4);
    world_stop(&world);
}
