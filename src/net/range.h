/*
 * A range of a remote object, fetched to its end, or to an error that trying again did not cure. A
 * response is judged before a byte of it is believed, what is missing of it is asked for again from
 * where it stopped, and a signed URL that the store refuses is renewed.
 *
 * Net thread only. The rules are in net/range_outcome.h.
 */
#ifndef TASKFS_NET_RANGE_H
#define TASKFS_NET_RANGE_H

#include <stdint.h>

#include "net/net.h"
#include "net/range_outcome.h"
#include "net/transfer.h"

#define RANGE_SIZE_UNKNOWN UINT64_MAX

struct range;

/* One version of one object, shared by its ranges. */
struct range_target {
    /*
     * Gives the URL for the next try, valid until the net thread's current callback ends, and a
     * number that tells it from other URLs of this target. Returns 0; -EINPROGRESS when the URL is
     * being fetched, and range_resume will be called for this range; or an errno that ends the
     * range.
     */
    int (*get_url)(struct range_target *target, struct range *range, const char **url,
                   unsigned *generation);
    /* The store has refused the URL of this generation (400, 401, 403): get_url must give another
     * one next time. */
    void (*on_url_refused)(struct range_target *target, unsigned generation);
    const char *name;    /* for messages */
    uint64_t size;       /* bytes, or RANGE_SIZE_UNKNOWN until the first answer */
    char etag[ETAG_MAX]; /* pinned with the first answer; "" none */
    int is_pinned;       /* size and etag are those of the first answer */
    int is_stale; /* an answer of another version came: each further range fails with -ESTALE */
    struct transfer_group group; /* initialised by the owner */
};

struct range {
    /* Filled in by the owner. */
    struct range_target *target;
    uint64_t first;  /* offset of the first byte; unused with `suffix` */
    uint64_t end;    /* one past the last byte; the first answer cuts it at the object's size */
    uint64_t suffix; /* instead: the last so many bytes of the object; 0 no. The first answer turns
                      * it into first and end */
    int64_t patience_ms; /* no further try is made so long after the start or the last progress */
    int is_guess; /* it may well lie outside of the object: a failure is not logged, nor retried */
    /* Bytes of the range, in order, without a gap: [next, next + n). */
    void (*on_bytes)(struct range *range, const uint8_t *bytes, size_t n);
    /*
     * Called once, after one line was logged about an error. `error` is 0: all bytes were
     * delivered; -ESTALE: the object changed; -EOPNOTSUPP: the store knows no ranges, or (which is
     * not logged, nor retried) takes no such range by suffix, and `suffix` is still set; -ENOENT,
     * -EACCES, -ETIMEDOUT, -EIO, -ENOMEM, -ECANCELED.
     */
    void (*on_done)(struct range *range, int error);

    uint64_t next;      /* offset of the next byte wanted */
    uint64_t told_size; /* of the object, in bytes, as a 416 says; RANGE_SIZE_UNKNOWN none did */

    /* Private. */
    struct net *net;
    struct timer timer;
    struct transfer transfer;
    char header[48];
    int64_t deadline; /* clock_ms() */
    struct retry_counts retries;
    unsigned tries; /* in all */
    unsigned renewals;
    unsigned url_generation;
    /* Of the current try: */
    enum range_outcome outcome;
    uint64_t progress;      /* `next` when it began */
    struct range_body body; /* `skip` and `length`: that are still to come */
    int is_believed;
};

void range_start(struct net *net, struct range *range);
/* After get_url returned -EINPROGRESS: the URL has come (`error` 0), or the range ends with
 * `error`. */
void range_resume(struct range *range, int error);

#endif
