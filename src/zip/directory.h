/*
 * The central directory of one archive, in compact form: one array of entries and one arena of
 * names, without an allocation for each entry. The parser is fed bytes as they arrive and keeps
 * none of them.
 *
 * Source: PKWARE APPNOTE 6.3.10, sections 4.3.12, 4.4 and 4.5; Info-ZIP's extra fields (0x5455 UT,
 * 0x7075 Unicode path), NTFS times (0x000a).
 *
 * A directory is built by one thread; once zip_directory_finish has returned 0 it never changes and
 * may be read by any number of threads.
 */
#ifndef TASKFS_ZIP_DIRECTORY_H
#define TASKFS_ZIP_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

#include "zip/dos_time.h"
#include "zip/end_record.h"
#include "zip/entry.h"

struct zip_directory {
    struct zip_entry *entries; /* in the order of their data in the archive */
    uint32_t count;
    uint32_t capacity;
    char *names; /* arena; names are not NUL-terminated */
    uint32_t names_len;
    uint32_t names_capacity;
    int ascending; /* no two entries have the same header offset */
    /* The index of each entry in the order of the central directory; NULL where both are the
     * same. */
    uint32_t *listed;
    uint64_t object_size;
    struct zip_end end;
    /* State of the parser: */
    struct zip_dos_clock clock;
    int has_slashes;     /* some name has a '/' */
    int has_backslashes; /* some entry has ZIP_ENTRY_BACKSLASHES */
    uint64_t fed;        /* bytes of the directory seen so far */
    uint8_t *partial;    /* the beginning of a record; at most 46 + 3 * 65535 bytes */
    uint32_t partial_len;
    uint32_t partial_capacity;
};

/* Starts an empty directory of the archive that `end` describes. `object_size` in bytes; `zone`: in
 * which the DOS times of members are read that have no other time. */
void zip_directory_init(struct zip_directory *dir, const struct zip_end *end, uint64_t object_size,
                        enum zip_dos_zone zone);

/*
 * Parses the next `n` bytes of the central directory; any division into pieces will do. Memory
 * grows with the bytes that have arrived, never with a number read from them; the arena and the
 * array of entries stay below 4 GiB and 2^31 entries.
 * Returns 0; -EIO when the bytes are no central directory; -ENOMEM. After an error the directory
 * can only be freed.
 */
int zip_directory_feed(struct zip_directory *dir, const uint8_t *bytes, size_t n);

/*
 * Ends the parsing, after `end.directory_size` bytes: sorts the entries by the offsets of their
 * data, and frees the memory that was allocated in excess.
 * Returns 0; -EIO when bytes or entries are missing, or are too many; -ENOMEM.
 */
int zip_directory_finish(struct zip_directory *dir);

/* Frees what tells the order of the central directory, 4 bytes an entry: from now on
 * zip_directory_listed gives the entries in the order of their data. */
void zip_directory_drop_order(struct zip_directory *dir);

void zip_directory_free(struct zip_directory *dir);

/* The entry that the central directory has at place `number` < count. */
static inline uint32_t zip_directory_listed(const struct zip_directory *dir, uint32_t number)
{
    return dir->listed ? dir->listed[number] : number;
}

static inline const char *zip_entry_name(const struct zip_directory *dir,
                                         const struct zip_entry *entry)
{
    return dir->names + entry->name;
}

#endif
