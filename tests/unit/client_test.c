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
#include "support/client_world.h"
#include "test.h"

#define MANY 20

struct world {
    struct client_world api;
    char file[64];
    const char *_Atomic wanted; /* the server's */
    const char *_Atomic date;   /* that it says; NULL none */
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
    int fd;

    memset(world, 0, sizeof(*world));
    strcpy(world->file, "/tmp/taskfs-client-XXXXXX");
    fd = mkstemp(world->file);
    if (fd < 0)
        abort();
    close(fd);
    write_key(world, "first");
    world->wanted = "first";
    client_world_start(&world->api, serve, world, NULL, world->file, 10000);
}

static void world_stop(struct world *world)
{
    client_world_stop(&world->api);
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
        int rc = i % 2 ? client_task(&world->api.client, "one", come, world)
                       : client_signed_url(&world->api.client, "a/b", NULL, come, world);

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
    count = tiny_http_count(world.api.http); /* the last ones may have begun with the other key */
    CHECK(count > MANY && count <= 2 * MANY);
    CHECK_EQ(client_task(&world.api.client, "two", come, &world), 0);
    wait_for_answers(&world, MANY + 1);
    CHECK_EQ(tiny_http_count(world.api.http), count + 1);
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
    CHECK_EQ(tiny_http_count(world.api.http), MANY);
    write_key(&world, "third"); /* no better: tried once */
    CHECK_EQ(client_task(&world.api.client, "one", come, &world), 0);
    wait_for_answers(&world, MANY + 1);
    CHECK_EQ(world.refused, MANY + 1);
    CHECK_EQ(tiny_http_count(world.api.http), MANY + 2);
    write_key(&world, "second");
    CHECK_EQ(client_task(&world.api.client, "one", come, &world), 0);
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
        op_start_later(world.api.executor, &blocks[i].op);
    }
    world.wanted = "second";
    CHECK_EQ(ask_many(&world), 0);
    while (stats_get(&world.api.stats, STAT_API_ERROR) < MANY)
        sched_yield();
    world.wanted = "first"; /* the net goes on */
    CHECK_EQ(client_signed_url(&world.api.client, "a/b", NULL, come, &world), 0);
    wait_for_answers(&world, 1);
    CHECK_EQ(world.good, 1);
    net_stop(world.api.net);
    atomic_store(&hold, 0);
    executor_stop(world.api.executor);
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
    if (client_task(&world->api.client, "one", come, world))
        return 0;
    wait_for_answers(world, answers + 1);
    world->date = NULL;
    return client_server_now(&world->api.client) - clock_wall_ns();
}

static int is_about(int64_t a, int64_t b)
{
    return a - b < SECOND && b - a < SECOND;
}

TEST(client_follows_the_clock_of_the_service)
{
    struct world world;

    world_start(&world);
    CHECK(is_about(client_server_now(&world.api.client), clock_wall_ns()));
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
