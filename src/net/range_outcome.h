/*
 * What one try of a range came to, and what to do next: pure functions.
 *
 * Source: RFC 9110, sections 13.1.1, 14 and 15.3.7.
 */
#ifndef TASKFS_NET_RANGE_OUTCOME_H
#define TASKFS_NET_RANGE_OUTCOME_H

#include <stddef.h>
#include <stdint.h>

#include "net/failure.h"
#include "net/response.h"
#include "net/retry.h"

#define RANGE_STREAM_MAX (1024u * 1024) /* bytes: up to here a store may ignore Range */

enum range_outcome {
    RANGE_UNDECIDED,   /* the headers are right, or leave it to the end of the transfer */
    RANGE_COMPLETE,    /* every byte of the range was delivered */
    RANGE_SHORT,       /* a right answer brought some bytes, but not all */
    RANGE_WRONG,       /* an answer with other bytes than were asked for: not believed */
    RANGE_NO_RANGES,   /* the store ignores Range */
    RANGE_NO_SUFFIX,   /* the store takes no range by suffix, or none longer than the object */
    RANGE_URL_REFUSED, /* 401, 403, or 400 unless asked for by suffix */
    RANGE_CHANGED,     /* the object has another version than the pinned one */
    RANGE_STATUS,      /* another HTTP status */
    RANGE_UNREACHED,   /* no connection could be made */
    RANGE_BROKEN,      /* the transfer broke */
    RANGE_HOPELESS,    /* it failed in a way that cannot pass */
    RANGE_NO_MEMORY,
    RANGE_STOPPED, /* the net stops */
};

/* What is asked for, and what is known of the object. */
struct range_wanted {
    uint64_t next;    /* offset of the first byte wanted */
    uint64_t end;     /* one past the last one; both unused with `suffix` */
    uint64_t suffix;  /* instead: the last so many bytes; 0 no */
    int is_pinned;    /* an earlier answer has told size and ETag */
    uint64_t size;    /* bytes */
    const char *etag; /* "" none */
};

/* Where the bytes of an answer lie. */
struct range_body {
    uint64_t total;  /* bytes of the object */
    uint64_t skip;   /* bytes of the body before the first one wanted */
    uint64_t length; /* bytes of the body */
};

/*
 * Judges an answer by its headers. Returns RANGE_UNDECIDED and fills in `body` when the body is to
 * be believed, or when the status alone decides at the end (`body->length` is 0 then); else what
 * the try came to.
 */
enum range_outcome range_judge_headers(const struct range_wanted *wanted,
                                       const struct response *response, struct range_body *body);

/* Returns 1 when an answer of this status gives bytes of the object: 206, 200, and 416 none. */
int range_status_has_body(int status);

/* How a transfer has ended. */
struct range_end {
    enum range_outcome judged; /* by the headers, or by a body that is too long */
    int error;                 /* of the transfer; 0 a complete answer came */
    enum failure_kind failure; /* the same */
    int status;                /* HTTP */
    int is_believed;           /* range_judge_headers has let the body pass */
    int has_all;               /* every byte of the range was delivered */
    int has_some;              /* at least one was delivered by this try */
};

/* Returns what the try came to, never RANGE_UNDECIDED. */
enum range_outcome range_judge_end(const struct range_end *end);

enum range_action {
    RANGE_FINISH,    /* with `error` */
    RANGE_TRY_NOW,   /* ask for the rest */
    RANGE_RENEW_URL, /* and try with the new one */
    RANGE_TRY_LATER, /* after `delay` */
};

struct range_try {
    enum range_outcome outcome;
    int is_guess;      /* see struct range */
    unsigned renewals; /* of the URL so far, since the last progress */
    unsigned tries;    /* in all, this one included */
    struct retry_case
        retry; /* retry.attempt: failed tries since the last progress, this included */
};

struct range_decision {
    enum range_action action;
    int error;     /* RANGE_FINISH: 0 or a negative errno, see struct range */
    int is_quiet;  /* RANGE_FINISH: nothing is to be logged */
    int64_t delay; /* RANGE_TRY_LATER: milliseconds */
};

struct range_decision range_decide(const struct range_try *done);

/* Writes why the try failed. `details` is the transfer's part of it, or "". */
void range_describe(enum range_outcome outcome, int status, const char *details, char *why,
                    size_t size);

#endif
