/* Connections to machines, with this program in the place of taskfs-live (support/fake_program.c)
 * and a tiny server in the service's. */
#include "machine/machine.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "support/client_world.h"
#include "test.h"

#define SELF "/proc/self/exe"

struct asked {
    struct machine_request request;
    struct world *world;
    int error;
    int is_done;
};

struct world {
    struct client_world api;
    struct machines *machines;
    struct machine *machine;
    int register_status, message_status;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

static void serve(void *arg, const struct tiny_request *request, struct tiny_answer *answer)
{
    const struct world *world = arg;

    answer->status = 200;
    answer->body = "null";
    if (strstr(request->path, "/register"))
        answer->status = world->register_status;
    if (strstr(request->path, "/message")) {
        answer->status = world->message_status;
        answer->body = "{\"type\": \"answer\", \"sdp\": \"v=0\"}";
    }
    answer->len = answer->status == 204 ? 0 : strlen(answer->body);
}

static void world_start(struct world *world, const char *program)
{
    memset(world, 0, sizeof(*world));
    world->register_status = world->message_status = 200;
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->changed, NULL);
    client_world_start(&world->api, serve, world, "key", NULL, 10000);
    world->machines = machines_create(&(struct machines_config){.client = &world->api.client,
                                                                .net = world->api.net,
                                                                .executor = world->api.executor,
                                                                .stats = &world->api.stats,
                                                                .program = program,
                                                                .server = "stun.example:3478"});
    if (world->machines)
        world->machine = machine_new(world->machines, "task");
}

static void world_stop(struct world *world)
{
    machine_unref(world->machine);
    net_stop(world->api.net);
    machines_destroy(world->machines);
    client_world_stop(&world->api);
}

static void on_done(struct machine_request *request, int error)
{
    struct asked *asked = container_of(request, struct asked, request);
    struct world *world = asked->world;

    pthread_mutex_lock(&world->lock);
    asked->error = error;
    asked->is_done = 1;
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

static int begin(struct world *world, struct asked *asked, const char *text)
{
    memset(asked, 0, sizeof(*asked));
    if (!world->machine)
        return -ENOMEM;
    asked->world = world;
    asked->request.json = text;
    asked->request.done = on_done;
    return machine_ask(world->machine, &asked->request);
}

static int end(struct asked *asked)
{
    struct world *world = asked->world;

    pthread_mutex_lock(&world->lock);
    while (!asked->is_done)
        pthread_cond_wait(&world->changed, &world->lock);
    pthread_mutex_unlock(&world->lock);
    return asked->error;
}

static int ask(struct world *world, struct asked *asked, const char *text)
{
    return begin(world, asked, text) ? 1 : end(asked);
}

TEST(machine_answers_over_one_connection)
{
    struct world world;
    struct asked asked[5];
    static const char *const texts[5] = {"echo a", "echo b", "echo c", "echo d", "echo e"};

    world_start(&world, SELF);
    CHECK(world.machine);
    CHECK_EQ(machine_is_ready(world.machine), 0);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(begin(&world, &asked[i], texts[i]), 0);
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(end(&asked[i]), 0);
        CHECK_EQ(asked[i].request.answer.len, 1);
        CHECK_EQ(asked[i].request.answer.data[0], texts[i][5]);
        buf_free(&asked[i].request.answer);
    }
    CHECK_EQ(machine_is_ready(world.machine), 1);
    CHECK_EQ(stats_get(&world.api.stats, STAT_LIVE_CONNECTIONS), 1);
    CHECK_EQ(stats_get(&world.api.stats, STAT_LIVE_REQUESTS), 5);
    CHECK_EQ(tiny_http_count(world.api.http), 3);
    CHECK_STR(tiny_http_request(world.api.http, 0).path, "/tasks/task/register");
    CHECK_STR(tiny_http_request(world.api.http, 1).path, "/tasks/task/offer");
    world_stop(&world);
}

