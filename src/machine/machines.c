/* All machines: their numbers, whose turn it is to connect, and the frames of taskfs-live. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "machine/internal.h"

/* So many machines are connected to at once: each waits for its answer with a call, and calls about
 * tasks must not wait behind these. */
#define CONNECTING_MAX 16u
#define REST_MS        30000 /* without a connection, until taskfs-live is ended */
#define CONFIRM_MS     10000 /* in which it has to confirm some CLOSE; else it hangs */

/* ---- numbers ---- */

int machines_take_number(struct machine *machine)
{
    struct machines *machines = machine->machines;

    if (machines->connecting >= CONNECTING_MAX)
        return -EBUSY;
    for (uint32_t i = 0; i < LIVE_CONNECTIONS_MAX; i++) {
        if (machines->connections[i])
            continue;
        machines->connections[i] = machine;
        machine->number = i + 1;
        machines->open++;
        timer_cancel(&machines->rest);
        return 0;
    }
    return -EBUSY;
}

static void free_number(struct machines *machines, uint32_t number)
{
    machines->connections[number - 1] = NULL;
    machines->open--;
    if (!machines->open && link_is_open(&machines->link) && !net_is_stopping(machines->config.net))
        net_set_timer(machines->config.net, &machines->rest, REST_MS);
}

/* Returns 0, or a negative errno when it has to be told later. */
static int tell_to_close(struct machines *machines, uint32_t number)
{
    int rc = link_send(&machines->link, LIVE_CLOSE, number, NULL, 0);

    machines->connections[number - 1] = rc ? &machines->to_close : &machines->closing;
    return rc;
}

void machines_drop_number(struct machine *machine)
{
    struct machines *machines = machine->machines;
    uint32_t number = machine->number;

    if (!number)
        return;
    if (!link_is_open(&machines->link)) {
        machines_return_number(machine);
        return;
    }
    machine->number = 0;
    tell_to_close(machines, number);
    if (!machines->unconfirmed++)
        net_set_timer(machines->config.net, &machines->confirm, CONFIRM_MS);
}

void machines_return_number(struct machine *machine)
{
    uint32_t number = machine->number;

    machine->number = 0;
    free_number(machine->machines, number);
}

/* Nobody has this connection any more, but for taskfs-live. */
static int is_leaving(const struct machines *machines, const struct machine *machine)
{
    return machine == &machines->closing || machine == &machines->to_close;
}

/* taskfs-live has confirmed a CLOSE. */
static void take_confirmation(struct machines *machines, uint32_t number)
{
    free_number(machines, number);
    if (--machines->unconfirmed)
        net_set_timer(machines->config.net, &machines->confirm, CONFIRM_MS);
    else
        timer_cancel(&machines->confirm);
    machines_next_turn(machines);
}

static void on_rest(struct timer *timer)
{
    struct machines *machines = container_of(timer, struct machines, rest);

    if (machines->open)
        return;
    log_debug(LOG_NET, "ended " PROGRAM_NAME ", which nobody needs");
    link_close(&machines->link);
}

/* ---- turns ---- */

void machines_enqueue(struct machine *machine, int64_t delay_ms)
{
    struct machines *machines = machine->machines;

    list_del(&machine->link);
    list_add(&machines->queue, &machine->link);
    net_set_timer(machines->config.net, &machines->turn, delay_ms);
}

static void on_turn(struct timer *timer)
{
    struct machines *machines = container_of(timer, struct machines, turn);
    struct list waiting, *node;

    if (net_is_stopping(machines->config.net))
        return;
    list_init(&waiting);
    while ((node = list_pop(&machines->queue)))
        list_add(&waiting, node);
    while ((node = list_pop(&waiting)))
        machine_connect(container_of(node, struct machine, link));
}

void machines_next_turn(struct machines *machines)
{
    if (!list_empty(&machines->queue) && !net_is_stopping(machines->config.net))
        net_set_timer(machines->config.net, &machines->turn, 0);
}

/* ---- frames ---- */

