#include "net/range.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/retry.h"

#define RENEWALS_MAX 100 /* of the URL, while a range makes no progress: 3; in all: this */
#define BYTES_A_TRY \
    4096u /* so many bytes of progress, and the count of failed tries begins anew \
           */

/* Internal results of checking a response. */
#define BAD_ANSWER  (-EPROTO)       /* never taken for the right bytes; tried again */
#define NO_RANGES   (-EOPNOTSUPP)   /* the store answered with the whole object */
#define URL_REFUSED (-EKEYREJECTED) /* renew it */

static void range_try(struct range *range);

static void range_finish(struct range *range, int error)
{
    timer_cancel(&range->timer);
    range->on_done(range, error);
}

static void range_fail(struct range *range, int error, const char *why)
{
    if (error != -ECANCELED && !range->is_guess)
        log_error("cannot read '%s' at %" PRIu64 ": %s (%u tries)", range->target->name,
                  range->next, why, range->tries);
    range_finish(range, error);
}

/*
 * An answer that is right in all else tells size and version; the first one pins them. Another
 * version is one that says so: by another ETag or, where there never was one, by another size. What
 * contradicts itself, or does not say, is no version of anything.
 */
static int check_version(struct range *range, const struct response *response, uint64_t total)
{
    struct range_target *target = range->target;
    int is_same_etag = strcmp(target->etag, response->etag) == 0;

    if (!target->is_pinned) {
        target->is_pinned = 1;
        target->size = total;
        memcpy(target->etag, response->etag, sizeof(target->etag));
        return 0;
    }
    if (target->size == total && is_same_etag)
        return 0;
    if (is_same_etag ? target->etag[0] : !response->etag[0])
        return BAD_ANSWER;
    target->is_stale = 1;
    return -ESTALE;
}

static void resolve_suffix(struct range *range, uint64_t total)
{
    if (!range->suffix)
        return;
    range->first = range->suffix < total ? total - range->suffix : 0;
    range->end = total;
    range->next = range->first;
    range->progress = range->next;
    range->suffix = 0;
}

static uint64_t wanted_first(const struct range *range, uint64_t total)
{
    if (!range->suffix)
        return range->next;
    return range->suffix < total ? total - range->suffix : 0;
}

static int check_partial(struct range *range, const struct response *response)
{
    uint64_t length, end;
    int rc;

    if (!response->has_range || response->encoded)
        return BAD_ANSWER;
    length = response->last - response->first + 1;
    end = range->suffix ? response->total : range->end;
    if (response->content_length >= 0 && (uint64_t)response->content_length != length)
        return BAD_ANSWER;
    if (response->first != wanted_first(range, response->total) || response->last >= end)
        return BAD_ANSWER;
    rc = check_version(range, response, response->total);
    if (rc)
        return rc;
    resolve_suffix(range, response->total);
    range->skip = 0;
    range->body_left = length;
    return 0;
}

/*
 * 200: the whole object, from its first byte. Borne when it is small and says its version: a page
 * that speaks of maintenance does not.
 */
static int check_whole(struct range *range, const struct response *response)
{
    const struct range_target *target = range->target;
    uint64_t length = (uint64_t)response->content_length;

    if (response->encoded || !response->has_version)
        return BAD_ANSWER;
    if (response->content_length < 0 || response->content_length > RANGE_STREAM_MAX)
        return NO_RANGES;
    if (target->is_pinned && (target->size != length || strcmp(target->etag, response->etag) != 0))
        return BAD_ANSWER;
    check_version(range, response, length);
    resolve_suffix(range, length);
    range->skip = range->next;
    range->body_left = length;
    return 0;
}

/* An object of no bytes can't satisfy a range: 416 with a total of 0. */
static int check_unsatisfiable(struct range *range, const struct response *response)
{
    int rc;

    if (range->suffix && response->total)
        return NO_RANGES;
    if (!response->has_total || response->bad_range)
        return BAD_ANSWER;
    if (response->total)
        return BAD_ANSWER;
    rc = check_version(range, response, 0);
    if (rc)
        return rc;
    resolve_suffix(range, 0);
    range->body_left = 0;
    return 0;
}

static int on_headers(struct transfer *transfer)
{
    struct range *range = container_of(transfer, struct range, transfer);
    const struct response *response = &transfer->response;

    range->body_left = 0;
    switch (response->status) {
    case 206:
        return check_partial(range, response);
    case 200:
        return check_whole(range, response);
    case 416:
        return check_unsatisfiable(range, response);
    case 412:
        range->target->is_stale = 1;
        return -ESTALE;
    case 400:
    case 401:
    case 403:
        return URL_REFUSED;
    default:
        return 0; /* decided in on_done by its status */
    }
}

static int on_body(struct transfer *transfer, const uint8_t *bytes, size_t n)
{
    struct range *range = container_of(transfer, struct range, transfer);
    int status = transfer->response.status;

    if (status != 206 && status != 200)
        return 0; /* the text of an error */
    if (n > range->body_left)
        return BAD_ANSWER;
    range->body_left -= n;
    if (range->skip) {
        size_t skipped = range->skip < n ? (size_t)range->skip : n;

        range->skip -= skipped;
        bytes += skipped;
        n -= skipped;
    }
    if (n > range->end - range->next)
        n = (size_t)(range->end - range->next);
    if (!n)
        return 0;
    stats_add(net_stats(range->net), STAT_BYTES_FETCHED, n);
    range->on_bytes(range, bytes, n);
    range->next += n;
    return 0;
}

