/* Reads zip central directories of well-formed archives. */
#include "zip_directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define END_SIZE      22u
#define LOCATOR_SIZE  20u
#define END64_SIZE    56u
#define ENTRY_SIZE    46u
#define LOCAL_SIZE    30u
#define MAX_COMMENT   65535u
#define MAX_DIRECTORY (512u * 1024 * 1024)
#define SENTINEL32    0xffffffffu
#define EXTRA_ZIP64   0x0001u
#define SIG_END       0x06054b50u
#define SIG_END64     0x06064b50u
#define SIG_LOCATOR   0x07064b50u
#define SIG_ENTRY     0x02014b50u
#define SIG_LOCAL     0x04034b50u

static uint16_t get16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t get64(const unsigned char *p)
{
    return (uint64_t)get32(p) | (uint64_t)get32(p + 4) << 32;
}

static int read_exact(int fd, void *buffer, size_t length, uint64_t offset)
{
    unsigned char *to = buffer;

    if (offset > INT64_MAX)
        return -EILSEQ;
    while (length > 0) {
        ssize_t n = pread(fd, to, length, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return -EILSEQ;
        to += n;
        length -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

struct extent {
    uint64_t offset;
    uint64_t length;
};

/* Replaces the extent by the one of the Zip64 end record, when there is a Zip64 locator. */
static int read_zip64(int fd, uint64_t end_offset, struct extent *extent)
{
    unsigned char locator[LOCATOR_SIZE], end64[END64_SIZE];
    int rc;

    if (end_offset < LOCATOR_SIZE)
        return 0;
    rc = read_exact(fd, locator, sizeof(locator), end_offset - LOCATOR_SIZE);
    if (rc < 0 || get32(locator) != SIG_LOCATOR)
        return rc;
    rc = read_exact(fd, end64, sizeof(end64), get64(locator + 8));
    if (rc < 0)
        return rc;
    if (get32(end64) != SIG_END64)
        return -EILSEQ;
    extent->length = get64(end64 + 40);
    extent->offset = get64(end64 + 48);
    return 0;
}

static int find_directory(int fd, uint64_t file_size, struct extent *extent)
{
    size_t tail = file_size < END_SIZE + MAX_COMMENT ? (size_t)file_size : END_SIZE + MAX_COMMENT;
    unsigned char *buffer;
    size_t at;
    int rc;

    if (tail < END_SIZE)
        return -EILSEQ;
    buffer = malloc(tail);
    if (!buffer)
        return -ENOMEM;
    rc = read_exact(fd, buffer, tail, file_size - tail);
    for (at = tail - END_SIZE + 1; rc == 0 && at > 0; at--) {
        const unsigned char *end = buffer + at - 1;

        if (get32(end) != SIG_END || get16(end + 20) != tail - (at - 1) - END_SIZE)
            continue;
        extent->length = get32(end + 12);
        extent->offset = get32(end + 16);
        rc = read_zip64(fd, file_size - tail + (at - 1), extent);
        break;
    }
    free(buffer);
    if (rc == 0 && at == 0)
        rc = -EILSEQ;
    return rc;
}

int zip_directory_read(int fd, struct zip_directory *directory)
{
    struct extent extent = {0};
    struct stat st;
    int rc;

    *directory = (struct zip_directory){0};
    if (fstat(fd, &st) != 0)
        return -errno;
    directory->file_size = (uint64_t)st.st_size;
    rc = find_directory(fd, directory->file_size, &extent);
    if (rc < 0)
        return rc;
    if (extent.offset > directory->file_size ||
        extent.length > directory->file_size - extent.offset)
        return -EILSEQ;
    if (extent.length > MAX_DIRECTORY)
        return -EFBIG;
    directory->length = (size_t)extent.length;
    directory->bytes = malloc(directory->length + 1);
    if (!directory->bytes)
        return -ENOMEM;
    rc = read_exact(fd, directory->bytes, directory->length, extent.offset);
    if (rc < 0)
        zip_directory_free(directory);
    return rc;
}

void zip_directory_free(struct zip_directory *directory)
{
    free(directory->bytes);
    *directory = (struct zip_directory){0};
}

/* Replaces sentinels by the 64-bit values of the extra field, in the order of APPNOTE 4.5.3. */
static int take_zip64(struct zip_entry *entry, const unsigned char *p, size_t length)
{
    uint64_t *fields[] = {&entry->size, &entry->compressed_size, &entry->header_offset};

    for (size_t i = 0; i < 3; i++) {
        if (*fields[i] != SENTINEL32)
            continue;
        if (length < 8)
            return -EILSEQ;
        *fields[i] = get64(p);
        p += 8;
        length -= 8;
    }
    return 0;
}

static int read_extras(struct zip_entry *entry, const unsigned char *p, size_t length)
{
    while (length >= 4) {
        size_t field = get16(p + 2);

        if (field > length - 4)
            return 0;
        if (get16(p) == EXTRA_ZIP64 && take_zip64(entry, p + 4, field) < 0)
            return -EILSEQ;
        p += 4 + field;
        length -= 4 + field;
    }
    return 0;
}

int zip_directory_next(const struct zip_directory *directory, size_t *position,
                       struct zip_entry *entry)
{
    const unsigned char *p = directory->bytes + *position;
    size_t left = directory->length - *position;
    size_t name_len, extra_len, comment_len;

    if (left == 0)
        return 0;
    if (left < ENTRY_SIZE || get32(p) != SIG_ENTRY)
        return -EILSEQ;
    name_len = get16(p + 28);
    extra_len = get16(p + 30);
    comment_len = get16(p + 32);
    if (name_len + extra_len + comment_len > left - ENTRY_SIZE)
        return -EILSEQ;
    *entry = (struct zip_entry){
        .name = (const char *)p + ENTRY_SIZE,
        .name_len = name_len,
        .method = get16(p + 10),
        .dos_time = get16(p + 12),
        .dos_date = get16(p + 14),
        .compressed_size = get32(p + 20),
        .size = get32(p + 24),
        .header_offset = get32(p + 42),
    };
    if (read_extras(entry, p + ENTRY_SIZE + name_len, extra_len) < 0)
        return -EILSEQ;
    *position += ENTRY_SIZE + name_len + extra_len + comment_len;
    return 1;
}

int zip_data_offset(int fd, const struct zip_entry *entry, uint64_t *offset)
{
    unsigned char local[LOCAL_SIZE];
    int rc = read_exact(fd, local, sizeof(local), entry->header_offset);

    if (rc < 0)
        return rc;
    if (get32(local) != SIG_LOCAL)
        return -EILSEQ;
    *offset = entry->header_offset + LOCAL_SIZE + get16(local + 26) + get16(local + 28);
    return 0;
}
