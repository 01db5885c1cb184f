/*
 * Copying one file of an archive to the target, as the steps of an op: its content is read through
 * the member, which checks it, written to a part, and published when it is complete.
 */
#ifndef TASKFS_DOWNLOAD_COPY_H
#define TASKFS_DOWNLOAD_COPY_H

#include <stdatomic.h>

#include "archive/archive.h"
#include "download/target.h"
#include "op/op.h"

enum copy_phase {
    COPY_OPENS,
    COPY_TAKES_OVER, /* reads what an earlier download has left */
    COPY_READS,
};

struct copy {
    /* Set by the caller, which zeroes the rest: */
    struct archive *archive;
    const struct target *target;
    uint32_t node;
    int is_forced;             /* replaces what is in the file's place */
    _Atomic uint64_t *written; /* counts bytes */
    uint8_t *room;             /* ZIP_PIECE bytes; borrowed */
    /* Private: */
    enum copy_phase phase;
    int was_resumed; /* the part begins with what an earlier download has left */
    int is_anew;     /* that was wrong, and is not looked at again */
    struct zip_member *member;
    uint32_t index;   /* of the member, see archive_index_of */
    int fd;           /* of the part; -1 none */
    uint64_t offset;  /* bytes that the part has */
    uint64_t limit;   /* bytes of an old part that can be continued */
    int error;        /* of a write, in a step that had to wait */
    uint64_t fetched; /* bytes of a large file's input that were asked for */
    uint64_t noted;   /* where the decoder's state was noted last */
    char part[64];    /* its name in the hidden folder */
    int has_part;     /* there is one */
};

/* A folder of the target, kept from one copy to the next. Zeroed at first, with `fd` -1. */
struct copy_folder {
    const struct target *target;
    uint32_t node;
    int fd;
};

void copy_init(struct copy *copy, struct archive *archive, const struct target *target,
               uint32_t node);
/*
 * Goes on with the copy, from within a step of `op`. Blocks on the disk, not on the network.
 * Returns 0 when the file is in its place; OP_PENDING; -EEXIST when something else is in its place
 * now; -ENOTDIR when something is in the way of its folder; or another error. After anything but
 * OP_PENDING, copy_end frees what the copy holds.
 */
int copy_step(struct copy *copy, struct copy_folder *folder, struct op *op);
/* Frees what the copy holds. Its part stays if a later download can continue it. */
void copy_end(struct copy *copy);
void copy_folder_close(struct copy_folder *folder);

#endif
