/*
 * The central directory of one archive, held compactly: a flat array of entries and one arena of
 * names, no allocation an entry. It is fed bytes as they arrive and keeps none of them.
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

#include "zip/end_record.h"

/* Why an entry is not in the tree, or can't be read. */
enum zip_problem {
    ZIP_OK = 0,
    /* not shown: */
    ZIP_NAME_EMPTY,
    ZIP_NAME_DOTS,     /* "", "." or ".." as a part of the name */
    ZIP_NAME_ABSOLUTE, /* leads with '/' */
    ZIP_NAME_NUL,
    ZIP_NAME_TOO_LONG, /* a part over 255 bytes (after decoding), or a name over 4096 */
    ZIP_NAME_LAST_HIDDEN = ZIP_NAME_TOO_LONG,
    /* listed, but reading gives an error: */
    ZIP_BAD_OFFSET, /* the local header or the data can't lie inside the archive: EIO */
    ZIP_BAD_SIZE,   /* sizes that can't be (stored with two sizes, ...): EIO */
};

enum {
    ZIP_ENTRY_ENCRYPTED = 1 << 0,
    ZIP_ENTRY_UTF8 = 1 << 1,       /* general purpose bit 11 */
    ZIP_ENTRY_DESCRIPTOR = 1 << 2, /* general purpose bit 3: the local header may hold no sizes */
    ZIP_ENTRY_DIRECTORY = 1 << 3,  /* by its name's trailing '/', or by its attributes */
    ZIP_ENTRY_SYMLINK = 1 << 4,    /* made on Unix, mode S_IFLNK */
    ZIP_ENTRY_EXECUTABLE = 1 << 5, /* made on Unix, owner may execute; not for directories */
};

enum { ZIP_METHOD_STORED = 0, ZIP_METHOD_DEFLATED = 8 };

/* 48 bytes; a million of them is 48 MB. */
struct zip_entry {
    uint64_t header_offset;   /* of the local header, absolute in the object */
    uint64_t compressed_size; /* bytes */
    uint64_t size;            /* bytes, uncompressed */
    int64_t time;             /* modification time, in 100 ns since 1970-01-01 UTC */
    uint32_t crc32;
    uint32_t name;     /* offset in the arena of names */
    uint16_t name_len; /* bytes: the decoded name as in the archive, a trailing '/' kept */
    uint16_t method;
    uint8_t flags;           /* ZIP_ENTRY_* */
    uint8_t problem;         /* enum zip_problem */
    uint16_t local_name_len; /* raw length of the name in the central record */
};

struct zip_directory {
    struct zip_entry *entries;
    uint32_t count;
    uint32_t capacity;
    char *names; /* arena; names are not NUL-terminated */
    uint32_t names_len;
    uint32_t names_capacity;
    int ascending; /* header offsets rise strictly from entry to entry */
    uint64_t object_size;
    struct zip_end end;
    /* the parser's state while it is fed: */
    uint64_t fed;     /* bytes of the directory seen so far */
    uint8_t *partial; /* a record that has not yet arrived whole; at most 46 + 3 * 65535 bytes */
    uint32_t partial_len;
    uint32_t partial_capacity;
};

/* Starts an empty directory of the archive that `end` describes. `object_size` in bytes. */
void zip_directory_init(struct zip_directory *dir, const struct zip_end *end, uint64_t object_size);

/*
 * Takes the next `n` bytes of the central directory, in any pieces. Memory grows with the bytes
 * that have arrived, never with a number read from them; the arena and the entry array stay below
 * 4 GiB and 2^31 entries.
 * Returns 0; -EIO when the bytes are no central directory; -ENOMEM. After an error the directory
 * can only be freed.
 */
int zip_directory_feed(struct zip_directory *dir, const uint8_t *bytes, size_t n);

/*
 * To be called when `end.directory_size` bytes were fed. Gives memory held in excess back.
 * Returns 0; -EIO when bytes or entries are missing or too many.
 */
int zip_directory_finish(struct zip_directory *dir);

void zip_directory_free(struct zip_directory *dir);

static inline const char *zip_entry_name(const struct zip_directory *dir,
                                         const struct zip_entry *entry)
{
    return dir->names + entry->name;
}

/* A few words for people ("a part of the name is '..'"); never NULL. */
const char *zip_problem_text(enum zip_problem problem);

/*
 * Where the data of `index` begins, when the directory alone proves it: offsets ascend, and the gap
 * up to the next header (or to the directory) is exactly header + name + data. Returns the absolute
 * offset, or 0 when the local header must be read.
 */
uint64_t zip_entry_data_offset(const struct zip_directory *dir, uint32_t index);

/* The absolute offset at which the next member, or the central directory, begins: an upper bound
 * for the end of this member's bytes. When offsets do not ascend, or the next header would lie
 * within this member's data: the directory's offset. */
uint64_t zip_entry_limit(const struct zip_directory *dir, uint32_t index);

#define ZIP_LOCAL_HEADER_SIZE 30

/*
 * Checks a local header (APPNOTE 4.3.7): `bytes` are the first `n` >= ZIP_LOCAL_HEADER_SIZE bytes
 * at entry->header_offset. Returns 0 and the absolute offset of the member's data, or -EIO when
 * there is no local header, it contradicts the central directory (method), or the data would not
 * fit before `limit` (an absolute offset).
 */
int zip_local_header_parse(const uint8_t *bytes, size_t n, const struct zip_entry *entry,
                           uint64_t limit, uint64_t *data_offset);

#endif
