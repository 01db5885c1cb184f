/* FUSE's operations, by file. Each takes libfuse's arguments. */
#ifndef TASKFS_FS_OPS_H
#define TASKFS_FS_OPS_H

#include <fuse_lowlevel.h>

extern const struct fuse_lowlevel_ops fs_ops;

/* lookup.c */
void fs_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);

/* getattr.c */
void fs_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);
void fs_setattr(fuse_req_t req, fuse_ino_t node, struct stat *attr, int to_set,
                struct fuse_file_info *fi);
void fs_readlink(fuse_req_t req, fuse_ino_t node);

/* readdir.c */
void fs_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);
void fs_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
                struct fuse_file_info *fi);
void fs_readdirplus(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
                    struct fuse_file_info *fi);
void fs_releasedir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);

/* poll.c */
void fs_poll(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi,
             struct fuse_pollhandle *ph);

/* xattr.c */
void fs_getxattr(fuse_req_t req, fuse_ino_t node, const char *name, size_t size);
void fs_setxattr(fuse_req_t req, fuse_ino_t node, const char *name, const char *value, size_t size,
                 int flags);
void fs_listxattr(fuse_req_t req, fuse_ino_t node, size_t size);
void fs_removexattr(fuse_req_t req, fuse_ino_t node, const char *name);

/* open.c */
void fs_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);

/* read.c */
void fs_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *fi);

/* ctl.c */
void fs_write(fuse_req_t req, fuse_ino_t node, const char *data, size_t size, off_t offset,
              struct fuse_file_info *fi);

#endif