static void describe(struct range *range, int error, char *why, size_t size)
{
    struct transfer *transfer = &range->transfer;

    if (error == BAD_ANSWER)
        snprintf(why, size, "the store answered %d with other bytes than were asked for",
                 transfer->response.status);
    else if (error == NO_RANGES)
        snprintf(why, size, "the store ignores ranges, and the object is over %u KiB",
                 RANGE_STREAM_MAX >> 10);
    else if (error == -ESTALE)
        snprintf(why, size, "the object has changed; open it again");
    else if (error == URL_REFUSED || !error)
        snprintf(why, size, "HTTP status %d", transfer->response.status);
    else
        snprintf(why, size, "%s", transfer->why[0] ? transfer->why : strerror(-error));
}

static int final_error(const struct range *range, int error, int status)
{
    if (error == URL_REFUSED)
        return -EACCES;
    if (error == NO_RANGES || error == -ECANCELED || error == -ENOMEM || error == -ESTALE)
        return error;
    if (error)
        return clock_ms() >= range->deadline ? -ETIMEDOUT : -EIO;
    return retry_status_error(status);
}

/* A URL that was refused is renewed at once, but not for ever. */
static int may_renew(struct range *range)
{
    return ++range->renewals <= 3 && range->tries < RENEWALS_MAX && clock_ms() < range->deadline;
}

static void range_again(struct range *range, int error, int status)
{
    struct retry_case retry = {.attempt = ++range->attempt,
                               .status = error ? 0 : status,
                               .retry_after = error ? -1 : range->transfer.response.retry_after,
                               .now = clock_ms(),
                               .deadline = range->deadline,
                               .random = net_random(range->net)};
    char why[TRANSFER_WHY_MAX + 64];
    int64_t delay;

    describe(range, error, why, sizeof(why));
    delay = retry_delay(&retry);
    if (delay < 0 || range->is_guess) {
        range_fail(range, final_error(range, error, status), why);
        return;
    }
    log_debug(LOG_NET, "range of '%s' at %" PRIu64 ": %s; again in %" PRId64 " ms",
              range->target->name, range->next, why, delay);
    stats_add(net_stats(range->net), STAT_RETRIES, 1);
    net_set_timer(range->net, &range->timer, delay);
}

static void on_done(struct transfer *transfer, int error)
{
    struct range *range = container_of(transfer, struct range, transfer);
    int status = transfer->response.status;
    int is_good = !error && (status == 206 || status == 200 || status == 416);

    stats_add(net_stats(range->net), is_good ? STAT_STORE_OK : STAT_STORE_ERROR, 1);
    if (is_good && range->next >= range->end) {
        range_finish(range, 0);
        return;
    }
    if (range->next > range->progress)
        range->renewals = 0;
    if (range->next - range->progress >= BYTES_A_TRY) {
        range->attempt = 0;
        range->deadline = clock_ms() + range->patience_ms;
    }
    if (range->suffix && error == NO_RANGES)
        range_finish(range, NO_RANGES);
    else if (error == -ECANCELED || error == -ENOMEM || error == -ESTALE) {
        range_fail(range, error,
                   error == -ESTALE ? "the object has changed; open it again" : strerror(-error));
    } else if (error == URL_REFUSED && may_renew(range)) {
        range->target->refused(range->target, range->url_generation);
        range_try(range);
    } else if (is_good && range->next > range->progress && clock_ms() < range->deadline) {
        range_try(range); /* a short but honest answer: ask for the rest */
    } else if (error == URL_REFUSED) {
        char why[TRANSFER_WHY_MAX];

        describe(range, error, why, sizeof(why));
        range_fail(range, -EACCES, why);
    } else {
        range_again(range, is_good ? BAD_ANSWER : error, status);
    }
}

static void range_try(struct range *range)
{
    struct range_target *target = range->target;
    const char *url;
    int rc;

    if (target->is_stale) {
        range_finish(range, -ESTALE);
        return;
    }
    rc = target->url(target, range, &url, &range->url_generation);
    if (rc == -EINPROGRESS)
        return;
    if (rc) {
        range_finish(range, rc);
        return;
    }
    if (range->suffix)
        snprintf(range->header, sizeof(range->header), "-%" PRIu64, range->suffix);
    else
        snprintf(range->header, sizeof(range->header), "%" PRIu64 "-%" PRIu64, range->next,
                 range->end - 1);
    range->progress = range->next;
    range->tries++;
    range->transfer.url = url;
    range->transfer.range = range->header;
    range->transfer.if_match = target->is_pinned && target->etag[0] == '"' ? target->etag : NULL;
    transfer_start(range->net, &range->transfer);
}

void range_resume(struct range *range, int error)
{
    if (error)
        range_finish(range, error);
    else
        range_try(range);
}

static void on_timer(struct timer *timer)
{
    range_try(container_of(timer, struct range, timer));
}

void range_start(struct net *net, struct range *range)
{
    range->net = net;
    range->deadline = clock_ms() + range->patience_ms;
    range->next = range->first;
    range->attempt = 0;
    range->tries = 0;
    range->renewals = 0;
    timer_init(&range->timer, on_timer);
    memset(&range->transfer, 0, sizeof(range->transfer));
    range->transfer.on_headers = on_headers;
    range->transfer.on_body = on_body;
    range->transfer.on_done = on_done;
    range->transfer.group = &range->target->group;
    range_try(range);
}
