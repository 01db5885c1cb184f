/* Making a connection, and its end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "api/mailbox.h"
#include "base/clock.h"
#include "base/log.h"
#include "machine/internal.h"

#define BLOCK_S     10    /* that the service waits for the answer, at most */
#define AGAIN_MS    1000  /* between two calls for the answer, at least */
#define HOLD_MS     5000  /* that a failure stands for, at first; doubled with each */
#define HOLD_MAX_MS 60000 /* and at most */
#define LOSSES_MAX  3     /* of connections in a row that were not ready yet */
#define BUSY_MS     500   /* until it is tried again when all numbers are in use */

static struct net *net_of(const struct machine *machine)
{
    return machine->machines->config.net;
}

/* ---- attempts ---- */

static void on_again(struct timer *timer);

static struct attempt *attempt_new(struct machine *machine)
{
    struct attempt *attempt = calloc(1, sizeof(*attempt));
    unsigned char r[16];

    if (!attempt || getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r)) {
        free(attempt);
        return NULL;
    }
    r[6] = (unsigned char)((r[6] & 0x0f) | 0x40); /* RFC 4122, version 4 */
    r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
    snprintf(attempt->sender, sizeof(attempt->sender),
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", r[0], r[1],
             r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14],
             r[15]);
    timer_init(&attempt->again, on_again);
    attempt->refs = 1;
    attempt->machine = machine;
    return attempt;
}

static void attempt_put(struct attempt *attempt)
{
    if (--attempt->refs)
        return;
    free(attempt->offer);
    free(attempt);
}

/* The machine has nothing to do with its attempt any more. */
static void leave_attempt(struct machine *machine)
{
    struct attempt *attempt = machine->attempt;

    if (!attempt)
        return;
    machine->attempt = NULL;
    attempt->machine = NULL;
    timer_cancel(&attempt->again);
    attempt_put(attempt);
}

/* A call of the attempt has returned. Returns its machine; NULL when it was given up meanwhile. */
static struct machine *machine_of_call(struct attempt *attempt)
{
    struct machine *machine = attempt->machine;

    attempt_put(attempt);
    return machine;
}

static void refuse_call(struct machine *machine, const char *what,
                        const struct client_answer *answer)
{
    char why[MACHINE_WHY_MAX];
    int error = answer->error == -ETIMEDOUT || answer->error == -ENOENT ? -EHOSTUNREACH
                                                                        : answer->error;

    snprintf(why, sizeof(why), "%s: %s", what, answer->why);
    machine_fail(machine, error, why);
}

/* ---- the end ---- */

/* To MACHINE_CLOSED. May free the machine, unless the caller has a reference. */
static void enter_closed(struct machine *machine)
{
    enum machine_state before = machine->state;
    struct machines *machines = machine->machines;

    if (before == MACHINE_CLOSED)
        return;
    if (before == MACHINE_READY)
        stats_sub(machines->config.stats, STAT_LIVE_CONNECTIONS, 1);
    else if (before != MACHINE_QUEUED)
        machines->connecting--;
    machine->state = MACHINE_CLOSED;
    atomic_store(&machine->is_ready, 0);
    list_del(&machine->link);
    timer_cancel(&machine->timer);
    timer_cancel(&machine->silence);
    leave_attempt(machine);
    machine_drop_message(machine);
    machines_drop_number(machine);
    if (before != MACHINE_QUEUED)
        machines_next_turn(machines);
    machine_unref(machine);
}

void machine_close(struct machine *machine)
{
    log_debug(LOG_NET, "the connection to the machine of task '%s' is closed", machine->task);
    enter_closed(machine);
}

void machine_fail(struct machine *machine, int error, const char *why)
{
    int is_news = machine->failure != error || strcmp(machine->why, why) != 0;

    refcount_get(&machine->refs);
    if (error == -ECANCELED) {
        is_news = 0;
    } else if (error == -ENOMEM) {
        machine->hold_ms = 0; /* it says nothing about the machine */
    } else if (is_news || error == -ECONNRESET ||
               clock_ms() - machine->failed_at > 4 * HOLD_MAX_MS) {
        machine->hold_ms = HOLD_MS; /* that taskfs-live has ended is not the machine's fault */
    } else if (machine->hold_ms < HOLD_MAX_MS) {
        machine->hold_ms *= 2;
    }
    if (is_news)
        log_warn("cannot look into the machine of task '%s': %s", machine->task, why);
    stats_add(machine->machines->config.stats, STAT_LIVE_FAILURES, 1);
    machine->failure = error;
    machine->losses = 0;
    machine->failed_at = clock_ms();
    snprintf(machine->why, sizeof(machine->why), "%s", why);
    machine_fail_requests(machine, error, why);
    enter_closed(machine);
    machine_unref(machine);
}

