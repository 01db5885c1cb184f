/*
 * A range of a remote object, fetched to its end or to an error that trying again did not cure. A
 * response is checked before a byte of it is believed, what is missing of it is asked for again
 * from where it stopped, and a signed URL that the store refuses is renewed.
 *
 * Net thread only. Source: RFC 9110, sections 13.1.1, 14 and 15.3.7.
 */
#ifndef TASKFS_NET_RANGE_H
#define TASKFS_NET_RANGE_H

#include <stdint.h>

#include "net/net.h"
#include "net/transfer.h"

#define RANGE_STREAM_MAX \
    (1024u * 1024) /* bytes: a store that ignores Range is borne up to here \
                    */
#define RANGE_SIZE_UNKNOWN UINT64_MAX

struct range;

/* What ranges are fetched of: one version of one object. Shared by its ranges. */
struct range_target {
    /*
     * Gives the URL for the next try, valid until the net thread's current callback ends, and a
     * number that tells it from other URLs of this target. Returns 0;
     * -EINPROGRESS when it is being fetched: then range_resume is called for this range later; or
     * an errno that ends the range.
     */
    int (*url)(struct range_target *target, struct range *range, const char **url,
               unsigned *generation);
    /* The store has refused the URL (400, 401, 403): the next `url` must be another. */
    void (*refused)(struct range_target *target, unsigned generation);
    const char *name;    /* for messages */
    uint64_t size;       /* bytes, or RANGE_SIZE_UNKNOWN until the first answer */
    char etag[ETAG_MAX]; /* pinned with the first answer; "" none */
    int is_pinned;       /* size and etag are those of the first answer */
    /* An answer of another version came: everything fetched from now on fails with -ESTALE. */
    int is_stale;
    struct transfer_group group; /* initialised by the owner */
};

struct range {
    /* Filled in by the owner. */
    struct range_target *target;
    uint64_t first;  /* offset of the first byte; unused when `suffix` */
    uint64_t end;    /* one past the last byte */
    uint64_t suffix; /* instead: the last so many bytes of the object; 0 no. Becomes first and end
                      * with the first answer */
    int64_t patience_ms; /* no further try is begun so long after the start or the last progress */
    int is_guess; /* it may well lie outside of the object: a failure is not logged, nor retried */
    /* Bytes of the range, in order, without a gap: [next, next + n). */
    void (*on_bytes)(struct range *range, const uint8_t *bytes, size_t n);
    /* Once. 0: all were delivered. -ESTALE: the object changed. -EOPNOTSUPP: the store knows no
     * ranges, or (not logged) no ranges by suffix. -ENOENT, -ETIMEDOUT, -EIO, -ENOMEM, -ECANCELED.
     * One line was logged. */
    void (*on_done)(struct range *range, int error);

    uint64_t next; /* offset of the next byte wanted */

    /* Private. */
    struct net *net;
    struct timer timer;
    struct transfer transfer;
    char header[48];
    int64_t deadline;   /* clock_ms() */
    unsigned attempt;   /* failed tries since the last progress */
    unsigned tries;     /* in all */
    uint64_t progress;  /* `next` when the current try began */
    uint64_t skip;      /* bytes of the current body before `next` */
    uint64_t body_left; /* bytes of the current body that may still come */
    int renewals;
    unsigned url_generation;
};

void range_start(struct net *net, struct range *range);
/* The target's URL has come (error 0), or can't be had. */
void range_resume(struct range *range, int error);

#endif
