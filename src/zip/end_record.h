/*
 * Finds the central directory of a zip archive: by the end-of-central-directory record, its Zip64
 * companions, and nothing but the last bytes of the archive.
 *
 * Source: PKWARE APPNOTE 6.3.10, sections 4.3.14 to 4.3.16; behaviour on damaged or prefixed
 * archives follows `unzip` and `7zz`.
 */
#ifndef TASKFS_ZIP_END_RECORD_H
#define TASKFS_ZIP_END_RECORD_H

#include <stddef.h>
#include <stdint.h>

/* All offsets are absolute in the object: a prefix such as an executable stub is added to them. */
struct zip_end {
    uint64_t directory_offset; /* first byte of the central directory */
    uint64_t directory_size;   /* bytes; directory_offset + directory_size <= object size */
    uint64_t entries;          /* as recorded; without Zip64 the real count modulo 65536 */
    uint64_t prefix;           /* bytes before the archive; add to every recorded offset */
    int is_zip64;              /* the numbers came from the Zip64 end record */
    unsigned oddities;         /* bits `1 << enum zip_oddity` */
};

/* What is wrong with an archive that can be read nevertheless. */
enum zip_oddity {
    ZIP_ODD_COMMENT, /* the comment is shorter than its recorded length */
    ZIP_ODD_DISKS,   /* disk numbers as of an archive in several parts; they are ignored */
    ZIP_ODD_COUNT,   /* the Zip64 record has an impossible count; it is ignored */
    ZIP_ODDITIES,
};
/* A few words for people ("its comment is cut off"); never NULL. */
const char *zip_oddity_text(enum zip_oddity oddity);

/*
 * Searches the last `n` bytes of an object of `object_size` bytes (tail[n-1] is its last byte).
 *
 * Returns 0 and fills *end; -EAGAIN when more of the tail is needed, with *need set to the number
 * of bytes from the end (n < *need <= object_size) with which to call again; -EIO when this is no
 * archive, or its numbers are impossible. Never blocks, never allocates.
 */
int zip_end_find(const uint8_t *tail, size_t n, uint64_t object_size, struct zip_end *end,
                 uint64_t *need);

#endif
