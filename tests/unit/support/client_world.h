/* A client of the service with all that it stands on, and a tiny server in the service's place. */
#ifndef TASKFS_CLIENT_WORLD_H
#define TASKFS_CLIENT_WORLD_H

#include "api/client.h"
#include "base/stats.h"
#include "tiny_http.h"

struct client_world {
    struct stats stats;
    struct tiny_http *http;
    struct net *net;
    struct executor *executor; /* of two threads, for blocking calls too */
    struct key key;
    struct client client;
    int log_level; /* as it was */
};

/* The server answers by `answer`; the key is `key`, or what the file `key_file` has when that is
 * NULL. Nothing is logged until client_world_stop. Aborts when anything fails. */
void client_world_start(struct client_world *world, tiny_answer_fn *answer, void *arg,
                        const char *key, const char *key_file, int64_t timeout_ms);
/* Waits for what runs. */
void client_world_stop(struct client_world *world);

#endif
