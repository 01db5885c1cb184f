/*
 * A store that answers ranges as its script says, rightly or wrongly, and a fetch of a range from
 * it, on the clock of fake_net.h. Runs out of memory by abort().
 */
#ifndef TASKFS_RANGE_STORE_H
#define TASKFS_RANGE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "fake_net.h"
#include "net/range.h"

#define CONTENT  (300u * 1024) /* bytes of an object; small enough to be borne whole */
#define PATIENCE 60000         /* ms that a range may take */

/* What the store does with a request. */
enum act {
    HONEST,
    SHORT,       /* the first half of what was asked, and says so */
    ELSEWHERE,   /* a byte further on */
    TOO_FAR,     /* more than was asked for */
    RANGELESS,   /* 206 without Content-Range */
    LYING,       /* Content-Range and Content-Length differ */
    SHORT_LIE,   /* half of the bytes that it says, and closes */
    LONG_LIE,    /* more than it says, to the end of the connection */
    ENCODED,     /* 206 with gzip */
    WHOLE,       /* 200 */
    WHOLE_OPEN,  /* 200, its length not told */
    CUT,         /* after half of the body */
    CUT_LATE,    /* after 8 KiB */
    SILENT,      /* no answer at all */
    REFUSED_400, /* the signed URL has expired */
    REFUSED_403,
    GONE,       /* 404 */
    CHANGED,    /* 412 */
    OTHER_ETAG, /* another version, If-Match unheard */
    OTHER_SIZE,
    NO_SUFFIX, /* 416 of an object that is not empty */
    EMPTY,     /* 416 of one that is */
    BUSY,      /* 503 */
    BUSY_7,    /* and come again in 7 s */
    BUSY_LONG,
    MOVED,  /* 302 to /elsewhere */
    TEAPOT, /* 418 */
};

struct store {
    const enum act *acts;
    unsigned count; /* the last one goes on for ever; none: HONEST */
    const char *etag;
    uint8_t *bytes;
    size_t n;
};

struct fetch {
    struct fake_net fake;
    struct store store;
    struct range_target target;
    struct range range;
    uint8_t *bytes; /* that came */
    size_t got;
    int error;
    int is_over; /* how often it was told so */
    char url[100];
    unsigned generation; /* of the URL, counted from 0 */
    unsigned refusals;
    int url_result; /* what `url` says from now on */
};

/* A script: its acts, and how many they are. */
#define ACTS(...) \
    (const enum act[]){__VA_ARGS__}, sizeof((const enum act[]){__VA_ARGS__}) / sizeof(enum act)

/* Requests that the store has heard. */
#define ATTEMPTS(fetch) tiny_http_count((fetch)->fake.http)

/* An object of n bytes in a store that acts so; acts are borrowed. */
void fetch_init(struct fetch *fetch, size_t n, const enum act *acts, unsigned count);
void fetch_free(struct fetch *fetch);
/* Fetches [first, end), or the last `suffix` bytes if that is not 0. What on_done was told. */
int fetch_run(struct fetch *fetch, uint64_t first, uint64_t end, uint64_t suffix);

/* For a range that the test fills in itself. Starts it; to be run on the net thread. */
void fetch_start(void *fetch);
/* Its on_bytes: keeps them. */
void fetch_take_bytes(struct range *range, const uint8_t *bytes, size_t n);
/* Its on_done: keeps the error. */
void fetch_take_end(struct range *range, int error);

/* Whether it has ended once and these bytes of the object, no others, came. */
int fetch_has_bytes(const struct fetch *fetch, uint64_t first, uint64_t end);
/* Whether the request of this number, from 0, was a GET of this Range without a key. */
int fetch_asked(struct fetch *fetch, unsigned number, const char *range);

/* What became of a fetch of [1000, 21000). */
struct outcome {
    int error;
    int is_right;  /* all bytes came, and they are the right ones */
    int is_prefix; /* what came is right as far as it goes */
    size_t got;
    unsigned attempts;
    int64_t elapsed;
    uint64_t retries, fetched;
    struct tiny_request last;
};

/* Fetches it from an object of n bytes in a store that acts so. */
struct outcome fetch_outcome(size_t n, const enum act *acts, unsigned count);

#endif
