#include "client_world.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fake_net.h"

void client_world_start(struct client_world *world, tiny_answer_fn *answer, void *arg,
                        const char *key, const char *key_file, int64_t timeout_ms)
{
    struct net_config net = {.user_agent = "test/0", .stall_seconds = 10, .stats = &world->stats};
    char why[300];

    memset(world, 0, sizeof(*world));
    world->log_level = (int)log_get_level();
    log_set_level(LOG_NOTHING);
    world->http = tiny_http_start(answer, arg);
    world->net = net_create(&net);
    world->executor = executor_create(2);
    if (!world->net || !world->executor || key_load(&world->key, key, key_file, why, sizeof(why)))
        abort();
    client_init(&world->client, &(struct client_config){.net = world->net,
                                                        .executor = world->executor,
                                                        .blocking = world->executor,
                                                        .key = &world->key,
                                                        .base_url = tiny_http_url(world->http),
                                                        .timeout_ms = timeout_ms});
}

void client_world_stop(struct client_world *world)
{
    net_stop(world->net);
    executor_destroy(world->executor);
    net_destroy(world->net);
    tiny_http_stop(world->http);
    log_set_level((enum log_level)world->log_level);
}
