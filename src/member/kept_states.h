/*
 * States of decoders that outlive the program: in place of a pass over all that lies before it, a
 * read in the middle of a large member begins at the last state that a `struct state_keeper` has.
 */
#ifndef TASKFS_MEMBER_KEPT_STATES_H
#define TASKFS_MEMBER_KEPT_STATES_H

#include "member/inflate.h"
#include "member/internal.h"

/* Has the keeper take the state of a pass that has come to checkpoint `number`, of which the first
 * `head_len` bytes are `head`, if one is to be kept there. Failures are ignored. */
void kept_states_save(struct zip_member *member, uint64_t number, const struct inflater *inflater,
                      const void *head, size_t head_len);

/* From within a step of `op`: if the keeper has a checkpoint much nearer before `offset` than
 * anything here, has it read. Returns 0 when a decoder may be chosen, or OP_PENDING or -ENOMEM. */
int kept_states_recall(struct zip_member *member, uint64_t offset, struct op *op);

#endif
