/*
 * Checkpoints: the state of a pass over a deflated member, saved in passing each CHECKPOINT_SPACING
 * of output, so that a read anywhere decodes at most so much. They are costly entries of the cache,
 * and outlive the member's being open.
 */
#ifndef TASKFS_ZIP_CHECKPOINT_H
#define TASKFS_ZIP_CHECKPOINT_H

#include "zip/member_internal.h"

#define CHECKPOINT_SPACING (512u * 1024) /* bytes of output; a multiple of ZIP_PIECE */
#define CHECKPOINT_PIECES  DECODER_PIECE_ENDS
_Static_assert(CHECKPOINT_SPACING / ZIP_PIECE == CHECKPOINT_PIECES, "pieces between checkpoints");

/* The decoder, owned by the caller, has just ended a piece: saves it if it is at such a place. Takes
 * the lock. */
void checkpoint_save(struct zip_member *member, const struct decoder *decoder);

/* Discards the member's checkpoints. */
void checkpoint_discard_all(struct zip_member *member);

/* The output offset of the last checkpoint at or before `offset`; 0 when there is none. */
uint64_t checkpoint_before(struct zip_member *member, uint64_t offset);

/*
 * Puts the decoder, owned by the caller, to the checkpoint at output offset `place` > 0. Returns 0,
 * or -ENOENT when it has gone since; then the decoder must be restarted.
 */
int checkpoint_restore(struct zip_member *member, struct decoder *decoder, uint64_t place);

/* How many compressed bytes, counted from the member's start, are needed to decode up to the end of
 * `piece`; the compressed size when no checkpoint tells. */
uint64_t checkpoint_input_end(struct zip_member *member, uint64_t piece);

/* Where the member's data begins, if a checkpoint knows; else 0. */
uint64_t checkpoint_data_offset(struct zip_member *member);

#endif
