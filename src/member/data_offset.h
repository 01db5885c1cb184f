/* Where the data of an open member begins. */
#ifndef TASKFS_MEMBER_DATA_OFFSET_H
#define TASKFS_MEMBER_DATA_OFFSET_H

#include "member/internal.h"

/*
 * Makes sure that member->data_offset is known and, for a piece near the start, confirmed by the
 * local header. `piece` is the piece that is read next; `hint` as of source_type.view. Returns 0;
 * OP_PENDING; -EIO when the local header is wrong, and the member damaged; or an error of the
 * source. Takes the lock.
 */
int member_find_data(struct zip_member *member, uint64_t piece, enum source_hint hint,
                     struct op *op);

#endif
