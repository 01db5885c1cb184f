/*
 * What every program on the domain stands on: the net thread, the executors, the cache and the
 * client of the service, started and stopped in the right order.
 */
#ifndef TASKFS_ENGINE_ENGINE_H
#define TASKFS_ENGINE_ENGINE_H

#include "api/client.h"
#include "archive/archive.h"
#include "cache/cache.h"
#include "cli/connection.h"
#include "cli/disk_options.h"
#include "op/executor.h"

struct engine_config {
    const char *user_agent;
    const struct connection *connection; /* its authorities are loaded */
    const char *project;                 /* filters of the listing, or NULL */
    const char *status;
    size_t cache_size;               /* bytes, the budget of all caches in memory */
    const struct disk_options *disk; /* NULL: nothing is kept on disk */
    struct key *key;
};

struct engine {
    struct engine_config config;
    struct stats stats;
    struct net *net;
    struct executor *executor;
    struct executor *blocking;
    struct executor *ahead;
    struct executor *disk_executor; /* NULL: nothing is kept on disk */
    struct disk *disk;
    struct store_disk store_disk;
    struct cache *cache;
    struct decoder_pool *decoders;
    struct store_hosts hosts;
    struct client client;
};

/* `engine` is all zero. The config is copied; what it points to outlives the engine. Makes no call.
 * Returns 0, or a negative errno after logging why: without memory or threads, or when the cache
 * on disk cannot be used. engine_free frees what was started. Blocks on that cache. */
int engine_start(struct engine *engine, const struct engine_config *config);

/* What archives are made with; valid as long as the engine. */
struct archive_context engine_archives(struct engine *engine);

/*
 * First no op waits any more, then nothing comes from the network any more, then no thread of the
 * engine runs but the cache's: from there on everything may be freed without a lock. Blocks until
 * that is so, which is soon.
 */
void engine_stop(struct engine *engine);
/* Frees what engine_start has made. The engine has been stopped, if it was started, and what stands
 * on it is freed. */
void engine_free(struct engine *engine);

/* Returns how many processors there are, from 1 to `most`. */
unsigned engine_processors(unsigned most);

#endif
