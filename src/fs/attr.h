/* What stat(2) tells of each node. None of these blocks. */
#ifndef TASKFS_FS_ATTR_H
#define TASKFS_FS_ATTR_H

#include "fs/fs.h"
#include "task/live.h"

/* The fixed directories: the root and .taskfs. */
void attr_fixed(const struct fs *fs, uint64_t node, struct stat *st);
/* A task's directory, its ctl, outputs/ and inputs/. `state` may be NULL. */
void attr_task(const struct fs *fs, const struct task *task, uint32_t index,
               const struct task_state *state, struct stat *st);
void attr_snapshot(const struct fs *fs, const struct snapshot *snapshot, struct stat *st);
/* A file or directory of a loaded archive, by its index (archive_index_of); `link` is its target
 * when it is shown as a symbolic link. */
void attr_tree(const struct fs *fs, struct archive *archive, uint32_t index, const char *link,
               struct stat *st);
/* A file or directory of a running machine. */
void attr_live(const struct fs *fs, uint64_t node, const struct live_attr *attr, struct stat *st);
/* An open archive, as a file. */
/* For how many seconds the kernel may keep them. For ever; but what a file that cannot be read and
 * seems empty has to fail is this: a read of it sends no READ, as there is nothing to read, but
 * asks for the attributes that the kernel does not have (fs_getattr). */
double attr_tree_seconds(struct archive *archive, uint32_t index);
void attr_zip(const struct fs *fs, struct archive *archive, struct stat *st);

#endif
