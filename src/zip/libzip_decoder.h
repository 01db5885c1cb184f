/*
 * A member in another method than stored or deflated, decoded by libzip from its start on. Its
 * functions block: they are for threads of the archive's blocking executor. Not thread-safe.
 */
#ifndef TASKFS_ZIP_FOREIGN_H
#define TASKFS_ZIP_FOREIGN_H

#include "zip/member_internal.h"

/* libzip's decoders take memory that it does not tell of: bzip2's 3.7 MB, xz's its dictionary and
 * more. So much is charged to the cache for each. */
#define FOREIGN_COST (4u * 1024 * 1024)

/*
 * At the member's start; its data_offset is known. NULL without memory. A member that libzip can't
 * open shows with the first piece. `is_wanted` is asked at times, from within foreign_next_piece:
 * once it says no, that ends soon, with -ECANCELED.
 */
struct foreign *foreign_open(struct zip_member *member,
                             int (*is_wanted)(struct zip_member *member));
void foreign_free(struct foreign *foreign);
/* Bytes decoded so far, of whole pieces. */
uint64_t foreign_place(const struct foreign *foreign);
/*
 * Decodes the next piece into the cache. Returns 0 and its entry, pinned; -EIO the member is
 * damaged; or an error of the source. After an error it must be freed.
 */
int foreign_next_piece(struct foreign *foreign, struct cache_entry **entry);

#endif
