#include "net/call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/retry.h"

static void call_try(struct call *call)
{
    int64_t left = call->deadline - clock_ms();

    buf_clear(&call->body);
    call->attempt++;
    call->transfer.url = call->url;
    call->transfer.is_post = call->is_post;
    call->transfer.api_key = call->api_key;
    call->transfer.timeout_ms = left > 1 ? left : 1;
    transfer_start(call->net, &call->transfer);
}

static int call_headers(struct transfer *transfer)
{
    return transfer->response.encoded ? -EPROTO : 0;
}

static int call_body(struct transfer *transfer, const uint8_t *bytes, size_t n)
{
    struct call *call = container_of(transfer, struct call, transfer);

    return buf_append(&call->body, bytes, n);
}

static void call_describe(struct call *call, int error)
{
    struct transfer *transfer = &call->transfer;

    if (!error)
        snprintf(call->why, sizeof(call->why), "HTTP status %d", call->status);
    else if (error == -EPROTO)
        snprintf(call->why, sizeof(call->why), "the answer is encoded, which was not asked for");
    else if (error == -EFBIG)
        snprintf(call->why, sizeof(call->why), "the answer is larger than %u MiB",
                 CALL_BODY_MAX >> 20);
    else
        snprintf(call->why, sizeof(call->why), "%s",
                 transfer->why[0] ? transfer->why : strerror(-error));
}

/* Nothing is to be gained by another try. */
static int is_final_error(int error)
{
    return error == -ECANCELED || error == -EPROTO || error == -EFBIG || error == -ENOMEM ||
           error == -EINVAL;
}

static void call_done(struct transfer *transfer, int error)
{
    struct call *call = container_of(transfer, struct call, transfer);
    int status = error ? 0 : transfer->response.status;
    int is_good = status >= 200 && status < 300;
    struct retry_case retry = {.attempt = call->attempt,
                               .status = status,
                               .retry_after = error ? -1 : transfer->response.retry_after,
                               .now = clock_ms(),
                               .deadline = call->deadline,
                               .random = net_random(call->net)};
    int64_t delay = -1;

    call->status = status;
    call_describe(call, error);
    stats_add(net_stats(call->net), is_good ? STAT_API_OK : STAT_API_ERROR, 1);
    if ((status == 401 || status == 403) && !call->refused_once && call->refused) {
        call->refused_once = 1;
        if (call->refused(call))
            delay = 0;
    } else if (!is_good && !is_final_error(error) && !net_is_stopping(call->net)) {
        delay = retry_delay(&retry);
    }
    if (delay >= 0) {
        char url[256];

        url_for_log(call->url, url, sizeof(url));
        log_debug("call '%s': %s; again in %lld ms", url, call->why, (long long)delay);
        stats_add(net_stats(call->net), STAT_RETRIES, 1);
        net_timer_set(call->net, &call->timer, delay);
        return;
    }
    if (!error && !is_good)
        error = retry_status_error(status);
    else if (error == -ETIMEDOUT || error == -ECANCELED || error == -ENOMEM)
        ;
    else if (error)
        error = clock_ms() >= call->deadline ? -ETIMEDOUT : -EIO;
    call->done(call, error);
}

static void call_timer(struct net_timer *timer)
{
    call_try(container_of(timer, struct call, timer));
}

static void call_job(struct net_job *job)
{
    call_try(container_of(job, struct call, job));
}

int call_start(struct net *net, struct call *call)
{
    call->net = net;
    call->attempt = 0;
    call->refused_once = 0;
    call->status = 0;
    call->why[0] = '\0';
    call->body = BUF_INIT(CALL_BODY_MAX);
    call->job.run = call_job;
    net_timer_init(&call->timer);
    call->timer.run = call_timer;
    memset(&call->transfer, 0, sizeof(call->transfer));
    call->transfer.on_headers = call_headers;
    call->transfer.on_body = call_body;
    call->transfer.on_done = call_done;
    return net_post(net, &call->job);
}
