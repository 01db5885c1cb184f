/*
 * A member in another method than stored or deflated, decoded by libzip from its start on. Its
 * functions block: they are for threads of the archive's blocking executor. Not thread-safe.
 */
#ifndef TASKFS_ZIP_LIBZIP_DECODER_H
#define TASKFS_ZIP_LIBZIP_DECODER_H

#include "zip/member_internal.h"

/* libzip's decoders take memory that it does not tell of: bzip2's 3.7 MB, xz's its dictionary and
 * more. So much is charged to the cache for each. */
#define LIBZIP_DECODER_COST (4u * 1024 * 1024)

/*
 * At the member's start; its data_offset is known. NULL without memory. A member that libzip can't
 * open shows with the first piece. `is_wanted` is asked at times, from within libzip_decoder_next_piece:
 * once it says no, that ends soon, with -ECANCELED.
 */
struct libzip_decoder *libzip_decoder_open(struct zip_member *member,
                                           int (*is_wanted)(struct zip_member *member));
void libzip_decoder_free(struct libzip_decoder *decoder);
/* Bytes decoded so far, of whole pieces. */
uint64_t libzip_decoder_place(const struct libzip_decoder *decoder);
/*
 * Decodes the next piece into the cache. Returns 0 and its entry, pinned; -EIO the member is
 * damaged; or an error of the source. After an error it must be freed.
 */
int libzip_decoder_next_piece(struct libzip_decoder *decoder, struct cache_entry **entry);

#endif
