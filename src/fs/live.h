/* live/, the files on the machine of a running task. Each is called from within a step. */
#ifndef TASKFS_FS_LIVE_H
#define TASKFS_FS_LIVE_H

#include "fs/request.h"
#include "task/live.h"
#include "task/live_tree.h"

/* A name in live/ itself, or in a directory below it. */
int live_lookup_in_top(struct request *request);
int live_lookup_below(struct request *request);
int live_reply_attr(struct request *request);
int live_reply_read(struct request *request);

/* What a directory that is open shows. */
struct live_dir {
    struct live *live; /* NULL: nothing can be looked into, and there is .why alone */
    struct live_tree *tree;
    uint32_t place; /* the directory in the tree */
    uint32_t index; /* its node's; 0 is live/ */
};

/* Opens the directory of the request. Returns 0, OP_PENDING or an error. */
int live_open_dir(struct request *request, struct live_dir *dir);
void live_close_dir(struct live_dir *dir);
/* Fills in what the kernel is told of an entry of the directory that `caller`, a thread, lists.
 * Returns the identity that gets a lookup when the kernel has taken it; NULL without memory, and
 * only name and type are there. */
struct identity *live_fill_entry(const struct fs *fs, const struct live_dir *dir, uint32_t entry,
                                 pid_t caller, struct fuse_entry_param *param);

#endif
