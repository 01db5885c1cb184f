#include "object_world.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "op/sync.h"

#define PATIENCE_MS 20000

static void sign(struct world *world, struct tiny_answer *answer)
{
    if (world->is_gone) {
        answer->status = 404;
        return;
    }
    answer->status = 200;
    answer->len = (size_t)snprintf(world->url, sizeof(world->url), "[\"%s/object?signature=%d\"]",
                                   tiny_http_url(world->api.http), ++world->signatures);
    answer->body = world->url;
}

static void refuse_suffix(struct world *world, const char *etag, struct tiny_answer *answer)
{
    answer->status = world->no_suffix;
    tiny_header(answer, "ETag: %s", etag);
    if (answer->status == 200) {
        answer->body = world->bytes;
        answer->len = world->n;
    } else if (answer->status == 416 && !world->no_total) {
        tiny_header(answer, "Content-Range: bytes */%zu", world->n);
    }
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
        answer->status = world->refusal ? world->refusal : 403;
        return;
    }
    snprintf(etag, sizeof(etag), "\"%d\"", world->etag);
    if (request->suffix && world->no_suffix &&
        (!world->only_longer || request->suffix > world->n)) {
        refuse_suffix(world, etag, answer);
        return;
    }
    tiny_object(request, world->bytes, world->n, etag, answer);
}

void world_start(struct world *world, size_t n)
{
    memset(world, 0, sizeof(*world));
    world->n = n;
    world->bytes = malloc(n + 1);
    if (!world->bytes)
        abort();
    for (size_t i = 0; i < n; i++)
        world->bytes[i] = (uint8_t)(i * 13 + i / 257 + i / 65537);
    client_world_start(&world->api, world_answer, world, "key", NULL, PATIENCE_MS);
    world->cache = cache_create(64u << 20, &world->api.stats);
    if (!world->cache)
        abort();
    world->context = (struct object_context){.client = &world->api.client,
                                             .net = world->api.net,
                                             .cache = world->cache,
                                             .hosts = &world->hosts,
                                             .timeout_ms = PATIENCE_MS};
    world->object = object_new(&world->context, "bucket/output.zip", "europe", OBJECT_TAIL, 0);
}

void world_stop(struct world *world)
{
    executor_cancel_all(world->api.executor, -ENOTCONN);
    net_stop(world->api.net);
    object_unref(world->object);
    client_world_stop(&world->api);
    cache_destroy(world->cache);
    free(world->bytes);
}

static int open_step(struct op *op, void *arg)
{
    return object_open(((struct world *)arg)->object, op);
}

int world_open(struct world *world)
{
    return op_run_sync(world->api.executor, PATIENCE_MS, open_step, world);
}

static int reader_step(struct op *op)
{
    struct reader *reader = container_of(op, struct reader, op);

    reader->rc = reader->opens
                     ? object_open(reader->world->object, op)
                     : source_read(object_source(reader->world->object), reader->offset,
                                   reader->out, reader->len, reader->len, reader->hint, op);
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

void reader_start(struct reader *reader, struct world *world, uint64_t offset, size_t len)
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
    op_start(world->api.executor, &reader->op);
}

int reader_end(struct reader *reader)
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

int read_at(struct world *world, uint64_t offset, size_t len)
{
    struct reader reader = {.rc = 0};

    reader_start(&reader, world, offset, len);
    return reader_end(&reader);
}

int asked(struct world *world, unsigned number, const char *range)
{
    struct tiny_request request = tiny_http_request(world->api.http, number);

    if (strcmp(request.range, range) == 0 && !request.key[0])
        return 1;
    fprintf(stderr, "request %u: '%s' of '%s'\n", number, request.range, request.path);
    return 0;
}
