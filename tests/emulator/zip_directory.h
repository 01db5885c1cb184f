/*
 * Reads zip central directories (APPNOTE 4.3.12 to 4.3.16, with Zip64) of well-formed archives, and
 * refuses others.
 */
#ifndef EMULATOR_ZIP_DIRECTORY_H
#define EMULATOR_ZIP_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

struct zip_entry {
    const char *name; /* without a NUL at its end; borrowed from the directory */
    size_t name_len;
    uint64_t size;
    uint64_t compressed_size;
    uint64_t header_offset; /* of the local header, from the start of the file */
    uint16_t method;
    uint16_t dos_date;
    uint16_t dos_time;
};

struct zip_directory {
    unsigned char *bytes; /* the central directory */
    size_t length;
    uint64_t file_size;
};

/*
 * Reads the directory of the archive open as fd. Returns 0 (free it with zip_directory_free),
 * -EILSEQ when it is not a well-formed archive, -EFBIG for a directory over 512 MiB, -ENOMEM or
 * another negative errno. Blocks on the file.
 */
int zip_directory_read(int fd, struct zip_directory *directory);
void zip_directory_free(struct zip_directory *directory);

/*
 * Reads the entry at *position, which is 0 at first, and moves on to the next one. Returns 1; 0 at
 * the end; or -EILSEQ.
 */
int zip_directory_next(const struct zip_directory *directory, size_t *position,
                       struct zip_entry *entry);

/* Gives the offset of the compressed data, from the local header. Returns 0 or a negative errno. */
int zip_data_offset(int fd, const struct zip_entry *entry, uint64_t *offset);

#endif
