/* What is asked over a connection: one request after the other. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/tracker.h"
#include "base/clock.h"
#include "machine/internal.h"

/*
 * How long a request may be silent until a probe is sent after it. Some requests are never answered
 * (the tail of an empty file is one), and nothing tells; but the tracker works off one after the
 * other, so the answer to a probe says that there will be none.
 */
#define PROBE_MS 500
/* Bytes of answers that are arriving at once, of all machines. */
#define ARRIVING_MAX ((size_t)256 << 20)

/* ---- the end of a request, on the executor ---- */

static int delivery_step(struct op *op)
{
    (void)op;
    return 0;
}

static void delivery_fail(struct op *op, int error)
{
    (void)op;
    (void)error;
}

/* The op is over, so the owner may free or reuse the request. */
static void delivery_release(struct op *op)
{
    struct machine_request *request = container_of(op, struct machine_request, op);
    struct machine *machine = request->machine;

    request->done(request, request->error);
    machine_unref(machine);
}

static const struct op_type delivery_type = {
    .step = delivery_step, .fail = delivery_fail, .release = delivery_release};

static void complete(struct machine_request *request, int error, const char *why)
{
    request->error = error;
    snprintf(request->why, sizeof(request->why), "%s", why);
    request->op.type = &delivery_type;
    request->op.deadline = CLOCK_NEVER;
    op_start_later(request->machine->machines->config.executor, &request->op);
}

static void complete_current(struct machine *machine, int error, const char *why)
{
    struct machine_request *request = machine->current;

    machine->current = NULL;
    if (!error) {
        machine->machines->arriving -= machine->message.len;
        request->answer = machine->message;
        machine->message = BUF_INIT(MACHINE_MESSAGE_MAX);
    }
    complete(request, error, why);
}

void machine_drop_message(struct machine *machine)
{
    machine->machines->arriving -= machine->message.len;
    buf_free(&machine->message);
    machine->message = BUF_INIT(MACHINE_MESSAGE_MAX);
    machine->refused = 0;
}

void machine_fail_requests(struct machine *machine, int error, const char *why)
{
    struct list *node;

    if (machine->current)
        complete_current(machine, error, why);
    while ((node = list_pop(&machine->requests)))
        complete(container_of(node, struct machine_request, link), error, why);
    machine->is_probing = 0;
    timer_cancel(&machine->silence);
}

int machine_keep_requests(struct machine *machine, int error, const char *why)
{
    if (machine->current) {
        struct machine_request *request = machine->current;

        machine->current = NULL;
        if (request->is_repeated || error == -ETIMEDOUT) {
            complete(request, error, why);
        } else {
            request->is_repeated = 1;
            list_add(machine->requests.next, &request->link); /* it is the first one again */
        }
    }
    machine->is_probing = 0;
    timer_cancel(&machine->silence);
    return !list_empty(&machine->requests);
}

/* ---- asking ---- */

static struct net *net_of(const struct machine *machine)
{
    return machine->machines->config.net;
}

static int send_text(struct machine *machine, const char *json, size_t len)
{
    machine->heard_at = clock_ms();
    return link_send(&machine->machines->link, LIVE_SEND, machine->number, json, len);
}

static void send_probe(struct machine *machine)
{
    BUF_SCOPED json = BUF_INIT(1024);

    tracker_put_probe(&json);
    if (!json.error && !send_text(machine, json.data, json.len))
        machine->is_probing = 1;
}

void machine_send_next(struct machine *machine)
{
    while (!machine->current && !machine->is_probing) {
        struct list *node = list_pop(&machine->requests);
        struct machine_request *request;
        int rc;

        if (!node) {
            timer_cancel(&machine->silence);
            net_set_timer(net_of(machine), &machine->timer, MACHINE_IDLE_MS);
            return;
        }
        request = container_of(node, struct machine_request, link);
        request->asked_at = clock_ms();
        rc = send_text(machine, request->json, strlen(request->json));
        if (rc) {
            complete(request, rc, "the request cannot be sent");
            continue;
        }
        stats_add(machine->machines->config.stats, STAT_LIVE_REQUESTS, 1);
        machine->current = request;
        net_set_timer(net_of(machine), &machine->silence, PROBE_MS);
    }
}

