#include "net/range.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define BYTES_A_TRY 4096u /* of progress: the count of failed tries starts over */

static void range_try_now(struct range *range);

static void range_finish(struct range *range, int error)
{
    timer_cancel(&range->timer);
    range->on_done(range, error);
}

/* The first answer that is believed pins size and version, and resolves a suffix. */
static void range_accept(struct range *range, const struct response *response)
{
    struct range_target *target = range->target;

    range->is_believed = 1;
    if (!target->is_pinned) {
        target->is_pinned = 1;
        target->size = range->body.total;
        memcpy(target->etag, response->etag, sizeof(target->etag));
    }
    if (range->suffix) {
        range->end = range->body.total;
        range->first = range->suffix < range->end ? range->end - range->suffix : 0;
        range->next = range->progress = range->first;
        range->suffix = 0;
    }
    if (range->end > range->body.total)
        range->end = range->body.total;
}

static int on_range_headers(struct transfer *transfer)
{
    struct range *range = container_of(transfer, struct range, transfer);
    const struct range_target *target = range->target;
    const struct response *response = &transfer->response;
    struct range_wanted wanted = {.next = range->next,
                                  .end = range->end,
                                  .suffix = range->suffix,
                                  .is_pinned = target->is_pinned,
                                  .size = target->size,
                                  .etag = target->etag};

    range->outcome = range_judge_headers(&wanted, response, &range->body);
    if (response->status == 416 && response->has_total && !response->bad_range)
        range->told_size = response->total;
    if (range->outcome != RANGE_UNDECIDED)
        return -EPROTO; /* ends the transfer; the outcome says why */
    if (range_status_has_body(response->status))
        range_accept(range, response);
    return 0;
}

static int on_range_body(struct transfer *transfer, const uint8_t *bytes, size_t n)
{
    struct range *range = container_of(transfer, struct range, transfer);
    size_t skipped;

    if (!range->is_believed || transfer->response.status == 416)
        return 0; /* the text of an error */
    if (n > range->body.length) {
        range->outcome = RANGE_WRONG;
        return -EPROTO;
    }
    range->body.length -= n;
    skipped = range->body.skip < n ? (size_t)range->body.skip : n;
    range->body.skip -= skipped;
    bytes += skipped;
    n -= skipped;
    if (n > range->end - range->next)
        n = (size_t)(range->end - range->next);
    if (!n)
        return 0;
    stats_add(net_stats(range->net), STAT_BYTES_FETCHED, n);
    range->on_bytes(range, bytes, n);
    range->next += n;
    return 0;
}

static void range_note_progress(struct range *range)
{
    if (range->next > range->progress) {
        range->renewals = 0;
        range->deadline = clock_ms() + range->patience_ms;
    }
    if (range->next - range->progress >= BYTES_A_TRY)
        range->retries = (struct retry_counts){0};
}

static enum range_outcome range_outcome_of_try(struct range *range, int error)
{
    struct range_end end = {.judged = range->outcome,
                            .error = error,
                            .failure = range->transfer.failure,
                            .status = range->transfer.response.status,
                            .is_believed = range->is_believed,
                            .has_all = range->next >= range->end,
                            .has_some = range->next > range->progress};
    enum range_outcome outcome = range_judge_end(&end);
    int is_good = outcome == RANGE_COMPLETE || outcome == RANGE_SHORT;

    stats_add(net_stats(range->net), is_good ? STAT_STORE_OK : STAT_STORE_ERROR, 1);
    if (outcome == RANGE_CHANGED)
        range->target->is_stale = 1;
    return outcome;
}

static struct range_decision range_decide_next(struct range *range, enum range_outcome outcome)
{
    const struct response *response = &range->transfer.response;
    int has_status = outcome == RANGE_STATUS;
    int is_outlasted = outcome == RANGE_UNREACHED && net_outlasts_outages(range->net);
    struct retry_counts counts = range->retries;
    struct range_try done = {.outcome = outcome,
                             .is_guess = range->is_guess,
                             .renewals = range->renewals,
                             .tries = range->tries,
                             .retry = {.attempt = retry_count(&counts, is_outlasted),
                                       .is_outlasted = is_outlasted,
                                       .status = has_status ? response->status : 0,
                                       .retry_after = has_status ? response->retry_after : -1,
                                       .now = clock_ms(),
                                       .deadline = range->deadline,
                                       .random = net_random(range->net)}};
    struct range_decision decision;

    decision = range_decide(&done);
    if (decision.action == RANGE_TRY_LATER)
        range->retries = counts;
    return decision;
}

static void on_range_transfer_done(struct transfer *transfer, int error)
{
    struct range *range = container_of(transfer, struct range, transfer);
    enum range_outcome outcome = range_outcome_of_try(range, error);
    struct range_decision next;
    char why[TRANSFER_WHY_MAX + 64];

    range_note_progress(range);
    next = range_decide_next(range, outcome);
    range_describe(outcome, transfer->response.status,
                   error && !transfer->why[0] ? strerror(-error) : transfer->why, why, sizeof(why));
    switch (next.action) {
    case RANGE_FINISH:
        if (next.error && !next.is_quiet)
            log_error("cannot read '%s' at %" PRIu64 ": %s (%u tries)", range->target->name,
                      range->next, why, range->tries);
        range_finish(range, next.error);
        break;
    case RANGE_RENEW_URL:
        range->renewals++;
        range->target->on_url_refused(range->target, range->url_generation);
        range_try_now(range);
        break;
    case RANGE_TRY_NOW:
        range_try_now(range);
        break;
    case RANGE_TRY_LATER:
        log_debug(LOG_NET, "range of '%s' at %" PRIu64 ": %s; again in %" PRId64 " ms",
                  range->target->name, range->next, why, next.delay);
        stats_add(net_stats(range->net), STAT_RETRIES, 1);
        net_set_timer(range->net, &range->timer, next.delay);
        break;
    }
}

static void range_try_now(struct range *range)
{
    struct range_target *target = range->target;
    const char *url;
    int rc;

    if (target->is_stale) {
        range_finish(range, -ESTALE);
        return;
    }
    rc = target->get_url(target, range, &url, &range->url_generation);
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
    range->outcome = RANGE_UNDECIDED;
    range->progress = range->next;
    range->is_believed = 0;
    range->body = (struct range_body){0};
    range->tries++;
    range->transfer.url = url;
    range->transfer.range = range->header;
    range->transfer.resolve_again = range->transfer.failure == FAILURE_UNREACHED;
    range->transfer.if_match = target->is_pinned && target->etag[0] == '"' ? target->etag : NULL;
    transfer_start(range->net, &range->transfer);
}

void range_resume(struct range *range, int error)
{
    if (error)
        range_finish(range, error);
    else
        range_try_now(range);
}

static void on_range_timer(struct timer *timer)
{
    range_try_now(container_of(timer, struct range, timer));
}

void range_start(struct net *net, struct range *range)
{
    range->net = net;
    range->deadline = clock_ms() + range->patience_ms;
    range->next = range->first;
    range->told_size = RANGE_SIZE_UNKNOWN;
    range->retries = (struct retry_counts){0};
    range->tries = 0;
    range->renewals = 0;
    timer_init(&range->timer, on_range_timer);
    memset(&range->transfer, 0, sizeof(range->transfer));
    range->transfer.on_headers = on_range_headers;
    range->transfer.on_body = on_range_body;
    range->transfer.on_done = on_range_transfer_done;
    range->transfer.group = &range->target->group;
    range_try_now(range);
}
