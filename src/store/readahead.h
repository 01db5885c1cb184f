/*
 * What to fetch for readers before they ask for it: a pure function of the offsets that they ask
 * for. The readers of an object are told apart as streams.
 *
 * Forward: the first access of a stream fetches nothing more. When the reader goes on from there,
 * with skips of up to READAHEAD_SKIP, a window opens in front of it: READAHEAD_START bytes, doubled
 * each time the reader has used half of it, up to a maximum.
 *
 * Backward: a run is what is read forward from one place, a file of an archive or a part of it.
 * When a run ends near where the run before it began, the reader has made a step backward. After
 * READAHEAD_STEPS steps in a row a window opens behind it, before the first byte of the run, and
 * grows in the same way. A reader that starts a run within this window has made a further step. The
 * window in front of a run then ends where the run before it began, and bytes that were passed
 * lately open none.
 *
 * An access that fits no stream begins a new one, in place of the one used least recently.
 */
#ifndef TASKFS_STORE_READAHEAD_H
#define TASKFS_STORE_READAHEAD_H

#include <stdint.h>

#define READAHEAD_STREAMS 16
#define READAHEAD_START   (1024u * 1024)      /* bytes */
#define READAHEAD_MAX     (64u * 1024 * 1024) /* bytes */
#define READAHEAD_SKIP    (256u * 1024)       /* bytes between two accesses, or two runs */
#define READAHEAD_STEPS   3

/* Bytes that an access may lie before the last one and be of the same run, as readers come out of
 * order: so many, or this part of the largest window, as a reader may be so far behind a decoder
 * that works ahead of it. */
#define READAHEAD_BACK   (512u * 1024)
#define READAHEAD_BEHIND 8

struct readahead_stream {
    uint64_t used;   /* the clock of its last use; 0: not in use */
    uint64_t start;  /* where the run began */
    uint64_t next;   /* one past the last byte asked for in the run */
    uint64_t ahead;  /* one past the last byte of the window in front */
    uint64_t window; /* bytes of it; 0 while the run has one access only */
    /* Backward: */
    unsigned steps;       /* in a row */
    uint64_t run_end;     /* where the run before began; with `steps` alone */
    uint64_t behind;      /* the first byte of the window behind; `start` while there is none */
    uint64_t back_window; /* bytes of it */
    /* Until the first run has ended: the stream used before it, and when. */
    int before;
    uint64_t before_used;
};

struct readahead {
    uint64_t max;   /* of a window, bytes */
    uint64_t clock; /* counts accesses */
    struct readahead_stream streams[READAHEAD_STREAMS];
};

/* [from, to); empty when they are equal. */
struct readahead_span {
    uint64_t from, to;
};

struct readahead_plan {
    struct readahead_span ahead;  /* not before the end of the access */
    struct readahead_span behind; /* not after its beginning; its end is needed first */
};

/* `max`: the largest window in bytes. */
void readahead_init(struct readahead *readahead, uint64_t max);

/*
 * A reader asks for [offset, offset + want), want > 0. The object has `limit` bytes that are worth
 * reading ahead. Returns what should be fetched beside the access itself and was not returned
 * before; mostly nothing.
 */
struct readahead_plan readahead_access(struct readahead *readahead, uint64_t offset, uint64_t want,
                                       uint64_t limit);

/*
 * As readahead_access, for speculation that works on what is fetched ahead of a reader: it moves
 * the stream's place, also backward if the reader has made a step, but begins no stream.
 */
struct readahead_plan readahead_follow(struct readahead *readahead, uint64_t offset, uint64_t want,
                                       uint64_t limit);

#endif