void machine_on_silence(struct timer *timer)
{
    struct machine *machine = container_of(timer, struct machine, silence);
    int64_t now = clock_ms(), quiet = now - machine->heard_at;
    int is_late = machine->current && now - machine->current->asked_at >= MACHINE_ANSWER_MS;

    if (net_is_stopping(net_of(machine)))
        return; /* the other timer ends it */
    if (machine->current && !machine->is_probing && !machine->message.len && !machine->refused &&
        quiet >= PROBE_MS) {
        send_probe(machine);
        quiet = 0;
    }
    if (quiet >= MACHINE_SILENCE_MS || is_late)
        machine_lose(machine, -ETIMEDOUT, "the machine does not answer");
    else
        net_set_timer(net_of(machine), timer,
                      quiet < PROBE_MS && !machine->is_probing ? PROBE_MS - quiet
                                                               : MACHINE_SILENCE_MS - quiet);
}

/* Whether the message answers the probe: 1, 0, or -ENOMEM when that cannot be told. */
static int is_probe_answer(const struct machine *machine)
{
    if (!machine->is_probing)
        return 0;
    if (machine->refused)
        return machine->refused == -ENOMEM ? -ENOMEM : 0;
    return tracker_is_probe_answer(machine->message.data ? machine->message.data : "",
                                   machine->message.len);
}

/* A message is complete. */
static void take_whole(struct machine *machine)
{
    int is_probe = is_probe_answer(machine);

    if (is_probe < 0) { /* what the next message answers is not known either */
        machine_lose(machine, is_probe, "out of memory");
        return;
    }
    if (is_probe)
        machine->is_probing = 0;
    if (!machine->current && !is_probe) {
        machine_lose(machine, -EPROTO, "the machine answers what it was not asked");
        return;
    }
    if (machine->current && is_probe)
        complete_current(machine, -ENODATA, "the machine does not answer this");
    else if (machine->current && machine->refused)
        complete_current(machine, machine->refused,
                         machine->refused == -EFBIG ? "the answer is longer than 64 MiB"
                                                    : "too many answers arrive at once");
    else if (machine->current)
        complete_current(machine, 0, "");
    machine_drop_message(machine);
    machine_send_next(machine);
}

/* Of a message that cannot be kept, the rest is passed over. */
static void keep_bytes(struct machine *machine, const unsigned char *bytes, size_t n)
{
    int rc = n > ARRIVING_MAX - machine->machines->arriving
                 ? -ENOMEM
                 : buf_append(&machine->message, bytes, n);

    if (!rc) {
        machine->machines->arriving += n;
        return;
    }
    machine_drop_message(machine);
    machine->refused = rc;
}

void machine_take_message(struct machine *machine, const struct live_frame *frame)
{
    const unsigned char *bytes = frame->payload + 1;
    size_t n = frame->len - 1;

    if (machine->state != MACHINE_READY)
        return;
    machine->heard_at = clock_ms();
    stats_add(machine->machines->config.stats, STAT_LIVE_BYTES, n);
    if (!machine->refused && n)
        keep_bytes(machine, bytes, n);
    if (frame->payload[0] & LIVE_MESSAGE_LAST)
        take_whole(machine);
}

static void run_ask(struct net_job *job)
{
    struct machine_request *request = container_of(job, struct machine_request, job);
    struct machine *machine = request->machine;

    request->asked_at = clock_ms();
    if (net_is_stopping(net_of(machine))) {
        complete(request, -ECANCELED, "it ends");
        return;
    }
    if (atomic_exchange(&machine->tries_again, 0))
        machine->failure = 0;
    if (machine->state == MACHINE_CLOSED && machine->failure &&
        clock_ms() - machine->failed_at < machine->hold_ms) {
        complete(request, machine->failure, machine->why);
        return;
    }
    list_add(&machine->requests, &request->link);
    if (machine->state == MACHINE_READY)
        machine_send_next(machine);
    else if (machine->state == MACHINE_CLOSED)
        machine_connect(machine);
}

int machine_ask(struct machine *machine, struct machine_request *request)
{
    int rc;

    refcount_get(&machine->refs);
    memset(&request->op, 0, sizeof(request->op));
    request->answer = BUF_INIT(0);
    request->why[0] = '\0';
    request->machine = machine;
    request->is_repeated = 0;
    request->job.run = run_ask;
    list_init(&request->link);
    rc = net_post(machine->machines->config.net, &request->job);
    if (rc)
        machine_unref(machine);
    return rc;
}
