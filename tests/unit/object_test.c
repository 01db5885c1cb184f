#include "api/object.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/block.h"
#include "base/clock.h"
#include "base/log.h"
#include "fake_net.h"
#include "test.h"

#define SIZE        (3u * 1024 * 1024 + 1000)
#define PATIENCE_MS 20000

/* The service and the store in one. */
struct world {
    struct stats stats;
    struct tiny_http *http;
    struct net *net;
    struct executor *executor;
    struct key key;
    struct client client;
    struct cache *cache;
    struct object_context context;
    struct object *object;
    int log_level;
    uint8_t *bytes;
    size_t n;
    _Atomic int etag;    /* the version */
    _Atomic int valid;   /* least signature that the store takes */
    _Atomic int is_shut; /* the store waits before it answers */
    _Atomic int is_gone; /* no such object */
    _Atomic int no_suffix;
    _Atomic int signatures; /* given so far */
    char url[200];
};

static void sign(struct world *world, struct tiny_answer *answer)
{
    if (world->is_gone) {
        answer->status = 404;
        return;
    }
    answer->status = 200;
    answer->len = (size_t)snprintf(world->url, sizeof(world->url), "[\"%s/object?signature=%d\"]",
                                   tiny_http_url(world->http), ++world->signatures);
    answer->body = world->url;
}

static void world_answer(void *arg, const struct tiny_request *request, struct tiny_answer *answer)
{
    struct world *world = arg;
    char etag[20];
    int signature = 0;

    if (strncmp(request->path, "/storage/signed-urls?", 21) == 0) {
        sign(world, answer);
        return;
    }
    while (world->is_shut)
        sched_yield();
    sscanf(request->path, "/object?signature=%d", &signature);
    if (signature < world->valid) {
        answer->status = 403;
        return;
    }
    snprintf(etag, sizeof(etag), "\"%d\"", world->etag);
    if (request->suffix && world->no_suffix) {
        answer->status = 416;
        tiny_header(answer, "Content-Range: bytes */%zu", world->n);
        tiny_header(answer, "ETag: %s", etag);
        return;
    }
    tiny_object(request, world->bytes, world->n, etag, answer);
}

static void world_start(struct world *world, size_t n)
{
    struct net_config net = {.user_agent = "test/0", .stall_seconds = 10, .stats = &world->stats};
    char why[100];

    memset(world, 0, sizeof(*world));
    world->n = n;
    world->bytes = malloc(n + 1);
    if (!world->bytes)
        abort();
    for (size_t i = 0; i < n; i++)
        world->bytes[i] = (uint8_t)(i * 13 + i / 257 + i / 65537);
    world->log_level = (int)log_get_level();
    log_set_level(LOG_NOTHING);
    world->http = tiny_http_start(world_answer, world);
    world->net = net_create(&net);
    world->executor = executor_create(2);
    world->cache = cache_create(64u << 20, &world->stats);
    if (!world->net || !world->executor || !world->cache ||
        key_load(&world->key, "key", NULL, why, sizeof(why)))
        abort();
    client_init(&world->client, &(struct client_config){.net = world->net,
                                                        .executor = world->executor,
                                                        .key = &world->key,
                                                        .base_url = tiny_http_url(world->http),
                                                        .timeout_ms = PATIENCE_MS});
    world->context = (struct object_context){.client = &world->client,
                                             .net = world->net,
                                             .cache = world->cache,
                                             .timeout_ms = PATIENCE_MS};
    world->object = object_new(&world->context, "bucket/output.zip", "europe", OBJECT_TAIL, 0);
}

static void world_stop(struct world *world)
{
    executor_cancel_all(world->executor, -ENOTCONN);
    net_stop(world->net);
    object_unref(world->object);
    executor_destroy(world->executor);
    net_destroy(world->net);
    tiny_http_stop(world->http);
    cache_destroy(world->cache);
    log_set_level((enum log_level)world->log_level);
    free(world->bytes);
}

static int open_step(struct op *op, void *arg)
{
    return object_open(((struct world *)arg)->object, op);
}

static int world_open(struct world *world)
{
    return op_block(world->executor, PATIENCE_MS, open_step, world);
}

/* A read of [offset, offset + len), as an op of its own. */
struct reader {
    struct op op;
    struct world *world;
    uint64_t offset;
    size_t len;
    uint8_t *out;
    int opens;
    int rc;
    _Atomic int parked, is_over;
};

static int reader_step(struct op *op)
{
    struct reader *reader = container_of(op, struct reader, op);

    reader->rc = reader->opens ? object_open(reader->world->object, op)
                               : source_read(object_source(reader->world->object), reader->offset,
                                             reader->out, reader->len, reader->len, op);
    return reader->rc;
}

static void reader_fail(struct op *op, int error)
{
    container_of(op, struct reader, op)->rc = error;
}

