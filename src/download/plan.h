/*
 * What is to be downloaded of an archive: the files that are wanted, less those that the target has
 * already. A file of the target counts as the same if its size and time are those of the original,
 * as an earlier download leaves them, else if its size and CRC-32 are. Nothing is fetched for that.
 */
#ifndef TASKFS_DOWNLOAD_PLAN_H
#define TASKFS_DOWNLOAD_PLAN_H

#include "download/complaints.h"
#include "download/names.h"
#include "download/target.h"

struct plan {
    uint32_t *todo; /* nodes of files that are to be downloaded, in the order of their data */
    uint32_t count;
    uint32_t capacity;
    /* Of the wanted files: */
    uint64_t files, bytes;           /* all */
    uint64_t present, present_bytes; /* the target has them */
    uint64_t changed;                /* the target has others in their place */
    uint64_t todo_bytes;             /* of `todo`, on disk */
    uint64_t todo_wire;              /* of `todo`, compressed */
};

/* Whether files that differ are replaced, and who is told of each file. */
struct plan_rules {
    int is_forced;
    struct complaints *complaints;
    /* A file is in the target already; may be NULL. */
    void (*on_present)(void *arg, const char *path, uint64_t bytes);
    /* A file is left alone, as `why` says; may be NULL. */
    void (*on_left)(void *arg, const char *path, const char *why);
    void *arg;
};

/* Makes the plan. Blocks on the file system: files that may differ are read. Returns 0 or
 * -ENOMEM. */
int plan_make(struct plan *plan, const struct selection *selection, const struct target *target,
              const struct plan_rules *rules);
void plan_free(struct plan *plan);

#endif