void machine_lose(struct machine *machine, int error, const char *why)
{
    int goes_on;

    if (machine->state != MACHINE_READY && ++machine->losses >= LOSSES_MAX) {
        machine_fail(machine, error, why);
        return;
    }
    log_debug(LOG_NET, "the connection to the machine of task '%s' is lost: %s", machine->task,
              why);
    refcount_get(&machine->refs);
    goes_on = machine_keep_requests(machine, error, why);
    enter_closed(machine);
    if (goes_on)
        machine_connect(machine);
    machine_unref(machine);
}

void machine_on_timer(struct timer *timer)
{
    struct machine *machine = container_of(timer, struct machine, timer);
    static const char *const missing[] = {
        [MACHINE_QUEUED] = "too many other machines are being connected to",
        [MACHINE_OPENING] = "the service or " PROGRAM_NAME " did not answer in time",
        [MACHINE_OFFERING] = "the service did not take the offer in time",
        [MACHINE_ANSWERING] = "the machine did not answer in 20 s; one that was started before "
                              "2025 never does",
        [MACHINE_JOINING] = "no way to the machine was found in 20 s; outgoing UDP may be blocked"};

    if (net_is_stopping(net_of(machine))) {
        machine_fail(machine, -ECANCELED, "it ends");
    } else if (machine->state != MACHINE_READY) {
        machine_fail(machine, -EHOSTUNREACH, missing[machine->state]);
    } else if (machine->current || machine->is_probing || !list_empty(&machine->requests)) {
        net_set_timer(net_of(machine), timer, MACHINE_IDLE_MS);
    } else {
        machine_close(machine);
    }
}

/* ---- the steps ---- */

static void ask_for_answer(struct machine *machine);

static void on_again(struct timer *timer)
{
    struct attempt *attempt = container_of(timer, struct attempt, again);

    if (attempt->machine && !net_is_stopping(net_of(attempt->machine)))
        ask_for_answer(attempt->machine);
}

/* The message was another one, or none came. */
static void ask_again(struct machine *machine)
{
    int64_t since = clock_ms() - machine->attempt->asked_at;

    net_set_timer(net_of(machine), &machine->attempt->again,
                  since < AGAIN_MS ? AGAIN_MS - since : 0);
}

static void on_message(void *arg, const struct client_answer *answer)
{
    struct machine *machine = machine_of_call(arg);
    char why[160], *sdp;
    int rc;

    if (!machine || machine->state != MACHINE_ANSWERING)
        return;
    if (answer->error) {
        refuse_call(machine, "cannot get the machine's answer", answer);
        return;
    }
    if (!answer->len) {
        ask_again(machine);
        return;
    }
    rc = mailbox_answer_decode(answer->body, answer->len, &sdp, why, sizeof(why));
    if (rc == -EAGAIN) {
        ask_again(machine);
        return;
    }
    if (rc) {
        machine_fail(machine, rc == -EPROTO ? -EIO : rc, rc == -ENOMEM ? "out of memory" : why);
        return;
    }
    rc = link_send(&machine->machines->link, LIVE_ANSWER, machine->number, sdp, strlen(sdp));
    free(sdp);
    if (rc)
        machine_fail(machine, rc == -EPIPE ? -EIO : rc, "the answer cannot be handed on");
    else
        machine->state = MACHINE_JOINING;
}

/* Makes a call of the attempt. */
static int call_started(struct machine *machine, int rc)
{
    if (!rc)
        return 0;
    attempt_put(machine->attempt);
    machine_fail(machine, rc, rc == -ECANCELED ? "it ends" : "out of memory");
    return rc;
}

static void ask_for_answer(struct machine *machine)
{
    struct attempt *attempt = machine->attempt;
    int64_t left = (machine->give_up_at - clock_ms()) / 1000;
    unsigned block = left < 1 ? 1 : left > BLOCK_S ? BLOCK_S : (unsigned)left;

    machine->state = MACHINE_ANSWERING;
    attempt->asked_at = clock_ms();
    attempt->refs++;
    call_started(machine, client_message(machine->machines->config.client, machine->task,
                                         attempt->sender, block, on_message, attempt));
}

