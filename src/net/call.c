#include "net/call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/retry.h"
#include "net/url.h"

static void call_try(struct call *call)
{
    int64_t left = call->deadline - clock_ms();

    buf_clear(&call->body);
    call->transfer.url = call->url;
    call->transfer.is_post = call->is_post;
    call->transfer.post_body = call->post_body;
    call->transfer.quiet_s = call->quiet_s;
    call->transfer.api_key = call->api_key;
    call->transfer.timeout_ms = left > 1 ? left : 1;
    call->transfer.resolve_again = call->transfer.failure == FAILURE_UNREACHED;
    transfer_start(call->net, &call->transfer);
}

static int on_call_headers(struct transfer *transfer)
{
    struct call *call = container_of(transfer, struct call, transfer);

    call->server_date = transfer->response.date;
    call->headers_at = clock_wall_ns();
    return transfer->response.encoded ? -EPROTO : 0;
}

static int on_call_body(struct transfer *transfer, const uint8_t *bytes, size_t n)
{
    struct call *call = container_of(transfer, struct call, transfer);

    return buf_append(&call->body, bytes, n);
}

static void call_describe(struct call *call, int error)
{
    struct transfer *transfer = &call->transfer;

    if (!error)
        snprintf(call->why, sizeof(call->why), "HTTP status %d%s%s", call->status,
                 transfer->why[0] ? ", " : "", transfer->why);
    else if (error == -EPROTO)
        snprintf(call->why, sizeof(call->why), "the answer is encoded, which was not asked for");
    else if (error == -EFBIG)
        snprintf(call->why, sizeof(call->why), "the answer is larger than %u MiB",
                 CALL_BODY_MAX >> 20);
    else
        snprintf(call->why, sizeof(call->why), "%s",
                 transfer->why[0] ? transfer->why : strerror(-error));
}

/* Another try would fail the same way. */
static int call_error_is_final(const struct call *call, int error)
{
    return call->transfer.failure == FAILURE_HOPELESS || error == -ECANCELED || error == -EPROTO ||
           error == -EFBIG || error == -ENOMEM || error == -EINVAL;
}

static void call_try_later(struct call *call, int64_t delay)
{
    char url[256];

    url_for_log(call->url, url, sizeof(url));
    log_debug(LOG_NET, "call '%s': %s; again in %lld ms", url, call->why, (long long)delay);
    stats_add(net_stats(call->net), STAT_RETRIES, 1);
    net_set_timer(call->net, &call->timer, delay);
}

/* After a 401 or 403. Returns 1 when the call is tried again, or will be told whether it is. */
static int call_ask_for_key(struct call *call)
{
    int again;

    if (call->was_refused || !call->on_refused)
        return 0;
    call->was_refused = 1;
    again = call->on_refused(call);
    if (again == -EINPROGRESS) {
        call->is_paused = 1;
        net_set_timer(call->net, &call->timer, call->deadline - clock_ms());
    } else if (again) {
        call_try_later(call, 0);
    }
    return again != 0;
}

/* Milliseconds until the next try, or -1 for none. */
static int64_t call_delay(struct call *call, int error)
{
    const struct response *response = &call->transfer.response;
    struct retry_case retry = {.attempt = retry_count(&call->retries, call->is_outlasted),
                               .is_outlasted = call->is_outlasted,
                               .status = call->status,
                               .retry_after = error ? -1 : response->retry_after,
                               .now = clock_ms(),
                               .deadline = call->deadline,
                               .random = net_random(call->net)};

    if (call->is_once || call_error_is_final(call, error) || net_is_stopping(call->net))
        return -1;
    return retry_delay(&retry);
}

static int call_final_error(const struct call *call, int error)
{
    if (!error)
        return retry_status_error(call->status);
    if (error == -ETIMEDOUT || error == -ECANCELED || error == -ENOMEM)
        return error;
    return call->is_outlasted || clock_ms() >= call->deadline ? -ETIMEDOUT : -EIO;
}

static void on_call_transfer_done(struct transfer *transfer, int error)
{
    struct call *call = container_of(transfer, struct call, transfer);
    int status = error ? 0 : transfer->response.status;
    int is_good = status >= 200 && status < 300;
    int64_t delay;

    call->status = status;
    call->is_outlasted = transfer->failure == FAILURE_UNREACHED && net_outlasts_outages(call->net);
    call_describe(call, error);
    stats_add(net_stats(call->net), is_good ? STAT_API_OK : STAT_API_ERROR, 1);
    if (is_good) {
        call->on_done(call, 0);
        return;
    }
    if ((status == 401 || status == 403) && call_ask_for_key(call))
        return;
    delay = call_delay(call, error);
    if (delay >= 0)
        call_try_later(call, delay);
    else
        call->on_done(call, call_final_error(call, error));
}

static void on_call_timer(struct timer *timer)
{
    struct call *call = container_of(timer, struct call, timer);

    if (call->is_paused)
        call->on_done(call,
                      net_is_stopping(call->net) ? -ECANCELED : retry_status_error(call->status));
    else
        call_try(call);
}

void call_resume(struct call *call, int again)
{
    timer_cancel(&call->timer);
    call->is_paused = 0;
    if (again)
        call_try_later(call, 0);
    else
        call->on_done(call, retry_status_error(call->status));
}

static void run_call_job(struct net_job *job)
{
    call_try(container_of(job, struct call, job));
}

int call_start(struct net *net, struct call *call)
{
    call->net = net;
    call->retries = (struct retry_counts){0};
    call->is_outlasted = 0;
    call->was_refused = 0;
    call->is_paused = 0;
    call->status = 0;
    call->why[0] = '\0';
    call->body = BUF_INIT(CALL_BODY_MAX);
    call->job.run = run_call_job;
    timer_init(&call->timer, on_call_timer);
    memset(&call->transfer, 0, sizeof(call->transfer));
    call->transfer.on_headers = on_call_headers;
    call->transfer.on_body = on_call_body;
    call->transfer.on_done = on_call_transfer_done;
    return net_post(net, &call->job);
}
