/*
 * The policy of decoding ahead: which pieces to decode before the readers of an archive ask for
 * them, as a pure function of what they have read. A reader that goes forward (through one member,
 * or from member to member in the order of their data, as `cp -r` does) is a stream. In front of a
 * stream a few lanes make pieces, each lane from a member of its own, within a window of output
 * that doubles as the stream goes forward.
 *
 * Guarded by the caller.
 */
#ifndef TASKFS_MEMBER_DECODE_AHEAD_H
#define TASKFS_MEMBER_DECODE_AHEAD_H

#include <stdint.h>

#include "zip/directory.h"

#define DECODE_AHEAD_STREAMS 4
#define DECODE_AHEAD_LANES   2                  /* of a stream */
#define DECODE_AHEAD_AFTER   3u                 /* accesses in a row make a stream */
#define DECODE_AHEAD_START   (512u * 1024)      /* bytes of output: the first window */
#define DECODE_AHEAD_MAX     (8u * 1024 * 1024) /* bytes of output: the largest window */
/* Accesses come slightly out of order: an access so many pieces before or behind the last one, or
 * so many entries before it, is of the same stream. */
#define DECODE_AHEAD_NEAR   8u
#define DECODE_AHEAD_SKIP   64u   /* entries that a stream may skip */
#define DECODE_AHEAD_SEARCH 4096u /* entries in front of the reader that are considered */

/* A piece of a member. */
struct decode_ahead_place {
    uint32_t entry;
    uint64_t piece;
};

struct decode_ahead_lane {
    int is_running; /* a job works for it */
    int has_entry;
    struct decode_ahead_place next; /* to be made */
    uint64_t start; /* where that entry begins: bytes of output since the stream began */
};

struct decode_ahead_stream {
    struct decode_ahead_place at; /* the last access */
    uint64_t start;               /* where its entry begins, counted like a lane's */
    uint32_t next;                /* the first entry that no lane has had, if it is behind `at` */
    uint64_t next_start;
    uint64_t window; /* bytes; 0: none yet */
    unsigned run;    /* accesses that went forward */
    uint64_t used;   /* the clock of the last access; 0: the slot is unused */
    uint64_t born;   /* the clock of the first access */
    struct decode_ahead_lane lanes[DECODE_AHEAD_LANES];
};

struct decode_ahead {
    uint64_t max;   /* of a window, bytes */
    uint64_t least; /* bytes of output: smaller members are not decoded ahead */
    uint64_t clock; /* counts accesses */
    struct decode_ahead_stream streams[DECODE_AHEAD_STREAMS];
};

/* The work of a lane, held by whoever does it. */
struct decode_ahead_job {
    unsigned stream, lane;
    uint64_t born; /* of the stream, whose slot may have been reused meanwhile */
};

/* `room`: an upper bound for a window, bytes of output. `least`: members of fewer bytes are not
 * decoded ahead. */
void decode_ahead_init(struct decode_ahead *ahead, uint64_t room, uint64_t least);

/* A reader has asked for the piece. Returns the number of its stream. */
unsigned decode_ahead_access(struct decode_ahead *ahead, const struct zip_directory *dir,
                             struct decode_ahead_place place);
/* Looks for work in front of the stream that no job does. Returns 1 with *place, the piece to be
 * made, and *job, which is the caller's until decode_ahead_next_piece returns 0 or
 * decode_ahead_stop_job is called; or 0. */
int decode_ahead_begin_job(struct decode_ahead *ahead, const struct zip_directory *dir,
                           unsigned stream, struct decode_ahead_job *job,
                           struct decode_ahead_place *place);
/* The job has made its piece: 1 with the next one in *place; or 0, and the job is over. */
int decode_ahead_next_piece(struct decode_ahead *ahead, const struct zip_directory *dir,
                            const struct decode_ahead_job *job, struct decode_ahead_place *place);
/* The job could not make `place` now, or with `skip` nothing of that member from there on, ever.
 * The job is over. */
void decode_ahead_stop_job(struct decode_ahead *ahead, const struct decode_ahead_job *job,
                           struct decode_ahead_place place, int skip);

#endif
