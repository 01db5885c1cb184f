/*
 * The policy of pushing ahead: which small members to put into a cache above (the kernel's page
 * cache) before their reader asks for them, as a pure function of what has been read. It sees only
 * the reads that are not answered there, so one file here and there is left out: its read tells how
 * far the reader is.
 *
 * Reads of three members in a row, in the order of their nodes, which is that of their data as a
 * rule, are a stream. In front of its last read a batch may be pushed, whose size doubles with each
 * further read. Long before the reader has come to the end of a batch it comes to a file that was
 * left out, and the batch is filled up. So what is pushed for nothing is at most a batch. A large
 * one keeps the reader supplied while the threads that push have no processor. A reader who
 * overtakes these threads is left a few files, and they go on behind those: else both would be at
 * the same file again and again.
 *
 * Guarded by the caller.
 */
#ifndef TASKFS_ARCHIVE_PUSH_AHEAD_H
#define TASKFS_ARCHIVE_PUSH_AHEAD_H

#include <stdint.h>

#include "tree/tree.h"

#define PUSH_AHEAD_STREAMS 4u
#define PUSH_AHEAD_AFTER   3u                 /* members read in a row make a stream */
#define PUSH_AHEAD_FIRST   16u                /* nodes: the first batch */
#define PUSH_AHEAD_MAX     1024u              /* nodes: the largest batch */
#define PUSH_AHEAD_GAP     192u               /* one of so many nodes is left out, at least */
#define PUSH_AHEAD_LEAD    8u                 /* nodes that are left to a faster reader */
#define PUSH_AHEAD_BYTES   (2u * 1024 * 1024) /* of output, of any batch */
#define PUSH_AHEAD_SKIP    64u                /* nodes that a stream may skip */
#define PUSH_AHEAD_NEAR    8u                 /* reads come so many nodes out of order */

struct push_ahead_stream {
    uint32_t at;       /* the node that was read last */
    uint32_t next;     /* the next node to be pushed or left out */
    uint32_t end;      /* nodes before it may be pushed */
    uint32_t batch;    /* nodes; 0: it is no stream yet */
    uint32_t gap;      /* nodes since the last one that was left out */
    uint64_t gap_size; /* bytes of output that were pushed since then */
    unsigned run;      /* members that were read in a row */
    uint64_t used;     /* the clock of the last read; 0: the slot is unused */
    int is_held;       /* see push_ahead_hold */
};

struct push_ahead {
    uint64_t clock; /* counts reads */
    struct push_ahead_stream streams[PUSH_AHEAD_STREAMS];
};

/* All zero at first. */
static inline void push_ahead_init(struct push_ahead *ahead)
{
    *ahead = (struct push_ahead){.clock = 0};
}

/* Whether the content of the node is small enough to be pushed, and can be read at all. */
int push_ahead_can_push(const struct zip_tree *tree, uint32_t node);

/* A reader has asked for the content of the node. */
void push_ahead_read(struct push_ahead *ahead, const struct zip_tree *tree, uint32_t node);

/* The next node to be pushed for stream `number`: 1 with *node, which stays the next one until
 * push_ahead_done; 0 when there is none for now. */
int push_ahead_next(struct push_ahead *ahead, const struct zip_tree *tree, unsigned number,
                    uint32_t *node);
/* The node that push_ahead_next gave was pushed, or cannot be. */
void push_ahead_done(struct push_ahead *ahead, const struct zip_tree *tree, unsigned number,
                     uint32_t node);
/* The file is not known above, or its content is not here: the stream waits for the next read of
 * its reader, or for push_ahead_listed. */
void push_ahead_hold(struct push_ahead *ahead, unsigned number, uint32_t node);
/* More files may be known above. */
void push_ahead_listed(struct push_ahead *ahead);

#endif
