/*
 * Opening files: the kernel is told not to ask. It then sends no OPEN and no RELEASE for the life
 * of the mount, keeps the pages of a file over opens, and every file goes through the page cache.
 *
 * This is right because content never changes behind a node (nodes.h). What others do at an open is
 * done elsewhere here: a member is opened by its first read and kept open for a while
 * (archive/archive.h), and a file that cannot be read is refused then; a status is watched from its
 * first poll (poll.h); a write is refused by itself (ctl.c).
 */
#include <errno.h>

#include "fs/ops.h"

void fs_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
    (void)node, (void)fi;
    fuse_reply_err(req, ENOSYS);
}