static void on_offered(void *arg, const struct client_answer *answer)
{
    struct machine *machine = machine_of_call(arg);

    if (!machine || machine->state != MACHINE_OFFERING)
        return;
    if (answer->error)
        refuse_call(machine, "cannot send the offer", answer);
    else
        ask_for_answer(machine);
}

/* The mailbox must be there before the answer can come. */
static void offer_when_possible(struct machine *machine)
{
    struct attempt *attempt = machine->attempt;

    if (!attempt->is_registered || !attempt->offer)
        return;
    machine->state = MACHINE_OFFERING;
    attempt->refs++;
    call_started(machine, client_offer(machine->machines->config.client, machine->task,
                                       attempt->sender, attempt->offer, on_offered, attempt));
}

static void on_registered(void *arg, const struct client_answer *answer)
{
    struct machine *machine = machine_of_call(arg);

    if (!machine || machine->state != MACHINE_OPENING)
        return;
    if (answer->error) {
        refuse_call(machine, "cannot register a mailbox", answer);
        return;
    }
    machine->attempt->is_registered = 1;
    offer_when_possible(machine);
}

void machine_take_offer(struct machine *machine, const struct live_frame *frame)
{
    struct attempt *attempt = machine->attempt;

    if (machine->state != MACHINE_OPENING || attempt->offer)
        return;
    attempt->offer = strndup((const char *)frame->payload, frame->len);
    if (attempt->offer)
        offer_when_possible(machine);
    else
        machine_fail(machine, -ENOMEM, "out of memory");
}

void machine_take_ready(struct machine *machine)
{
    if (machine->state != MACHINE_JOINING)
        return;
    log_debug(LOG_NET, "connected to the machine of task '%s' in %lld ms", machine->task,
              (long long)(clock_ms() + MACHINE_CONNECT_MS - machine->give_up_at));
    machine->state = MACHINE_READY;
    atomic_store(&machine->is_ready, 1);
    machine->failure = 0;
    machine->losses = 0;
    machine->machines->connecting--;
    stats_add(machine->machines->config.stats, STAT_LIVE_CONNECTIONS, 1);
    stats_add(machine->machines->config.stats, STAT_LIVE_CONNECTS, 1);
    leave_attempt(machine);
    net_set_timer(net_of(machine), &machine->timer, MACHINE_IDLE_MS);
    machine_send_next(machine);
    machines_next_turn(machine->machines);
}

static void open_connection(struct machine *machine)
{
    struct machines *machines = machine->machines;
    const char *server = machines->config.server;
    BUF_SCOPED servers = BUF_INIT(LIVE_SERVERS_MAX);
    const char *colon = server ? strrchr(server, ':') : NULL;

    if (colon)
        for (const char *kind = "stun"; kind; kind = strcmp(kind, "stun") == 0 ? "turn" : NULL)
            buf_printf(&servers, "%s %.*s %s\n", kind, (int)(colon - server), server, colon + 1);
    machine->state = MACHINE_OPENING;
    machines->connecting++;
    machine->attempt = attempt_new(machine);
    if (!machine->attempt || servers.error ||
        link_send(&machines->link, LIVE_OPEN, machine->number, servers.data, servers.len)) {
        machines_return_number(machine);
        machine_fail(machine, -ENOMEM, "out of memory");
        return;
    }
    machine->attempt->refs++;
    call_started(machine,
                 client_register(machines->config.client, machine->task, machine->attempt->sender,
                                 on_registered, machine->attempt));
}

void machine_connect(struct machine *machine)
{
    struct machines *machines = machine->machines;
    int rc;

    if (machine->state == MACHINE_CLOSED) {
        refcount_get(&machine->refs);
        machine->state = MACHINE_QUEUED;
        machine->give_up_at = clock_ms() + MACHINE_CONNECT_MS;
        net_set_timer(net_of(machine), &machine->timer, MACHINE_CONNECT_MS);
    }
    rc = link_open(&machines->link);
    if (!rc)
        rc = machines_take_number(machine);
    if (!rc)
        open_connection(machine);
    else if (rc == -EAGAIN || rc == -EBUSY)
        machines_enqueue(machine, rc == -EBUSY ? BUSY_MS : 50);
    else if (rc == -ENOPKG)
        machine_fail(machine, rc, "the package " PROGRAM_NAME " is not installed");
    else
        machine_fail(machine, rc == -ENOMEM ? rc : -EIO, "cannot start " PROGRAM_NAME);
}
