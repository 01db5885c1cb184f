#include "download_world.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "op/sync.h"
#include "scratch.h"

#define READ_MS    20000
#define CACHE_SIZE (32u * 1024 * 1024)

static int load_step(struct op *op, void *arg)
{
    return archive_load(arg, op);
}

int download_world_start(struct download_world *world)
{
    struct archive_spec spec = {.path = "bucket/output.zip",
                                .region = "europe",
                                .dos_zone = ZIP_DOS_UTC,
                                .files = -1,
                                .size = -1};
    struct archive_context context;
    int rc;

    zip_builder_end(&world->builder, NULL);
    world_start(&world->store, 1);
    free(world->store.bytes);
    world->store.bytes = world->builder.out.bytes;
    world->store.n = world->builder.out.n;
    world->builder.out.bytes = NULL;
    zip_builder_free(&world->builder);
    scratch_make();
    umask(0);
    world->archive = NULL;
    world->connection = (struct connection){.timeout_ms = READ_MS};
    rc = connection_set_url(&world->connection, tiny_http_url(world->store.api.http));
    if (rc)
        return rc;
    rc = engine_start(&world->engine, &(struct engine_config){.user_agent = "test",
                                                              .connection = &world->connection,
                                                              .cache_size = CACHE_SIZE,
                                                              .key = &world->store.api.key});
    if (!rc)
        rc = target_open(&world->target, scratch_path("dir"), "abc", "outputs", 022);
    if (!rc)
        rc = target_lock(&world->target);
    if (!rc)
        rc = target_create(&world->target);
    if (rc)
        return rc;
    identities_init(&world->identities);
    context = engine_archives(&world->engine);
    context.identities = &world->identities;
    context.is_read_once = 1;
    world->archive = archive_new(&context, &spec);
    if (!world->archive)
        return -ENOMEM;
    return op_run_sync(world->engine.executor, READ_MS, load_step, world->archive);
}

void download_world_stop(struct download_world *world)
{
    target_close(&world->target);
    engine_stop(&world->engine);
    archive_unref(world->archive);
    engine_free(&world->engine);
    connection_free(&world->connection);
    world_stop(&world->store);
    scratch_remove();
    umask(022);
}
