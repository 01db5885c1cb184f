/* The table of FUSE's operations, and the short ones. */
#include "fs/ops.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "fs/attr.h"
#include "fs/fs.h"
#include "fs/request.h"

#define TOTAL_BLOCKS ((fsblkcnt_t)1 << 28) /* of 4 KiB: 1 TiB, so that df shows totals */

static void fs_init(void *userdata, struct fuse_conn_info *conn)
{
    struct fs *fs = userdata;

    conn->want |= conn->capable &
                  (FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_ASYNC_READ | FUSE_CAP_READDIRPLUS |
                   FUSE_CAP_CACHE_SYMLINKS | FUSE_CAP_EXPLICIT_INVAL_DATA);
    /* Not READDIRPLUS_AUTO: of a large directory the kernel would be given the first few files
     * alone, as cp reads all names before it looks at any, and would look up each of the others. */
    conn->want &= ~(unsigned)(FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_AUTO_INVAL_DATA |
                              FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_WRITEBACK_CACHE);
    /* Reads that wait cost us no thread: let many be under way. */
    conn->max_background = 4096;
    conn->congestion_threshold = 4096;
    if (fs->ready)
        fs->ready(fs->ready_arg);
}

static void fs_forget_one(struct fs *fs, fuse_ino_t node, uint64_t n)
{
    struct identity *identity = identities_find(&fs->tasks.identities, node_number(node));

    if (!identity)
        return;
    identity_forget(identity, n);
    identity_unref(identity);
}

static void fs_forget(fuse_req_t req, fuse_ino_t node, uint64_t n)
{
    struct fs *fs = fuse_req_userdata(req);

    fs_forget_one(fs, node, n);
    tasks_evict_archives(&fs->tasks); /* this may have been the last lookup of an archive */
    fuse_reply_none(req);
}

static void fs_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
    struct fs *fs = fuse_req_userdata(req);

    for (size_t i = 0; i < count; i++)
        fs_forget_one(fs, forgets[i].ino, forgets[i].nlookup);
    tasks_evict_archives(&fs->tasks);
    fuse_reply_none(req);
}

static void fs_statfs(fuse_req_t req, fuse_ino_t node)
{
    struct fs *fs = fuse_req_userdata(req);
    struct statvfs st = {.f_bsize = 4096,
                         .f_frsize = 4096,
                         .f_blocks = TOTAL_BLOCKS,
                         .f_files = 1000000 + stats_get(fs->stats, STAT_TASKS),
                         .f_namemax = 255};

    (void)node;
    fuse_reply_statfs(req, &st);
}

/* Every other change is refused. */
static void fs_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
    (void)parent, (void)name, (void)mode, (void)dev;
    fuse_reply_err(req, EROFS);
}

static void fs_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    (void)parent, (void)name, (void)mode;
    fuse_reply_err(req, EROFS);
}

static void fs_remove(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    (void)parent, (void)name;
    fuse_reply_err(req, EROFS);
}

static void fs_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name)
{
    (void)link, (void)parent, (void)name;
    fuse_reply_err(req, EROFS);
}

static void fs_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
                      const char *newname, unsigned int flags)
{
    (void)parent, (void)name, (void)newparent, (void)newname, (void)flags;
    fuse_reply_err(req, EROFS);
}

static void fs_link(fuse_req_t req, fuse_ino_t node, fuse_ino_t newparent, const char *newname)
{
    (void)node, (void)newparent, (void)newname;
    fuse_reply_err(req, EROFS);
}

static void fs_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                      struct fuse_file_info *fi)
{
    (void)parent, (void)name, (void)mode, (void)fi;
    fuse_reply_err(req, EROFS);
}

/*
 * An operation that is missing here is answered with ENOSYS, and the kernel does not ask again:
 * flush has nothing to do, and the kernel handles SEEK_DATA and SEEK_HOLE itself, every file being
 * one extent of data.
 */
const struct fuse_lowlevel_ops fs_ops = {
    .init = fs_init,
    .lookup = fs_lookup,
    .forget = fs_forget,
    .forget_multi = fs_forget_multi,
    .getattr = fs_getattr,
    .setattr = fs_setattr,
    .readlink = fs_readlink,
    .mknod = fs_mknod,
    .mkdir = fs_mkdir,
    .unlink = fs_remove,
    .rmdir = fs_remove,
    .symlink = fs_symlink,
    .rename = fs_rename,
    .link = fs_link,
    .create = fs_create,
    .getxattr = fs_getxattr,
    .setxattr = fs_setxattr,
    .listxattr = fs_listxattr,
    .removexattr = fs_removexattr,
    .open = fs_open,
    .read = fs_read,
    .write = fs_write,
    .poll = fs_poll,
    .opendir = fs_opendir,
    .readdir = fs_readdir,
    .readdirplus = fs_readdirplus,
    .releasedir = fs_releasedir,
    .statfs = fs_statfs,
};