static void on_closed(struct machines *machines, struct machine *machine,
                      const struct live_frame *frame)
{
    char why[LIVE_WHY_MAX + 1];

    if (is_leaving(machines, machine)) {
        take_confirmation(machines, frame->connection);
        return;
    }
    memcpy(why, frame->payload, frame->len);
    why[frame->len] = '\0';
    machine->number = 0;
    free_number(machines, frame->connection);
    if (machine->state == MACHINE_READY)
        machine_lose(machine, -ECONNRESET, why);
    else
        machine_fail(machine, -EHOSTUNREACH, why);
}

static void on_frame(struct link *link, const struct live_frame *frame)
{
    struct machines *machines = container_of(link, struct machines, link);
    struct machine *machine = frame->connection && frame->connection <= LIVE_CONNECTIONS_MAX
                                  ? machines->connections[frame->connection - 1]
                                  : NULL;

    if (!machine)
        return;
    if (frame->type == LIVE_CLOSED) {
        on_closed(machines, machine, frame);
        return;
    }
    if (is_leaving(machines, machine))
        return;
    if (frame->type == LIVE_OFFER)
        machine_take_offer(machine, frame);
    else if (frame->type == LIVE_READY)
        machine_take_ready(machine);
    else if (frame->type == LIVE_MESSAGE)
        machine_take_message(machine, frame);
}

static void on_link_end(struct link *link, const char *why)
{
    struct machines *machines = container_of(link, struct machines, link);

    log_warn("%s; it is started again when it is needed", why);
    machines->unconfirmed = 0;
    timer_cancel(&machines->confirm);
    for (uint32_t number = 1; number <= LIVE_CONNECTIONS_MAX; number++) {
        struct machine *machine = machines->connections[number - 1];

        if (!machine)
            continue;
        free_number(machines, number);
        if (is_leaving(machines, machine))
            continue;
        machine->number = 0;
        machine_lose(machine, -ECONNRESET, why);
    }
}

/* Tells taskfs-live of the connections that it has not been told of. Returns 1 when there were any,
 * and it knows of all now. */
static int tell_the_rest(struct machines *machines)
{
    int has_told = 0;

    for (uint32_t number = 1; number <= LIVE_CONNECTIONS_MAX; number++) {
        if (machines->connections[number - 1] != &machines->to_close)
            continue;
        if (tell_to_close(machines, number))
            return 0;
        has_told = 1;
    }
    return has_told;
}

static void on_unconfirmed(struct timer *timer)
{
    struct machines *machines = container_of(timer, struct machines, confirm);

    if (net_is_stopping(machines->config.net))
        return;
    if (tell_the_rest(machines)) {
        net_set_timer(machines->config.net, &machines->confirm, CONFIRM_MS);
        return;
    }
    link_close(&machines->link);
    on_link_end(&machines->link, PROGRAM_NAME " did not react, and was killed");
}

/* ---- life ---- */

struct machines *machines_create(const struct machines_config *config)
{
    struct machines *machines = calloc(1, sizeof(*machines));

    if (!machines)
        return NULL;
    machines->config = *config;
    machines->link.net = config->net;
    machines->link.path = config->program;
    machines->link.on_frame = on_frame;
    machines->link.on_end = on_link_end;
    link_init(&machines->link);
    list_init(&machines->queue);
    timer_init(&machines->turn, on_turn);
    timer_init(&machines->rest, on_rest);
    timer_init(&machines->confirm, on_unconfirmed);
    return machines;
}

void machines_destroy(struct machines *machines)
{
    link_free(&machines->link);
    free(machines);
}

struct machine *machine_new(struct machines *machines, const char *task)
{
    struct machine *machine = calloc(1, sizeof(*machine));

    if (!machine || !(machine->task = strdup(task))) {
        free(machine);
        return NULL;
    }
    refcount_init(&machine->refs, 1);
    machine->machines = machines;
    list_init(&machine->link);
    list_init(&machine->requests);
    timer_init(&machine->timer, machine_on_timer);
    timer_init(&machine->silence, machine_on_silence);
    machine->message = BUF_INIT(MACHINE_MESSAGE_MAX);
    return machine;
}

void machine_unref(struct machine *machine)
{
    if (!machine || !refcount_put(&machine->refs))
        return;
    buf_free(&machine->message);
    free(machine->task);
    free(machine);
}

void machine_try_again(struct machine *machine)
{
    atomic_store(&machine->tries_again, 1);
}

int machine_is_ready(const struct machine *machine)
{
    return atomic_load(&machine->is_ready);
}
