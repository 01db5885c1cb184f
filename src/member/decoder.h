/* The decoders of a deflated member. */
#ifndef TASKFS_MEMBER_DECODER_H
#define TASKFS_MEMBER_DECODER_H

#include "member/internal.h"

/*
 * Makes piece `piece`, which is not in the cache; member_find_data has returned 0 before. Returns 0
 * and its entry, pinned; OP_PENDING; -EIO when the member is damaged; -ENOMEM; or an error of the
 * source. `hint` as of source_type.view. Takes the lock.
 */
int decoder_make_piece(struct zip_member *member, uint64_t piece, enum source_hint hint,
                       struct op *op, struct cache_entry **entry);
/* Frees all decoders of a member that nobody has open. */
void decoder_free_all(struct zip_member *member);

/* How many bytes of input the decoder that has come furthest had consumed after its last turn. */
uint64_t decoder_consumed(struct zip_member *member);
/* The output offset, at or before `offset`, of the nearest decoder; 0 when there is none. */
uint64_t decoder_place_before(struct zip_member *member, uint64_t offset);

#endif
