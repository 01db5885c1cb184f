/* One entry of a central directory: a member of the archive, or a directory. */
#ifndef TASKFS_ZIP_ENTRY_H
#define TASKFS_ZIP_ENTRY_H

#include <stdint.h>

/* Why the tree does not show an entry, or why the entry can't be read. */
enum zip_problem {
    ZIP_OK = 0,
    /* not shown: */
    ZIP_NAME_EMPTY,
    ZIP_NAME_DOTS,     /* "", "." or ".." as a part of the name */
    ZIP_NAME_ABSOLUTE, /* leads with '/' */
    ZIP_NAME_NUL,
    ZIP_NAME_TOO_LONG, /* a part over 255 bytes (after decoding), or a name over 4096 */
    ZIP_NAME_LAST_HIDDEN = ZIP_NAME_TOO_LONG,
    /* shown, but reading gives EIO: */
    ZIP_BAD_OFFSET, /* the local header or the data would lie outside of the archive */
    ZIP_BAD_SIZE,   /* the sizes are impossible: two different ones of a stored member, or more
                     * output than the method can make of the input */
    ZIP_PROBLEM_LAST = ZIP_BAD_SIZE,
};

enum {
    ZIP_ENTRY_ENCRYPTED = 1 << 0,
    ZIP_ENTRY_UTF8 = 1 << 1,       /* general purpose bit 11 */
    ZIP_ENTRY_DESCRIPTOR = 1 << 2, /* general purpose bit 3: the local header may hold no sizes */
    ZIP_ENTRY_DIRECTORY = 1 << 3,  /* by its name's trailing '/', or by its attributes */
    ZIP_ENTRY_SYMLINK = 1 << 4,    /* made on Unix, mode S_IFLNK */
    ZIP_ENTRY_EXECUTABLE = 1 << 5, /* made on Unix, owner may execute; not for directories */
    /* While the directory is parsed: made on FAT or NTFS, with '\\' and no '/' in the name, which
     * is judged when all names are known. */
    ZIP_ENTRY_BACKSLASHES = 1 << 6,
};

#define ZIP_LOCAL_HEADER_SIZE 30 /* bytes, without the name and the extra fields behind it */

enum { ZIP_METHOD_STORED = 0, ZIP_METHOD_DEFLATED = 8 };

/* 48 bytes; a million of them is 48 MB. */
struct zip_entry {
    uint64_t header_offset;   /* of the local header, absolute in the object */
    uint64_t compressed_size; /* bytes */
    uint64_t size;            /* bytes, uncompressed; 0 where the recorded size is impossible */
    int64_t time;             /* modification time, in 100 ns since 1970-01-01 UTC */
    uint32_t crc32;
    uint32_t name;     /* offset in the arena of names */
    uint16_t name_len; /* bytes: the decoded name as in the archive, a trailing '/' kept */
    uint16_t method;
    uint8_t flags;           /* ZIP_ENTRY_* */
    uint8_t problem;         /* enum zip_problem */
    uint16_t local_name_len; /* raw length of the name in the central record */
};

/* A few words for people ("the name is empty"); never NULL. */
const char *zip_problem_text(enum zip_problem problem);

#endif
