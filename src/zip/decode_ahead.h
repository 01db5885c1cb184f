/*
 * Which pieces to decode ahead of an archive's readers, as a pure function of what they read. A
 * reader that goes forward (through one member, or from member to member as the directory lists
 * them, as `cp -r` does) is a stream; in front of it pieces are made by a few lanes, each with a
 * member of its own, up to a window of output that doubles as the stream goes on.
 *
 * Guarded by the caller.
 */
#ifndef TASKFS_ZIP_DECODE_AHEAD_H
#define TASKFS_ZIP_DECODE_AHEAD_H

#include <stdint.h>

#include "zip/directory.h"

#define DECODE_AHEAD_STREAMS 4
#define DECODE_AHEAD_LANES   2                  /* of a stream */
#define DECODE_AHEAD_AFTER   3u                 /* accesses in a row make a stream */
#define DECODE_AHEAD_START   (512u * 1024)      /* bytes of output: the first window */
#define DECODE_AHEAD_MAX     (8u * 1024 * 1024) /* bytes of output: the largest */
#define DECODE_AHEAD_NEAR    8u  /* pieces to and fro, or entries back: readers come out of order */
#define DECODE_AHEAD_SKIP    64u /* entries that a stream may leave out */
#define DECODE_AHEAD_SEARCH  4096u /* entries in front of the reader that are looked at */

/* A piece of a member. */
struct decode_ahead_place {
    uint32_t entry;
    uint64_t piece;
};

struct decode_ahead_lane {
    int is_running; /* somebody works for it */
    int has_entry;
    struct decode_ahead_place next; /* to be made */
    uint64_t start; /* where that entry begins: bytes of output since the stream began */
};

struct decode_ahead_stream {
    struct decode_ahead_place at; /* the last access */
    uint64_t start;               /* where its entry begins, as above */
    uint32_t next;                /* the first entry that no lane has had, if it is behind `at` */
    uint64_t next_start;
    uint64_t window; /* bytes; 0: not yet */
    unsigned run;    /* accesses that went forward */
    uint64_t used;   /* the clock of the last access; 0: not in use */
    uint64_t born;   /* the clock of the first */
    struct decode_ahead_lane lanes[DECODE_AHEAD_LANES];
};

struct decode_ahead {
    uint64_t max;   /* of a window, bytes */
    uint64_t clock; /* counts accesses */
    struct decode_ahead_stream streams[DECODE_AHEAD_STREAMS];
};

/* A lane's work, in the hands of who does it. */
struct decode_ahead_job {
    unsigned stream, lane;
    uint64_t born; /* of the stream: it may be another by now */
};

/* `room`: the most that a window may take, bytes of output. */
void decode_ahead_init(struct decode_ahead *ahead, uint64_t room);

/* A reader has asked for the piece. Returns the stream's number. */
unsigned decode_ahead_access(struct decode_ahead *ahead, const struct zip_directory *dir,
                             struct decode_ahead_place place);
/* Whether there is work in front of the stream that nobody does: then 1, *job is the caller's until
 * decode_ahead_next_piece says 0 or decode_ahead_stop_job is called, and `place` is to be made. */
int decode_ahead_begin_job(struct decode_ahead *ahead, const struct zip_directory *dir,
                           unsigned stream, struct decode_ahead_job *job,
                           struct decode_ahead_place *place);
/* The next piece for who has made the last one. 0: the job is over. */
int decode_ahead_next_piece(struct decode_ahead *ahead, const struct zip_directory *dir,
                            const struct decode_ahead_job *job, struct decode_ahead_place *place);
/* `place` could not be made now. `skip`: nor can the rest of its member ever. The job is over. */
void decode_ahead_stop_job(struct decode_ahead *ahead, const struct decode_ahead_job *job,
                           struct decode_ahead_place place, int skip);

#endif
