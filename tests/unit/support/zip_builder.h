/*
 * Builds zip archives in memory, right ones and, field by field, wrong ones. For tests and fuzz
 * seeds: runs out of memory by abort().
 *
 *     struct zip_builder builder = {0};
 *     zip_builder_file(&builder, "a.txt", "hello", 5);
 *     zip_builder_end(&builder, NULL);
 *     ... builder.out.bytes, builder.out.n ...
 *     zip_builder_free(&builder);
 */
#ifndef TASKFS_ZIP_BUILDER_H
#define TASKFS_ZIP_BUILDER_H

#include <stddef.h>
#include <stdint.h>

#include "zip/directory.h"

struct zip_bytes {
    uint8_t *bytes;
    size_t n;
    size_t capacity;
};

void zip_bytes_add(struct zip_bytes *to, const void *bytes, size_t n);
void zip_bytes_fill(struct zip_bytes *to, int byte, size_t n);
void zip_bytes_le(struct zip_bytes *to, uint64_t value, unsigned width);

/* Fields of the central record that are to be what the member says, not what is right. */
enum {
    ZIP_SET_CRC = 1 << 0,
    ZIP_SET_SIZE = 1 << 1,
    ZIP_SET_COMPRESSED = 1 << 2,
    ZIP_SET_OFFSET = 1 << 3,
    ZIP_SET_LOCAL_METHOD = 1 << 4,
};

/* All zero but a name: an empty stored file. */
struct zip_member {
    const char *name;
    size_t name_len;  /* 0: strlen(name); ZIP_NO_NAME: none */
    const void *data; /* as it lies in the archive */
    size_t data_len;
    uint16_t method;
    uint16_t bits;   /* general purpose bits */
    uint8_t made_by; /* 0 FAT, 3 Unix, 10 NTFS, 19 macOS */
    uint32_t attributes;
    uint16_t dos_date, dos_time;
    uint16_t disk;
    const void *local_extra, *central_extra;
    uint16_t local_extra_len, central_extra_len;
    const char *local_name; /* NULL: as the central one */
    const char *comment;
    int zip64;      /* sentinels in the central record, and the Zip64 field before central_extra */
    int descriptor; /* 0, or 12, 16, 20 or 24 bytes of it after the data; sets bit 3 */
    unsigned set;   /* ZIP_SET_*: take these: */
    uint32_t crc32;
    uint64_t size, compressed_size;
    uint64_t offset; /* as recorded: a prefix does not count */
    uint16_t local_method;
};
#define ZIP_NO_NAME SIZE_MAX

/* What zip_builder_end writes; all zero is what is right. A `set_` takes the number given. */
struct zip_ending {
    const void *comment;
    size_t comment_len;
    int zip64; /* 1: Zip64 records, and sentinels in all fields; 2: the records, but no sentinel */
    int set_entries, set_size, set_offset, set_comment_len, set_locator;
    uint64_t entries, size, offset, locator; /* in the record that counts (Zip64's, if any) */
    uint16_t recorded_comment_len;
    uint16_t disk, directory_disk;
    uint32_t disks;        /* in the Zip64 locator; 0 is written as 1 */
    size_t extensible;     /* bytes of Zip64 extensible data */
    size_t gap;            /* bytes between directory and end records */
    const void *signature; /* digital signature's content, part of the directory */
    size_t signature_len;
};

struct zip_builder {
    struct zip_bytes out;
    struct zip_bytes central;
    uint64_t start; /* of this archive in `out` */
    uint64_t entries;
};

/* Makes what `out` holds so far (a stub, another archive) a prefix of the archive that follows. */
void zip_builder_start(struct zip_builder *builder);
/* Returns the absolute offset of the member's local header. */
uint64_t zip_builder_add(struct zip_builder *builder, const struct zip_member *member);
/* A stored file, or a directory when the name ends with '/'. Made on Unix, mode 0644 or 0755. */
uint64_t zip_builder_file(struct zip_builder *builder, const char *name, const void *data,
                          size_t n);
/* Compresses `data` at `level` with zlib; sizes and CRC in the local header, or in a descriptor of
 * 16 bytes as 7zz writes to a pipe. */
uint64_t zip_builder_deflated(struct zip_builder *builder, const char *name, const void *data,
                              size_t n, int level, int with_descriptor);
/* Writes directory and end records; `ending` may be NULL. Another archive may follow. */
void zip_builder_end(struct zip_builder *builder, const struct zip_ending *ending);
void zip_builder_free(struct zip_builder *builder);

/* Reads the directory of an archive in memory, fed in pieces of `piece` bytes (0: in one). Returns
 * what the first step that failed returned; `dir` is to be freed in any case. */
int zip_open_bytes(const void *bytes, size_t n, size_t piece, struct zip_directory *dir);
/* Ends the archive and reads its directory, as zip_open_bytes does. */
int zip_builder_open(struct zip_builder *builder, struct zip_directory *dir);
/* What the directory says of `member`, alone in an archive; all zero when that can't be read. */
struct zip_entry zip_entry_of(const struct zip_member *member);

#endif
