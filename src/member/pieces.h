/* The pieces of a member as they are made: their CRCs, their way into the cache, and what happens
 * when they turn out to be wrong. All functions take the member's lock. */
#ifndef TASKFS_MEMBER_PIECES_H
#define TASKFS_MEMBER_PIECES_H

#include "member/internal.h"

/* Marks the member as damaged, and discards all that was made of it and its bytes in the source's
 * cache. `why` is a string constant. Returns -EIO. */
int member_mark_damaged(struct zip_member *member, const char *why);

/* A reader reads the member: damage is reported from now on, also damage that was found before.
 * Returns whether the member is damaged. */
int member_note_reader(struct zip_member *member);

/* Notes the CRC of a piece. Returns 0; -ENOMEM; or -EIO when the member is damaged, also when that
 * is found only now. */
int member_note_crc(struct zip_member *member, uint64_t piece, uint32_t crc);

/* Looks for the piece in the cache, and notes its CRC if this member has not seen it before.
 * Returns 0 with *entry pinned, or NULL when the piece is not there; or an error of
 * member_note_crc. */
int member_find_piece(struct zip_member *member, uint64_t piece, struct cache_entry **entry);

/* Notes the CRC of a piece that was just made, and puts it into the cache. Takes over `bytes` (a
 * whole piece, from malloc). Returns 0 and the entry, pinned; or -ENOMEM or -EIO as of
 * member_note_crc. */
int member_put_piece(struct zip_member *member, uint64_t piece, uint8_t *bytes,
                     struct cache_entry **entry);

#endif
