/*
 * A decoder for a member that is neither stored nor deflated: libzip decodes it from its start on.
 * The functions block, so they are called by threads of the archive's blocking executor alone. Not
 * thread-safe.
 */
#ifndef TASKFS_MEMBER_LIBZIP_DECODER_H
#define TASKFS_MEMBER_LIBZIP_DECODER_H

#include "member/internal.h"

/* Bytes that a decoder counts as in the pool. libzip does not tell what its decoders take:
 * 3.7 MB for bzip2, the dictionary and more for xz. */
#define LIBZIP_DECODER_COST (4u * 1024 * 1024)

/* Whether libzip was built with this compression method. */
int libzip_has_method(uint16_t method);
/* The version of the libzip that is loaded, such as "1.7.3". */
const char *libzip_version(void);

/*
 * A decoder at the start of the member, whose data_offset is known; NULL when out of memory. If
 * libzip can't open the member, the first piece fails. libzip_decoder_next_piece calls `is_wanted`
 * from time to time, and soon returns -ECANCELED once that is 0.
 */
struct libzip_decoder *libzip_decoder_open(struct zip_member *member,
                                           int (*is_wanted)(struct zip_member *member));
/* Does not use the member, which may have been freed. */
void libzip_decoder_free(struct libzip_decoder *decoder);
/* Its part for the pool, for the caller to fill in; and the way back. */
struct pooled_decoder *libzip_decoder_pooled(struct libzip_decoder *decoder);
struct libzip_decoder *libzip_decoder_of(struct pooled_decoder *pooled);
struct zip_member *libzip_decoder_member(const struct libzip_decoder *decoder);
/* Bytes of output in the whole pieces made so far. */
uint64_t libzip_decoder_place(const struct libzip_decoder *decoder);
/*
 * Makes the next piece and puts it into the cache. Returns 0 and its entry, pinned; -EIO when the
 * member is damaged; or an error of the source. After an error the decoder can only be freed.
 */
int libzip_decoder_next_piece(struct libzip_decoder *decoder, struct cache_entry **entry);

#endif
