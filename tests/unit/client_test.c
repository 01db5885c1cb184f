/* Calls whose key is refused: the file is read again, once, for all that wait. And the clock that
 * the answers tell. */
#include "api/client.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "support/fake_net.h"
#include "test.h"

#define MANY 20

struct world {
    struct stats stats;
    struct tiny_http *http;
    struct net *net;
    struct executor *executor;
    struct key key;
    struct client client;
    char file[64];
    const char *_Atomic wanted; /* the server's */
    const char *_Atomic date;   /* that it says; NULL none */
    int log_level;
    atomic_int answers, good, refused, cancelled;
};

static void serve(void *arg, const struct tiny_request *request, struct tiny_answer *answer)
{
    struct world *world = arg;

    answer->status = strcmp(request->key, world->wanted) == 0 ? 200 : 401;
    if (world->date)
        tiny_header(answer, "Date: %s", world->date);
    answer->body = "[]";
    answer->len = 2;
}

static void write_key(const struct world *world, const char *text)
{
    FILE *file = fopen(world->file, "w");

    if (!file || fputs(text, file) < 0 || fclose(file))
        abort();
}

static void world_start(struct world *world)
{
    struct net_config net = {.user_agent = "test/0", .stall_seconds = 10, .stats = &world->stats};
    char why[300];
    int fd;

    memset(world, 0, sizeof(*world));
    strcpy(world->file, "/tmp/taskfs-client-XXXXXX");
    fd = mkstemp(world->file);
    if (fd < 0)
        abort();
    close(fd);
    write_key(world, "first");
    world->wanted = "first";
    world->log_level = (int)log_get_level();
    log_set_level(LOG_NOTHING);
    world->http = tiny_http_start(serve, world);
    world->net = net_create(&net);
    world->executor = executor_create(2);
    if (!world->net || !world->executor ||
        key_load(&world->key, NULL, world->file, why, sizeof(why)))
        abort();
    client_init(&world->client, &(struct client_config){.net = world->net,
                                                        .executor = world->executor,
                                                        .blocking = world->executor,
                                                        .key = &world->key,
                                                        .base_url = tiny_http_url(world->http),
                                                        .timeout_ms = 10000});
}

static void world_stop(struct world *world)
{
    net_stop(world->net);
    executor_destroy(world->executor);
    net_destroy(world->net);
    tiny_http_stop(world->http);
    log_set_level((enum log_level)world->log_level);
    unlink(world->file);
}

static void come(void *arg, const struct client_answer *answer)
{
    struct world *world = arg;

    if (!answer->error)
        atomic_fetch_add(&world->good, 1);
    else if (answer->error == -EACCES)
        atomic_fetch_add(&world->refused, 1);
    else if (answer->error == -ECANCELED)
        atomic_fetch_add(&world->cancelled, 1);
    atomic_fetch_add(&world->answers, 1);
}

/* Half of them are answered on the net thread. */
static int ask_many(struct world *world)
{
    for (int i = 0; i < MANY; i++) {
        int rc = i % 2 ? client_task(&world->client, "one", come, world)
                       : client_signed_url(&world->client, "a/b", NULL, come, world);

        if (rc)
            return rc;
    }
    return 0;
}

static void wait_for_answers(struct world *world, int count)
{
    while (atomic_load(&world->answers) < count)
        sched_yield();
}

TEST(client_goes_on_with_another_key)
{
    struct world world;
    unsigned count;

    world_start(&world);
    write_key(&world, "second\n");
    world.wanted = "second";
    CHECK_EQ(ask_many(&world), 0);
    wait_for_answers(&world, MANY);
    CHECK_EQ(world.good, MANY);
    count = tiny_http_count(world.http); /* the last ones may have begun with the other key */
    CHECK(count > MANY && count <= 2 * MANY);
    CHECK_EQ(client_task(&world.client, "two", come, &world), 0);
    wait_for_answers(&world, MANY + 1);
    CHECK_EQ(tiny_http_count(world.http), count + 1);
    world_stop(&world);
}

