#include "store/object.h"

#include <errno.h>
#include <sched.h>

#include "support/object_world.h"
#include "test.h"

#define SIZE (3u * 1024 * 1024 + 1000)

TEST(object_opens_with_its_tail)
{
    static struct world world;
    const uint8_t *tail;
    size_t len;

    world_start(&world, SIZE);
    CHECK_EQ(COUNT(&world), 0);
    CHECK_EQ(world_open(&world), 0);
    CHECK_EQ(COUNT(&world), 2);
    CHECK_STR(tiny_http_request(world.api.http, 0).key, "key");
    CHECK(asked(&world, 1, "bytes=-65536"));
    CHECK_EQ(object_source(world.object)->size, SIZE);
    tail = object_tail(world.object, &len);
    CHECK_EQ(len, OBJECT_TAIL);
    CHECK(memcmp(tail, world.bytes + SIZE - len, len) == 0);
    CHECK_EQ(world_open(&world), 0); /* again */
    CHECK_EQ(COUNT(&world), 2);
    object_drop_tail(world.object);
    CHECK(!object_tail(world.object, &len) && len == 0);
    CHECK_EQ(read_at(&world, SIZE - 1000, 1000), 0); /* the tail's whole blocks are here */
    CHECK_EQ(COUNT(&world), 2);
    world_stop(&world);
}

TEST(object_that_is_smaller_than_a_tail)
{
    static const size_t sizes[] = {1, 22, 100, OBJECT_TAIL - 1, OBJECT_TAIL};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        static struct world world;
        size_t len;

        world_start(&world, sizes[i]);
        CHECK_EQ(world_open(&world), 0);
        CHECK(object_tail(world.object, &len));
        CHECK_EQ(len, sizes[i]);
        CHECK_EQ(read_at(&world, 0, sizes[i]), 0);
        CHECK_EQ(read_at(&world, sizes[i], 1), -EIO);
        CHECK_EQ(COUNT(&world), 2);
        world_stop(&world);
    }
}

TEST(object_that_is_empty)
{
    static struct world world;
    size_t len = 1;

    world_start(&world, 0);
    CHECK_EQ(world_open(&world), 0);
    object_tail(world.object, &len);
    CHECK_EQ(len, 0);
    CHECK_EQ(object_source(world.object)->size, 0);
    CHECK_EQ(read_at(&world, 0, 1), -EIO);
    world_stop(&world);
}

TEST(object_that_is_not_there)
{
    static struct world world;

    world_start(&world, SIZE);
    world.is_gone = 1;
    CHECK_EQ(world_open(&world), -ENOENT);
    CHECK_EQ(COUNT(&world), 1);
    world.is_gone = 0; /* opening is tried anew */
    CHECK_EQ(world_open(&world), 0);
    world_stop(&world);
}

TEST(object_one_read_is_one_range)
{
    static struct world world;

    world_start(&world, SIZE);
    CHECK_EQ(world_open(&world), 0);
    tiny_http_forget(world.api.http);
    CHECK_EQ(read_at(&world, 1000000, 4096), 0);
    CHECK_EQ(COUNT(&world), 1);
    CHECK(asked(&world, 0, "bytes=983040-1048575")); /* its block */
    CHECK_EQ(read_at(&world, 983040, 65536), 0);
    CHECK_EQ(COUNT(&world), 1);
    CHECK_EQ(read_at(&world, 2 * 65536 - 10, 20), 0); /* across a border: one for both */
    CHECK_EQ(COUNT(&world), 2);
    CHECK(asked(&world, 1, "bytes=65536-196607"));
    world_stop(&world);
}

TEST(object_sequential_reads_are_fetched_ahead)
{
    static struct world world;

    world_start(&world, SIZE);
    CHECK_EQ(world_open(&world), 0);
    tiny_http_forget(world.api.http);
    CHECK_EQ(read_at(&world, 0, 131072), 0);
    CHECK_EQ(COUNT(&world), 1);
    CHECK(asked(&world, 0, "bytes=0-131071"));
    CHECK_EQ(read_at(&world, 131072, 131072), 0);
    CHECK_EQ(COUNT(&world), 2);
    CHECK(asked(&world, 1, "bytes=131072-1310719")); /* and the window behind it */
    for (uint64_t at = 262144; at < SIZE; at += 131072)
        CHECK_EQ(read_at(&world, at, SIZE - at < 131072 ? SIZE - (size_t)at : 131072), 0);
    CHECK(COUNT(&world) <= 5);
    CHECK(stats_get(&world.api.stats, STAT_BYTES_FETCHED) <= SIZE + OBJECT_TAIL);
    world_stop(&world);
}

TEST(object_prefetch_stops_at_the_limit)
{
    static struct world world;

    world_start(&world, SIZE);
    CHECK_EQ(world_open(&world), 0);
    object_set_limit(world.object, 300000);
    tiny_http_forget(world.api.http);
    CHECK_EQ(read_at(&world, 0, 65536), 0);
    CHECK_EQ(read_at(&world, 65536, 65536), 0);
    CHECK(asked(&world, 1, "bytes=65536-327679")); /* whole blocks */
    CHECK_EQ(COUNT(&world), 2);
    world_stop(&world);
}

