/* Records: small files that are read and written whole. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "disk/internal.h"

/* Reads up to `size` bytes. Returns their number, or -1. */
static ssize_t read_whole(int fd, uint8_t *bytes, size_t size)
{
    size_t used = 0;
    ssize_t n = 0;

    while (used < size && (n = read(fd, bytes + used, size - used)) > 0)
        used += (size_t)n;
    return n < 0 ? -1 : (ssize_t)used;
}

/* Returns the bytes of the file, and in *size how many; NULL when it cannot be read. */
static uint8_t *read_file(int fd, size_t *size)
{
    struct stat st;
    uint8_t *bytes;

    if (fstat(fd, &st) || !S_ISREG(st.st_mode) ||
        st.st_size > (off_t)(DISK_RECORD_MAX + DISK_RECORD_HEAD))
        return NULL;
    *size = (size_t)st.st_size;
    bytes = malloc(*size + 1);
    if (bytes && read_whole(fd, bytes, *size) == (ssize_t)*size)
        return bytes;
    free(bytes);
    return NULL;
}

uint8_t *disk_read_record(struct disk *disk, const char *path, enum disk_record_kind kind,
                          uint64_t seed, size_t *len)
{
    int fd = disk_open_file(disk, path, O_RDONLY);
    const uint8_t *payload = NULL;
    uint8_t *bytes;
    size_t size = 0;

    if (fd < 0)
        return NULL;
    bytes = read_file(fd, &size);
    if (bytes)
        payload = disk_record_read(kind, seed, bytes, size, len);
    if (payload) {
        memmove(bytes, payload, *len);
        if (!disk->is_for_reading)
            futimens(fd, NULL);
    } else if (bytes) {
        disk_count(disk, STAT_DISK_DAMAGED, size);
        if (!disk->is_for_reading)
            disk_remove(disk, path);
        free(bytes);
        bytes = NULL;
    }
    close(fd);
    return bytes;
}

/* Writes all of it. Returns 0 or a positive errno. */
static int write_whole(int fd, const uint8_t *head, const void *payload, size_t len)
{
    struct iovec parts[2] = {{(void *)head, DISK_RECORD_HEAD}, {(void *)payload, len}};
    size_t left = DISK_RECORD_HEAD + len;

    while (left) {
        ssize_t n = writev(fd, parts, 2);

        if (n < 0)
            return errno;
        left -= (size_t)n;
        for (int i = 0; i < 2; i++) {
            size_t done = (size_t)n < parts[i].iov_len ? (size_t)n : parts[i].iov_len;

            parts[i].iov_base = (uint8_t *)parts[i].iov_base + done;
            parts[i].iov_len -= done;
            n -= (ssize_t)done;
        }
    }
    return 0;
}

int disk_write_record(struct disk *disk, const char *path, enum disk_record_kind kind,
                      uint64_t seed, const void *payload, size_t len)
{
    uint8_t head[DISK_RECORD_HEAD];
    char part[DISK_PATH_MAX];
    uint64_t number = 0;
    int fd, error;

    if (!disk_can_write(disk) || len > DISK_RECORD_MAX)
        return -EROFS;
    disk_record_head(kind, seed, payload, len, head);
    if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
        number = (uint64_t)clock_wall_ns();
    snprintf(part, sizeof(part), "%s.%016" PRIx64 DISK_PART, path, number);
    fd = disk_open_file(disk, part, O_WRONLY | O_CREAT | O_EXCL);
    error = fd < 0 ? -fd : write_whole(fd, head, payload, len);
    if (fd >= 0)
        close(fd);
    if (!error)
        error = -disk_rename(disk, part, path);
    if (!error) {
        atomic_fetch_add(&disk->written, DISK_RECORD_HEAD + len);
        return 0;
    }
    disk_remove(disk, part);
    disk_note_failure(disk, error, "write");
    return -error;
}
