#include "net/range_outcome.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RENEWALS_MAX 3   /* of the URL without progress in between */
#define TRIES_MAX    100 /* after so many tries in all the URL is not renewed any more */

/*
 * Compares what an answer says of the object, right in all else, with the pinned version. An answer
 * is of another version when it has another ETag or, where there never was one, another size. An
 * answer that contradicts itself, or leaves the ETag out, is of no version.
 */
static enum range_outcome judge_version(const struct range_wanted *wanted,
                                        const struct response *response, uint64_t total)
{
    int is_same_etag;

    if (!wanted->is_pinned)
        return RANGE_UNDECIDED;
    is_same_etag = strcmp(wanted->etag, response->etag) == 0;
    if (wanted->size == total && is_same_etag)
        return RANGE_UNDECIDED;
    if (is_same_etag ? wanted->etag[0] : !response->etag[0])
        return RANGE_WRONG;
    return RANGE_CHANGED;
}

/* 206: a part, from the first byte wanted; it may end early. */
static enum range_outcome judge_partial(const struct range_wanted *wanted,
                                        const struct response *response, struct range_body *body)
{
    uint64_t length, first = wanted->next, end = wanted->end;

    if (!response->has_range || response->encoded)
        return RANGE_WRONG;
    length = response->last - response->first + 1;
    if (wanted->suffix) {
        end = response->total;
        first = wanted->suffix < end ? end - wanted->suffix : 0;
    }
    if (response->content_length >= 0 && (uint64_t)response->content_length != length)
        return RANGE_WRONG;
    if (response->first != first || response->last >= end)
        return RANGE_WRONG;
    *body = (struct range_body){.total = response->total, .length = length};
    return judge_version(wanted, response, response->total);
}

/*
 * 200: the whole object, from its first byte. It is accepted when it is small and tells its
 * version; a page that announces maintenance does not.
 */
static enum range_outcome judge_whole(const struct range_wanted *wanted,
                                      const struct response *response, struct range_body *body)
{
    uint64_t length = (uint64_t)response->content_length;

    int is_large = response->content_length < 0 || length > RANGE_STREAM_MAX;

    if (wanted->suffix && is_large && !response->encoded)
        return RANGE_NO_SUFFIX;
    if (response->encoded || !response->has_version)
        return RANGE_WRONG;
    if (is_large)
        return RANGE_NO_RANGES;
    if (wanted->is_pinned && (wanted->size != length || strcmp(wanted->etag, response->etag) != 0))
        return RANGE_WRONG;
    *body = (struct range_body){.total = length, .skip = wanted->next, .length = length};
    if (wanted->suffix)
        body->skip = wanted->suffix < length ? length - wanted->suffix : 0;
    return RANGE_UNDECIDED;
}

/* 416: is right for an object without bytes, which no range can satisfy. */
static enum range_outcome judge_unsatisfiable(const struct range_wanted *wanted,
                                              const struct response *response,
                                              struct range_body *body)
{
    if (!response->has_total || response->bad_range || response->total)
        return wanted->suffix ? RANGE_NO_SUFFIX : RANGE_WRONG;
    *body = (struct range_body){.total = 0};
    return judge_version(wanted, response, 0);
}

enum range_outcome range_judge_headers(const struct range_wanted *wanted,
                                       const struct response *response, struct range_body *body)
{
    *body = (struct range_body){0};
    switch (response->status) {
    case 206:
        return judge_partial(wanted, response, body);
    case 200:
        return judge_whole(wanted, response, body);
    case 416:
        return judge_unsatisfiable(wanted, response, body);
    case 412:
        return RANGE_CHANGED;
    case 501:
        return wanted->suffix ? RANGE_NO_SUFFIX : RANGE_UNDECIDED;
    case 400: /* of a suffix, an ordinary range will tell whether it is the URL */
        return wanted->suffix ? RANGE_NO_SUFFIX : RANGE_URL_REFUSED;
    case 401:
    case 403:
        return RANGE_URL_REFUSED;
    default:
        return RANGE_UNDECIDED; /* the status decides when the answer is complete */
    }
}

int range_status_has_body(int status)
{
    return status == 206 || status == 200 || status == 416;
}

