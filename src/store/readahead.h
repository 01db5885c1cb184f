/*
 * What to fetch ahead of readers, as a pure function of the offsets they ask for. An object's
 * readers are told apart as streams: runs of access that go forward, with small skips.
 *
 * The rule: the first access of a stream fetches what was asked and nothing more. When it goes on
 * from there, a window opens in front of it: READAHEAD_START bytes, doubled each time the reader
 * has used half of it, up to a maximum. An access that fits no stream begins a new one, in place of
 * the one used least recently.
 */
#ifndef TASKFS_STORE_READAHEAD_H
#define TASKFS_STORE_READAHEAD_H

#include <stdint.h>

#define READAHEAD_STREAMS 16
#define READAHEAD_START   (1024u * 1024)      /* bytes */
#define READAHEAD_MAX     (64u * 1024 * 1024) /* bytes */
#define READAHEAD_SKIP    (256u * 1024)       /* so far forward, and it is the same stream */
#define READAHEAD_BACK    (512u * 1024)       /* so far back too: readers come out of order */
#define READAHEAD_BEHIND \
    8 /* or this part of the largest window: a reader may be
                                               * so far behind him who works ahead of him */

struct readahead_stream {
    uint64_t start;  /* where it began */
    uint64_t next;   /* one past the last byte asked for */
    uint64_t ahead;  /* one past the last byte to be fetched */
    uint64_t window; /* bytes; 0 while only one access was seen */
    uint64_t used;   /* the clock of its last use; 0: not in use */
};

struct readahead {
    uint64_t max;   /* of a window, bytes */
    uint64_t clock; /* counts accesses */
    struct readahead_stream streams[READAHEAD_STREAMS];
};

/* `max`: the largest window in bytes. */
void readahead_init(struct readahead *readahead, uint64_t max);

/*
 * An access to [offset, offset + want), want > 0, of an object whose interesting bytes end at
 * `limit`. Gives what should now be fetched beyond it and was not said before: [*from, *to), which
 * is empty (from == to) most of the time. The access itself is the caller's to fetch.
 */
void readahead_access(struct readahead *readahead, uint64_t offset, uint64_t want, uint64_t limit,
                      uint64_t *from, uint64_t *to);

/*
 * The same for one who works ahead of a reader, on what is fetched for that reader: his place is
 * the stream's from now on. Where there is no such stream, nothing is to be fetched.
 */
void readahead_follow(struct readahead *readahead, uint64_t offset, uint64_t want, uint64_t limit,
                      uint64_t *from, uint64_t *to);

#endif