static void reader_parking(struct op *op)
{
    container_of(op, struct reader, op)->parked = 1;
}

static void reader_release(struct op *op)
{
    container_of(op, struct reader, op)->is_over = 1;
}

static void reader_start(struct reader *reader, struct world *world, uint64_t offset, size_t len)
{
    static const struct op_type type = {.step = reader_step,
                                        .fail = reader_fail,
                                        .parking = reader_parking,
                                        .release = reader_release};

    reader->op.type = &type;
    reader->op.deadline = clock_ms() + PATIENCE_MS;
    reader->world = world;
    reader->offset = offset;
    reader->len = len;
    reader->out = malloc(len + 1);
    if (!reader->out)
        abort();
    op_start(world->executor, &reader->op);
}

/* 0 and the right bytes; else an error. */
static int reader_end(struct reader *reader)
{
    int rc;

    while (!reader->is_over)
        sched_yield();
    rc = reader->rc;
    if (!rc && memcmp(reader->out, reader->world->bytes + reader->offset, reader->len) != 0)
        rc = -EBADMSG;
    free(reader->out);
    return rc;
}

static int read_at(struct world *world, uint64_t offset, size_t len)
{
    struct reader reader = {.rc = 0};

    reader_start(&reader, world, offset, len);
    return reader_end(&reader);
}

static int asked(struct world *world, unsigned number, const char *range)
{
    struct tiny_request request = tiny_http_request(world->http, number);

    if (strcmp(request.range, range) == 0 && !request.key[0])
        return 1;
    fprintf(stderr, "request %u: '%s' of '%s'\n", number, request.range, request.path);
    return 0;
}

#define COUNT(world) tiny_http_count((world)->http)

TEST(object_opens_with_its_tail)
{
    static struct world world;
    const uint8_t *tail;
    size_t len;

    world_start(&world, SIZE);
    CHECK_EQ(COUNT(&world), 0);
    CHECK_EQ(world_open(&world), 0);
    CHECK_EQ(COUNT(&world), 2);
    CHECK_STR(tiny_http_request(world.http, 0).key, "key");
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

TEST(object_store_without_suffixes)
{
    static struct world world;
    size_t len;

    world_start(&world, SIZE);
    world.no_suffix = 1;
    CHECK_EQ(world_open(&world), 0);
    CHECK_EQ(COUNT(&world), 4);
    CHECK(asked(&world, 2, "bytes=0-0"));
    CHECK(asked(&world, 3, "bytes=3081192-3146727"));
    object_tail(world.object, &len);
    CHECK_EQ(len, OBJECT_TAIL);
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
    tiny_http_forget(world.http);
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
    tiny_http_forget(world.http);
    CHECK_EQ(read_at(&world, 0, 131072), 0);
    CHECK_EQ(COUNT(&world), 1);
    CHECK(asked(&world, 0, "bytes=0-131071"));
    CHECK_EQ(read_at(&world, 131072, 131072), 0);
    CHECK_EQ(COUNT(&world), 2);
    CHECK(asked(&world, 1, "bytes=131072-1310719")); /* and the window behind it */
    for (uint64_t at = 262144; at < SIZE; at += 131072)
        CHECK_EQ(read_at(&world, at, SIZE - at < 131072 ? SIZE - (size_t)at : 131072), 0);
    CHECK(COUNT(&world) <= 5);
    CHECK(stats_get(&world.stats, STAT_BYTES_FETCHED) <= SIZE + OBJECT_TAIL);
    world_stop(&world);
}

TEST(object_prefetch_stops_at_the_limit)
{
    static struct world world;

    world_start(&world, SIZE);
    CHECK_EQ(world_open(&world), 0);
    object_set_limit(world.object, 300000);
    tiny_http_forget(world.http);
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
    tiny_http_forget(world.http);
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
        CHECK(tiny_http_request(world.http, i).first >= 1048576);
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
    tiny_http_forget(world.http);
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
        signings += tiny_http_request(world.http, i).path[1] == 's';
    CHECK_EQ(signings, 1);
    CHECK_EQ(world.signatures, 2);
    CHECK_EQ(stats_get(&world.stats, STAT_URL_RENEWALS), 1);
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

TEST(object_forgets)
{
    static struct world world;
    struct source *source;

    world_start(&world, SIZE);
    CHECK_EQ(world_open(&world), 0);
    CHECK_EQ(read_at(&world, 1000000, 100), 0);
    tiny_http_forget(world.http);
    source = object_source(world.object);
    source->type->forget(source, 1000000, 1);
    CHECK_EQ(read_at(&world, 1000000, 100), 0);
    CHECK_EQ(COUNT(&world), 1);
    source->type->forget(source, 0, 983040); /* its neighbours only */
    source->type->forget(source, 0, 0);
    CHECK_EQ(read_at(&world, 1000000, 100), 0);
    CHECK_EQ(COUNT(&world), 1);
    world_stop(&world);
}
