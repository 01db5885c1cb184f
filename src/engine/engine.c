#include "engine/engine.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "disk/disk.h"
#include "member/decoder_pool.h"
#include "net/net.h"

#define STALL_SECONDS     10
#define EXECUTOR_THREADS  4
#define BLOCKING_THREADS  8  /* busy ones, at most; as many as there are processors */
#define BLOCKING_MAX      32 /* with blocked ones: each holds a decoder of libzip, 4 MB or more */
#define BLOCKING_SPARE_MS 5000
#define DISK_THREADS      2
#define DISK_FLUSH_MS     10000
#define BACKLOG_SHARE     4 /* of the cache: what may wait to be written to disk */
#define AHEAD_THREADS     4 /* at most; as many as there are processors */
/* With a cache on disk, a call ends this long before the operation that waits for it, so that the
 * operation can still use what the disk has. */
#define DISK_MARGIN_MS 250

unsigned engine_processors(unsigned most)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n < (long)most ? (unsigned)n : most;
}

static void connect_client(struct engine *engine)
{
    const struct engine_config *config = &engine->config;
    int64_t margin = config->disk && config->disk->dir ? DISK_MARGIN_MS : 0;
    struct client_config client = {.net = engine->net,
                                   .executor = engine->executor,
                                   .blocking = engine->blocking,
                                   .key = config->key,
                                   .base_url = config->connection->api_url,
                                   .project = config->project,
                                   .status = config->status,
                                   .timeout_ms = config->connection->timeout_ms - margin};

    client_init(&engine->client, &client);
}

static int is_lack_of_room(int error)
{
    return error == -EROFS || error == -ENOSPC || error == -EDQUOT;
}

/* Opens the cache on disk, or goes on without it when there is no room to make one. Returns 0, or a
 * negative errno after logging why. */
static int open_disk(struct engine *engine)
{
    const struct disk_options *options = engine->config.disk;
    char key[KEY_MAX + 1] = "", why[512];
    struct disk_config config = {.dir = options->dir,
                                 .limit = options->limit,
                                 .service = engine->config.connection->api_url,
                                 .key = options->is_offline ? NULL : key,
                                 .stats = &engine->stats};
    int rc;

    if (!options->is_offline)
        key_copy(engine->config.key, key);
    rc = disk_open(&engine->disk, &config, why, sizeof(why));
    explicit_bzero(key, sizeof(key));
    if (is_lack_of_room(rc) && !options->is_offline && !options->is_needed) {
        log_warn("%s; going on without it", why);
        return 0;
    }
    if (rc) {
        log_error("%s", why);
        return rc;
    }
    engine->disk_executor = executor_create(DISK_THREADS);
    if (!engine->disk_executor) {
        log_error("cannot start: out of memory or threads");
        return -ENOMEM;
    }
    store_disk_init(&engine->store_disk, engine->disk, engine->disk_executor, engine->net,
                    engine->config.cache_size / BACKLOG_SHARE);
    engine->store_disk.is_offline = options->is_offline;
    return 0;
}

int engine_start(struct engine *engine, const struct engine_config *config)
{
    struct net_config net = {.user_agent = config->user_agent,
                             .authorities = config->connection->authorities,
                             .authority_dir = config->connection->ca_dir,
                             .stall_seconds = STALL_SECONDS,
                             .outlasts_outages = config->connection->is_timeout_given,
                             .stats = &engine->stats};

    engine->config = *config;
    engine->net = net_create(&net);
    engine->executor = executor_create(EXECUTOR_THREADS);
    engine->blocking = executor_create(engine_processors(BLOCKING_THREADS));
    if (engine->blocking)
        executor_let_grow(engine->blocking, BLOCKING_MAX, BLOCKING_SPARE_MS);
    engine->ahead = executor_create(engine_processors(AHEAD_THREADS));
    engine->cache = cache_create(config->cache_size, &engine->stats);
    if (engine->cache)
        engine->decoders = decoder_pool_create(engine->cache);
    if (engine->net && engine->executor && engine->blocking && engine->ahead && engine->decoders) {
        connect_client(engine);
        return config->disk && config->disk->dir ? open_disk(engine) : 0;
    }
    log_error("cannot start: out of memory or threads");
    return -ENOMEM;
}

struct archive_context engine_archives(struct engine *engine)
{
    return (struct archive_context){
        .object = {.client = &engine->client,
                   .net = engine->net,
                   .cache = engine->cache,
                   .hosts = &engine->hosts,
                   .disk = engine->disk_executor ? &engine->store_disk : NULL,
                   .timeout_ms = engine->config.connection->timeout_ms},
        .executor = engine->executor,
        .blocking = engine->blocking,
        .decoders = engine->decoders,
        .ahead = engine->ahead};
}

void engine_stop(struct engine *engine)
{
    if (engine->config.key)
        key_stop(engine->config.key);
    if (engine->executor)
        executor_cancel_all(engine->executor, -ENODEV);
    if (engine->blocking)
        executor_cancel_all(engine->blocking, -ENODEV);
    if (engine->ahead)
        executor_cancel_all(engine->ahead, -ENODEV);
    if (engine->disk_executor)
        store_disk_stop(&engine->store_disk);
    if (engine->net)
        net_stop(engine->net);
    if (engine->disk_executor) { /* nothing comes any more that would have to be written */
        store_disk_flush(&engine->store_disk, DISK_FLUSH_MS);
        executor_cancel_all(engine->disk_executor, -ENODEV);
        executor_stop(engine->disk_executor);
    }
    if (engine->ahead)
        executor_stop(engine->ahead);
    if (engine->blocking)
        executor_stop(engine->blocking);
    if (engine->executor)
        executor_stop(engine->executor);
}

void engine_free(struct engine *engine)
{
    if (engine->net)
        net_destroy(engine->net);
    if (engine->ahead)
        executor_destroy(engine->ahead);
    if (engine->blocking)
        executor_destroy(engine->blocking);
    if (engine->executor)
        executor_destroy(engine->executor);
    if (engine->disk_executor) {
        executor_destroy(engine->disk_executor);
        store_disk_free(&engine->store_disk);
    }
    if (engine->disk)
        disk_close(engine->disk);
    if (engine->decoders)
        decoder_pool_destroy(engine->decoders);
    if (engine->cache)
        cache_destroy(engine->cache);
}