#define READERS 20

static int any_not_parked(struct reader *readers)
{
    for (int i = 0; i < READERS; i++)
        if (!readers[i].parked && !readers[i].is_over)
            return 1;
    return 0;
}

TEST(object_waiters_share_one_request)
{
    static struct world world;
    static struct reader readers[READERS];

    memset(readers, 0, sizeof(readers));
    world_start(&world, SIZE);
    CHECK_EQ(world_open(&world), 0);
    tiny_http_forget(world.api.http);
    world.is_shut = 1;
    for (int i = 0; i < READERS; i++)
        reader_start(&readers[i], &world, 1000000 + (uint64_t)i, 100);
    while (any_not_parked(readers))
        sched_yield();
    world.is_shut = 0;
    for (int i = 0; i < READERS; i++)
        CHECK_EQ(reader_end(&readers[i]), 0);
    CHECK(asked(&world, 0, "bytes=983040-1048575"));
    for (unsigned i = 1; i < COUNT(&world); i++) /* what was fetched ahead is another block */
        CHECK(tiny_http_request(world.api.http, i).first >= 1048576);
    world_stop(&world);
}

TEST(object_openers_share_one_request)
{
    static struct world world;
    static struct reader readers[READERS];

    memset(readers, 0, sizeof(readers));
    world_start(&world, SIZE);
    world.is_shut = 1;
    for (int i = 0; i < READERS; i++) {
        readers[i].opens = 1;
        reader_start(&readers[i], &world, 0, 0);
    }
    while (any_not_parked(readers))
        sched_yield();
    world.is_shut = 0;
    for (int i = 0; i < READERS; i++)
        CHECK_EQ(reader_end(&readers[i]), 0);
    CHECK_EQ(COUNT(&world), 2);
    world_stop(&world);
}

/* All ranges find the URL expired at once: one new one for all. */
TEST(object_url_is_renewed_once_for_all)
{
    static struct world world;
    static struct reader readers[READERS];
    unsigned signings = 0;

    memset(readers, 0, sizeof(readers));
    world_start(&world, SIZE);
    CHECK_EQ(world_open(&world), 0);
    tiny_http_forget(world.api.http);
    world.valid = 2;
    world.is_shut = 1;
    for (int i = 0; i < READERS; i++) /* apart by more than a stream would bear */
        reader_start(&readers[i], &world, (uint64_t)(i * 7 % 5) * 600000, 100);
    while (any_not_parked(readers))
        sched_yield();
    world.is_shut = 0;
    for (int i = 0; i < READERS; i++)
        CHECK_EQ(reader_end(&readers[i]), 0);
    for (unsigned i = 0; i < COUNT(&world); i++)
        signings += tiny_http_request(world.api.http, i).path[1] == 's';
    CHECK_EQ(signings, 1);
    CHECK_EQ(world.signatures, 2);
    CHECK_EQ(stats_get(&world.api.stats, STAT_URL_RENEWALS), 1);
    world_stop(&world);
}

TEST(object_that_changes_is_stale)
{
    static struct world world;
    struct object *other;

    world_start(&world, SIZE);
    CHECK_EQ(world_open(&world), 0);
    CHECK_EQ(read_at(&world, 0, 100), 0);
    world.etag = 1;
    CHECK_EQ(read_at(&world, 1000000, 100), -ESTALE);
    CHECK(object_is_stale(world.object));
    CHECK_EQ(read_at(&world, 2000000, 100), -ESTALE);
    other = world.object;
    world.object = object_new(&world.context, "bucket/output.zip", "europe", OBJECT_TAIL, 0);
    CHECK_EQ(world_open(&world), 0);
    CHECK_EQ(read_at(&world, 1000000, 100), 0);
    CHECK(!object_is_same(world.object, other));
    CHECK(object_is_same(world.object, world.object));
    object_unref(other);
    world_stop(&world);
}

TEST(object_discards)
{
    static struct world world;
    struct source *source;

    world_start(&world, SIZE);
    CHECK_EQ(world_open(&world), 0);
    CHECK_EQ(read_at(&world, 1000000, 100), 0);
    tiny_http_forget(world.api.http);
    source = object_source(world.object);
    source_discard(source, 1000000, 1, SOURCE_WRONG);
    CHECK_EQ(read_at(&world, 1000000, 100), 0);
    CHECK_EQ(COUNT(&world), 1);
    source_discard(source, 0, 983040, SOURCE_WRONG); /* its neighbours only */
    source_discard(source, 0, 0, SOURCE_WRONG);
    CHECK_EQ(read_at(&world, 1000000, 100), 0);
    CHECK_EQ(COUNT(&world), 1);
    world_stop(&world);
}
