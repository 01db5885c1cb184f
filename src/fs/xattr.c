/*
 * Extended attributes. There is one, in a mount that is offline: user.taskfs.cached of a file or
 * folder of an archive says "HERE/ALL", how many bytes of the archive that belong to it are on
 * disk, and how many there are. It is not listed, so that no copy takes it along.
 *
 * In any other mount the kernel is told that there is no such operation, and does not ask again:
 * `ls -l` asks for two attributes of each file, and would make thousands of requests for nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fs/ops.h"
#include "fs/request.h"
#include "task/kept.h"

#define CACHED "user.taskfs.cached"

/* The archive of the node, and the node in its tree. Returns 0 with a reference, OP_PENDING or an
 * error; -ENODATA when the node is of no archive. */
static int find_archive(struct request *request, struct archive **archive, uint32_t *node)
{
    uint32_t index = node_index(request->node);
    int is_final, rc;

    if (!request->identity)
        return -ENODATA;
    if (request->identity->kind == IDENTITY_ARCHIVE) {
        *archive = request_archive(request);
        *node = index == ARCHIVE_FILE ? ZIP_ROOT : archive_node_of(*archive, index);
        archive_ref(*archive);
        return 0;
    }
    if (request->identity->kind != IDENTITY_TASK || (index != FILE_OUTPUTS && index != FILE_INPUTS))
        return -ENODATA;
    rc = task_archive(request_task(request), index == FILE_OUTPUTS ? ARCHIVE_OUTPUT : ARCHIVE_INPUT,
                      tasks_since(&request->fs->tasks, &request->op), &request->op, archive,
                      &is_final);
    if (rc)
        return rc == -ENOENT ? -ENODATA : rc;
    rc = archive_load(*archive, &request->op);
    if (rc)
        archive_unref(*archive);
    *node = ZIP_ROOT;
    return rc;
}

static int run_getxattr(struct request *request)
{
    struct archive *archive;
    uint64_t here, all;
    uint32_t node;
    char text[48];
    int len, rc = find_archive(request, &archive, &node);

    if (rc)
        return rc;
    if (request->identity->kind == IDENTITY_ARCHIVE && node_index(request->node) == ARCHIVE_FILE) {
        all = archive_source(archive)->size;
        here = archive_kept_bytes(archive, 0, all);
    } else {
        archive_kept_tree(archive, node, &here, &all);
    }
    archive_unref(archive);
    len = snprintf(text, sizeof(text), "%" PRIu64 "/%" PRIu64, here, all);
    if (!request->size)
        return request_reply_xattr(request, (size_t)len);
    if ((size_t)len > request->size)
        return -ERANGE;
    return request_reply_data(request, text, (size_t)len);
}

void fs_getxattr(fuse_req_t req, fuse_ino_t node, const char *name, size_t size)
{
    struct fs *fs = fuse_req_userdata(req);
    struct request *request;

    if (!kept_is_offline(&fs->tasks)) {
        fuse_reply_err(req, ENOSYS);
        return;
    }
    if (strcmp(name, CACHED) != 0) {
        fuse_reply_err(req, ENODATA);
        return;
    }
    request = request_new(req, node, run_getxattr);
    if (!request)
        return;
    request->size = size;
    request_start(request);
}

/* An empty list: without it tar --xattrs warns for each file. */
void fs_listxattr(fuse_req_t req, fuse_ino_t node, size_t size)
{
    (void)node;
    if (size)
        fuse_reply_buf(req, NULL, 0);
    else
        fuse_reply_xattr(req, 0);
}

void fs_setxattr(fuse_req_t req, fuse_ino_t node, const char *name, const char *value, size_t size,
                 int flags)
{
    (void)node, (void)name, (void)value, (void)size, (void)flags;
    fuse_reply_err(req, EROFS);
}

void fs_removexattr(fuse_req_t req, fuse_ino_t node, const char *name)
{
    (void)node, (void)name;
    fuse_reply_err(req, EROFS);
}