TEST(client_is_refused_once_the_file_has_no_other_key)
{
    struct world world;

    world_start(&world);
    world.wanted = "second";
    CHECK_EQ(ask_many(&world), 0);
    wait_for_answers(&world, MANY);
    CHECK_EQ(world.refused, MANY);
    CHECK_EQ(tiny_http_count(world.http), MANY);
    write_key(&world, "third"); /* no better: tried once */
    CHECK_EQ(client_task(&world.client, "one", come, &world), 0);
    wait_for_answers(&world, MANY + 1);
    CHECK_EQ(world.refused, MANY + 1);
    CHECK_EQ(tiny_http_count(world.http), MANY + 2);
    write_key(&world, "second");
    CHECK_EQ(client_task(&world.client, "one", come, &world), 0);
    wait_for_answers(&world, MANY + 2);
    CHECK_EQ(world.good, 1);
    world_stop(&world);
}

struct block {
    struct op op;
    atomic_int *hold;
};

static int block_step(struct op *op)
{
    while (atomic_load(container_of(op, struct block, op)->hold))
        sched_yield();
    return 0;
}

static void block_fail(struct op *op, int error)
{
    (void)op;
    (void)error;
}

static void block_release(struct op *op)
{
    (void)op;
}

/* As if the file's server hung: no thread of the executor comes to read the key. */
TEST(client_is_cancelled_while_the_key_is_read)
{
    static const struct op_type type = {
        .step = block_step, .fail = block_fail, .release = block_release};
    struct block blocks[2];
    atomic_int hold = 1;
    struct world world;

    world_start(&world);
    for (int i = 0; i < 2; i++) {
        blocks[i] = (struct block){.op = {.type = &type, .deadline = INT64_MAX}, .hold = &hold};
        op_start_later(world.executor, &blocks[i].op);
    }
    world.wanted = "second";
    CHECK_EQ(ask_many(&world), 0);
    while (stats_get(&world.stats, STAT_API_ERROR) < MANY)
        sched_yield();
    world.wanted = "first"; /* the net goes on */
    CHECK_EQ(client_signed_url(&world.client, "a/b", NULL, come, &world), 0);
    wait_for_answers(&world, 1);
    CHECK_EQ(world.good, 1);
    net_stop(world.net);
    atomic_store(&hold, 0);
    executor_stop(world.executor);
    CHECK_EQ(world.cancelled, MANY);
    CHECK_EQ(world.answers, MANY + 1);
    world_stop(&world);
}

#define SECOND INT64_C(1000000000)
#define HOUR   (3600 * SECOND)

/* What an answer makes of the service's clock, as ns ahead of this machine's. The server says that
 * it is `ahead` ns later, or `text`. */
static int64_t clock_after(struct world *world, int64_t ahead, const char *text)
{
    char date[64];
    time_t when = (time_t)((clock_wall_ns() + ahead) / SECOND);
    struct tm tm;
    int answers = atomic_load(&world->answers);

    gmtime_r(&when, &tm);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    world->date = text ? text : date;
    if (client_task(&world->client, "one", come, world))
        return 0;
    wait_for_answers(world, answers + 1);
    world->date = NULL;
    return client_server_now(&world->client) - clock_wall_ns();
}

static int is_about(int64_t a, int64_t b)
{
    return a - b < SECOND && b - a < SECOND;
}

TEST(client_follows_the_clock_of_the_service)
{
    struct world world;

    world_start(&world);
    CHECK(is_about(client_server_now(&world.client), clock_wall_ns()));
    CHECK(is_about(clock_after(&world, 0, NULL), 0));
    CHECK(is_about(clock_after(&world, 2 * HOUR, NULL), 2 * HOUR));
    /* The seconds of a date are whole, and an answer takes its time. */
    for (int64_t jitter = -1; jitter <= 1; jitter++)
        CHECK(is_about(clock_after(&world, 2 * HOUR + jitter * SECOND, NULL), 2 * HOUR));
    CHECK(is_about(clock_after(&world, 2 * HOUR + 5 * SECOND, NULL), 2 * HOUR + 5 * SECOND));
    CHECK(is_about(clock_after(&world, -3 * HOUR, NULL), -3 * HOUR));
    CHECK(is_about(clock_after(&world, 0, "yesterday"), -3 * HOUR)); /* no date says nothing */
    CHECK(is_about(clock_after(&world, 0, ""), -3 * HOUR));
    CHECK(is_about(clock_after(&world, 0, NULL), 0));
    world_stop(&world);
}
