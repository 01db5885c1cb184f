#include "download/zip_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OVERLAP (1024u * 1024)      /* bytes that are compared before a copy is continued */
#define A_STEP  (16u * 1024 * 1024) /* bytes before the op yields */

static uint64_t archive_size(const struct zip_copy *copy)
{
    return archive_source(copy->archive)->size;
}

/* Returns `rc`, and notes that an error is one of the target. */
static int of_target(struct zip_copy *copy, int rc)
{
    copy->is_targets_error = rc < 0;
    return rc;
}

/* Looks at what has the archive's name. Returns 0 to go on, or an error. */
static int look_at_place(struct zip_copy *copy)
{
    struct stat st;
    int rc = target_look(copy->target->id_fd, copy->name, &st);

    copy->phase = ZIP_OPENS;
    if (rc == -ENOENT)
        return 0;
    if (rc || S_ISDIR(st.st_mode))
        return rc ? rc : -EISDIR;
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != archive_size(copy))
        return copy->is_forced ? 0 : -EEXIST;
    copy->fd = openat(copy->target->id_fd, copy->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (copy->fd < 0)
        return -errno;
    copy->phase = ZIP_COMPARES;
    copy->offset = 0;
    copy->end = archive_size(copy);
    return 0;
}

/* Opens the part; a smaller one than the overlap begins anew. */
static int open_part(struct zip_copy *copy)
{
    int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    struct stat st;

    snprintf(copy->part, sizeof(copy->part), ".%s.part", copy->name);
    if (!target_look(copy->target->id_fd, copy->part, &st) && !target_is_own_file(&st) &&
        unlinkat(copy->target->id_fd, copy->part, 0))
        return S_ISDIR(st.st_mode) ? -ENOTEMPTY : -errno;
    copy->fd = openat(copy->target->id_fd, copy->part, flags, 0644);
    if (copy->fd < 0 || fstat(copy->fd, &st))
        return -errno;
    copy->offset = 0;
    copy->phase = ZIP_READS;
    if (st.st_size > OVERLAP && (uint64_t)st.st_size < archive_size(copy)) {
        copy->phase = ZIP_CHECKS;
        copy->end = (uint64_t)st.st_size;
        copy->offset = copy->end - OVERLAP;
    } else if (ftruncate(copy->fd, 0)) {
        return -errno;
    }
    return 0;
}

/* Compares the next bytes of the file with those of the archive. Returns 1 when all are the same, 0
 * when they differ, OP_PENDING or an error. */
static int compare_some(struct zip_copy *copy, enum source_hint hint, struct op *op)
{
    struct source *source = archive_source(copy->archive);
    uint64_t limit = copy->offset + A_STEP;
    uint8_t *bytes = malloc(OBJECT_BLOCK);
    int rc = bytes ? 1 : -ENOMEM;

    while (rc == 1 && copy->offset < copy->end && copy->offset < limit) {
        struct source_view view;
        uint64_t left = copy->end - copy->offset;
        size_t len;
        int error = source_view(source, copy->offset, left < OBJECT_BLOCK ? left : OBJECT_BLOCK,
                                hint, &view, op);

        if (error) {
            rc = error;
            break;
        }
        len = view.len < left ? view.len : (size_t)left;
        if (len > OBJECT_BLOCK)
            len = OBJECT_BLOCK;
        if (pread(copy->fd, bytes, len, (off_t)copy->offset) != (ssize_t)len ||
            memcmp(bytes, view.data, len) != 0)
            rc = 0;
        source_release(source, &view);
        copy->offset += len;
    }
    free(bytes);
    if (rc == 1 && copy->offset < copy->end)
        return op_yield(op);
    return rc;
}

static int read_some(struct zip_copy *copy, struct op *op)
{
    struct source *source = archive_source(copy->archive);
    uint64_t size = source->size, limit = copy->offset + A_STEP;

    while (copy->offset < size) {
        struct source_view view;
        size_t done = 0;
        int rc;

        if (copy->offset >= limit)
            return op_yield(op);
        rc = source_view(source, copy->offset,
                         size - copy->offset < OBJECT_BLOCK ? size - copy->offset : OBJECT_BLOCK,
                         SOURCE_SEQUENTIAL, &view, op);
        if (rc)
            return rc;
        while (!rc && done < view.len) {
            ssize_t n = pwrite(copy->fd, view.data + done, view.len - done,
                               (off_t)(copy->offset + done));

            if (n < 0 && errno != EINTR)
                rc = of_target(copy, -errno);
            else if (n > 0)
                done += (size_t)n;
        }
        source_release(source, &view);
        if (rc)
            return rc;
        copy->offset += done;
        atomic_fetch_add(copy->written, done);
    }
    return 0;
}

static int publish(struct zip_copy *copy)
{
    if (close(copy->fd)) {
        copy->fd = -1;
        return -errno;
    }
    copy->fd = -1;
    return target_publish(copy->target->id_fd, copy->part, copy->target->id_fd, copy->name,
                          copy->is_forced);
}

/* The comparison of the file in its place has come to its end. */
static int conclude(struct zip_copy *copy, int is_same)
{
    close(copy->fd);
    copy->fd = -1;
    copy->phase = ZIP_OPENS;
    if (is_same)
        return 1;
    return copy->is_forced ? 0 : -EEXIST;
}

/* The first and the last bytes of the part are compared, in this order backward, as the copy goes
 * on at the end. */
static int check_part(struct zip_copy *copy, struct op *op)
{
    uint64_t size;
    struct stat st;
    int rc = compare_some(copy, SOURCE_RANDOM, op);

    if (rc < 0)
        return rc;
    if (fstat(copy->fd, &st))
        return -errno;
    size = (uint64_t)st.st_size;
    if (rc == 0) {
        copy->phase = ZIP_READS;
        copy->offset = 0;
        return ftruncate(copy->fd, 0) ? -errno : 0;
    }
    if (copy->end == size) { /* the end is right: now the start */
        copy->offset = 0;
        copy->end = OVERLAP < size - OVERLAP ? OVERLAP : size - OVERLAP;
        return 0;
    }
    copy->phase = ZIP_READS;
    copy->offset = size;
    atomic_fetch_add(copy->written, size);
    return 0;
}

int zip_copy_step(struct zip_copy *copy, struct op *op)
{
    int rc = 0;

    while (!rc) {
        switch (copy->phase) {
        case ZIP_LOOKS:
            rc = of_target(copy, look_at_place(copy));
            break;
        case ZIP_COMPARES:
            rc = compare_some(copy, SOURCE_SEQUENTIAL, op);
            if (rc >= 0)
                rc = conclude(copy, rc);
            break;
        case ZIP_OPENS:
            rc = of_target(copy, open_part(copy));
            break;
        case ZIP_CHECKS:
            rc = check_part(copy, op);
            break;
        case ZIP_READS:
            rc = read_some(copy, op);
            return rc ? rc : of_target(copy, publish(copy));
        }
    }
    return rc;
}

void zip_copy_end(struct zip_copy *copy)
{
    if (copy->fd >= 0)
        close(copy->fd);
    copy->fd = -1;
}
