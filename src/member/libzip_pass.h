/* Members that libzip decodes, for readers that must not block. */
#ifndef TASKFS_MEMBER_LIBZIP_PASS_H
#define TASKFS_MEMBER_LIBZIP_PASS_H

#include "member/internal.h"

/* Makes piece `piece`, which is not in the cache; member_find_data has returned 0 before. Returns 0
 * and its entry, pinned; OP_PENDING; -EIO when the member is damaged; or -ENOMEM. Takes the
 * lock. */
int libzip_make_piece(struct zip_member *member, uint64_t piece, struct op *op,
                      struct cache_entry **entry);
/* A reader has found the piece in the cache: it need not be kept for the reader any more. Takes the
 * lock. */
void libzip_found_piece(struct zip_member *member, uint64_t piece);
/* Frees the decoders and awaited pieces of a member that nobody has open. */
void libzip_free_all(struct zip_member *member);

#endif