TEST(machine_that_does_not_answer_is_probed)
{
    struct world world;
    struct asked silent, next;

    world_start(&world, SELF);
    CHECK_EQ(begin(&world, &silent, "silent"), 0);
    CHECK_EQ(begin(&world, &next, "echo next"), 0);
    CHECK_EQ(end(&silent), -ENODATA);
    CHECK_EQ(end(&next), 0);
    CHECK_STR(next.request.answer.data, "next");
    CHECK_EQ(stats_get(&world.api.stats, STAT_LIVE_CONNECTS), 1);
    buf_free(&next.request.answer);
    world_stop(&world);
}

TEST(machine_answer_has_a_ceiling)
{
    struct world world;
    struct asked asked;

    world_start(&world, SELF);
    CHECK_EQ(ask(&world, &asked, "big"), -EFBIG);
    CHECK(strstr(asked.request.why, "64 MiB"));
    CHECK_EQ(ask(&world, &asked, "echo after"), 0);
    CHECK_STR(asked.request.answer.data, "after");
    CHECK_EQ(stats_get(&world.api.stats, STAT_LIVE_CONNECTS), 1);
    buf_free(&asked.request.answer);
    world_stop(&world);
}

TEST(machine_lost_connection_is_made_again)
{
    struct world world;
    struct asked asked;

    world_start(&world, SELF);
    CHECK_EQ(ask(&world, &asked, "lose-first"), 0);
    CHECK_STR(asked.request.answer.data, "second");
    buf_free(&asked.request.answer);
    CHECK_EQ(ask(&world, &asked, "lose"), -ECONNRESET);
    CHECK_STR(asked.request.why, "it was told so");
    CHECK_EQ(ask(&world, &asked, "die"), -ECONNRESET);
    CHECK_EQ(ask(&world, &asked, "echo after"), 0);
    buf_free(&asked.request.answer);
    world_stop(&world);
}

TEST(machine_without_the_program)
{
    struct world world;
    struct asked asked;

    world_start(&world, "/nowhere/taskfs-live");
    CHECK_EQ(ask(&world, &asked, "echo a"), -ENOPKG);
    CHECK(strstr(asked.request.why, "not installed"));
    CHECK_EQ(ask(&world, &asked, "echo a"), -ENOPKG);
    CHECK_EQ(tiny_http_count(world.api.http), 0);
    world_stop(&world);
}

TEST(machine_failure_stands_for_a_while)
{
    struct world world;
    struct asked asked;
    unsigned count;

    world_start(&world, SELF);
    world.register_status = 404;
    CHECK_EQ(ask(&world, &asked, "echo a"), -EHOSTUNREACH);
    CHECK(strstr(asked.request.why, "404"));
    count = tiny_http_count(world.api.http);
    CHECK_EQ(ask(&world, &asked, "echo a"), -EHOSTUNREACH);
    CHECK_EQ(tiny_http_count(world.api.http), count);
    world_stop(&world);
}

/* It ends in the middle of anything. */
TEST(machine_ends_at_any_time)
{
    for (int i = 0; i < 40; i++) {
        struct world world;
        struct asked asked[3];

        world_start(&world, SELF);
        world.message_status = i % 4 ? 200 : 204;
        CHECK(world.machine);
        CHECK_EQ(begin(&world, &asked[0], i % 3 ? "echo a" : "mute"), 0);
        CHECK_EQ(begin(&world, &asked[1], "echo b"), 0);
        CHECK_EQ(begin(&world, &asked[2], "lose"), 0);
        nanosleep(&(struct timespec){.tv_nsec = i * 300000L}, NULL);
        net_stop(world.api.net);
        for (int n = 0; n < 3; n++) {
            end(&asked[n]);
            buf_free(&asked[n].request.answer);
        }
        CHECK_EQ(begin(&world, &asked[0], "echo late"), -ECANCELED);
        world_stop(&world);
    }
}