enum range_outcome range_judge_end(const struct range_end *end)
{
    if (end->is_believed && end->has_all)
        return RANGE_COMPLETE;
    if (end->judged != RANGE_UNDECIDED)
        return end->judged;
    if (end->error == -ECANCELED)
        return RANGE_STOPPED;
    if (end->error == -ENOMEM)
        return RANGE_NO_MEMORY;
    if (end->failure == FAILURE_UNREACHED)
        return RANGE_UNREACHED;
    if (end->failure == FAILURE_HOPELESS)
        return RANGE_HOPELESS;
    if (end->error)
        return RANGE_BROKEN;
    if (!range_status_has_body(end->status))
        return RANGE_STATUS;
    return end->has_some ? RANGE_SHORT : RANGE_WRONG;
}

/* The errno of a range that is given up. */
static int final_error(const struct range_try *done)
{
    switch (done->outcome) {
    case RANGE_COMPLETE:
        return 0;
    case RANGE_NO_RANGES:
    case RANGE_NO_SUFFIX:
        return -EOPNOTSUPP;
    case RANGE_URL_REFUSED:
        return -EACCES;
    case RANGE_CHANGED:
        return -ESTALE;
    case RANGE_NO_MEMORY:
        return -ENOMEM;
    case RANGE_STOPPED:
        return -ECANCELED;
    case RANGE_STATUS:
        return retry_status_error(done->retry.status);
    default:
        return done->retry.is_outlasted || done->retry.now >= done->retry.deadline ? -ETIMEDOUT
                                                                                   : -EIO;
    }
}

static struct range_decision give_up(const struct range_try *done, int is_quiet)
{
    return (struct range_decision){
        .action = RANGE_FINISH, .error = final_error(done), .is_quiet = is_quiet || done->is_guess};
}

static struct range_decision retry_or_give_up(const struct range_try *done)
{
    int64_t delay = done->is_guess ? -1 : retry_delay(&done->retry);

    if (delay < 0)
        return give_up(done, 0);
    return (struct range_decision){.action = RANGE_TRY_LATER, .delay = delay};
}

struct range_decision range_decide(const struct range_try *done)
{
    int has_time = done->retry.now < done->retry.deadline;

    switch (done->outcome) {
    case RANGE_COMPLETE:
    case RANGE_NO_SUFFIX:
    case RANGE_STOPPED:
        return give_up(done, 1);
    case RANGE_NO_MEMORY:
    case RANGE_CHANGED:
    case RANGE_HOPELESS:
        return give_up(done, 0);
    case RANGE_NO_RANGES:
        return give_up(done, 0);
    case RANGE_URL_REFUSED:
        if (done->renewals >= RENEWALS_MAX || done->tries >= TRIES_MAX || !has_time)
            return give_up(done, 0);
        return (struct range_decision){.action = RANGE_RENEW_URL};
    case RANGE_SHORT:
        if (has_time)
            return (struct range_decision){.action = RANGE_TRY_NOW};
        return retry_or_give_up(done);
    default:
        return retry_or_give_up(done);
    }
}

void range_describe(enum range_outcome outcome, int status, const char *details, char *why,
                    size_t size)
{
    switch (outcome) {
    case RANGE_SHORT:
        snprintf(why, size, "the store answered %d with fewer bytes than were asked for", status);
        break;
    case RANGE_WRONG:
        snprintf(why, size, "the store answered %d with other bytes than were asked for", status);
        break;
    case RANGE_NO_RANGES:
        snprintf(why, size, "the store ignores ranges, and the object is over %u KiB",
                 RANGE_STREAM_MAX >> 10);
        break;
    case RANGE_NO_SUFFIX:
        snprintf(why, size, "the store takes no such range by suffix: HTTP status %d", status);
        break;
    case RANGE_CHANGED:
        snprintf(why, size, "the object has changed; open it again");
        break;
    case RANGE_URL_REFUSED:
    case RANGE_STATUS:
        snprintf(why, size, "HTTP status %d%s%s", status, details[0] ? ", " : "", details);
        break;
    default:
        snprintf(why, size, "%s", details);
    }
}
