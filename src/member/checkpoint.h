/*
 * Checkpoints: the state of a pass over a deflated member, saved after each CHECKPOINT_SPACING
 * bytes of output, so that a read anywhere before the end of the pass decodes no more than that.
 * They are costly entries of the cache (small, and expensive to make again), and outlive the
 * closing of the member. A small member has none, as it is soon decoded from its start.
 *
 * The functions take the member's lock, and never hold it while they use the cache.
 */
#ifndef TASKFS_MEMBER_CHECKPOINT_H
#define TASKFS_MEMBER_CHECKPOINT_H

#include "member/inflate.h"
#include "member/internal.h"

#define CHECKPOINT_SPACING (512u * 1024) /* bytes of output; a multiple of ZIP_PIECE */
#define CHECKPOINT_PIECES  (CHECKPOINT_SPACING / ZIP_PIECE)

/* How far a pass has come. */
struct pass_position {
    uint64_t in;  /* bytes of input consumed */
    uint64_t out; /* bytes of output in whole pieces */
    /* `in` at the end of each of the last pieces, by piece number modulo CHECKPOINT_PIECES. */
    uint64_t piece_ends[CHECKPOINT_PIECES];
};

/* Whether passes over the member save checkpoints: not if one range has all of its input, and the
 * decoder is through within milliseconds. */
int checkpoint_is_worth_it(const struct zip_member *member);

/* Saves the state of a pass that has just completed a piece, if a checkpoint is due there and
 * missing. Failures are ignored: without the checkpoint a read takes longer. */
void checkpoint_save(struct zip_member *member, const struct inflater *inflater,
                     const struct pass_position *position);

/* Whether the checkpoint is in the cache; it counts for checkpoint_before then. */
int checkpoint_find(struct zip_member *member, uint64_t number);

/* The output offset of the last checkpoint at or before `offset`; 0 when there is none. It may be
 * evicted at any time after. The lock must not be held. */
uint64_t checkpoint_before(struct zip_member *member, uint64_t offset);

/* Sets inflater and position to the checkpoint at output offset `place` > 0. Returns 0, or -ENOENT
 * when it has been evicted; then the inflater is in no defined state. */
int checkpoint_restore(struct zip_member *member, uint64_t place, struct inflater *inflater,
                       struct pass_position *position);

/* The bytes of the checkpoint at output offset `place` > 0, in memory that the caller frees.
 * Returns 0, -ENOENT when there is none, or -ENOMEM. */
int checkpoint_export(struct zip_member *member, uint64_t place, uint8_t **bytes, size_t *len);
/* Puts what checkpoint_export gave into the cache. Returns 0, -EINVAL for a length that no
 * checkpoint has, or -ENOMEM. */
int checkpoint_import(struct zip_member *member, uint64_t place, const uint8_t *bytes, size_t len);

/* The number of bytes of input, from the start of the data, from which `piece` can be decoded; the
 * compressed size of the member when no checkpoint tells. */
uint64_t checkpoint_input_end(struct zip_member *member, uint64_t piece);

#endif
