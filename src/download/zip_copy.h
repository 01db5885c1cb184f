/*
 * Copying an archive as it is, as the steps of an op. What an earlier download has left is
 * continued if its first and last bytes are those of the archive. A file that is in its place
 * already is compared with the archive.
 */
#ifndef TASKFS_DOWNLOAD_ZIP_COPY_H
#define TASKFS_DOWNLOAD_ZIP_COPY_H

#include <stdatomic.h>

#include "archive/archive.h"
#include "download/target.h"
#include "op/op.h"

enum zip_phase {
    ZIP_LOOKS,    /* at what is in the archive's place */
    ZIP_COMPARES, /* that with the archive */
    ZIP_OPENS,    /* the part */
    ZIP_CHECKS,   /* what the part has */
    ZIP_READS,
};

struct zip_copy {
    /* Set by the caller, which zeroes the rest: */
    struct archive *archive;
    struct target *target;
    const char *name; /* "output.zip" */
    int is_forced;
    _Atomic uint64_t *written;
    /* Private: */
    enum zip_phase phase;
    int fd; /* -1 none */
    uint64_t offset;
    uint64_t end; /* of what is compared */
    char part[32];
    int is_targets_error; /* the error that ended it is of the target, not of the archive */
};

/* Goes on with the copy, from within a step of `op`. Blocks on the disk. Returns 0 when the archive
 * is in its place; 1 when it was there already; OP_PENDING; -EEXIST when something else is there;
 * -EISDIR when that is a folder; -ENOTEMPTY when a folder is in the way of the part; or another
 * error. After anything but OP_PENDING, zip_copy_end frees what it holds. */
int zip_copy_step(struct zip_copy *copy, struct op *op);
void zip_copy_end(struct zip_copy *copy);

#endif
