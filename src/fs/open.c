/* Opening and closing files. */
#include "fs/open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "fs/ctl.h"
#include "fs/ops.h"
#include "fs/poll.h"
#include "fs/request.h"

static int wants_to_write(const struct fuse_file_info *fi)
{
    return (fi->flags & O_ACCMODE) != O_RDONLY || fi->flags & O_TRUNC;
}

static void open_file_close(struct handle *handle)
{
    struct open_file *file = container_of(handle, struct open_file, handle);

    if (file->member)
        archive_member_close(file->archive, file->member);
    archive_unref(file->archive);
    free(file);
}

/* Answers the open, and counts it; `handle` may be NULL. */
static int reply_open(struct request *request, struct handle *handle)
{
    struct fs *fs = request->fs;

    if (handle)
        handle_open(&fs->handles, handle);
    request->fi.fh = (uintptr_t)handle;
    stats_add(fs->stats, STAT_OPEN_FILES, 1);
    if (request_reply_open(request)) {
        stats_sub(fs->stats, STAT_OPEN_FILES, 1);
        if (handle)
            handle_close(&fs->handles, handle);
    }
    return 0;
}

/* The content of a small file that was decoded ahead is stored in the page cache before the open is
 * answered: the file is then read without a READ request. */
static void store_content(struct request *request, struct zip_member *member)
{
    struct zip_read read = {.count = 0};

    if (!zip_member_peek(member, &read))
        return;
    notify_store(request->fs->notify, request->node, read.parts[0].data, read.parts[0].len);
    stats_add(request->fs->stats, STAT_BYTES_SERVED, read.len);
    zip_read_release(archive_shared(request_archive(request)), &read);
}

static int open_archive_node(struct request *request)
{
    struct archive *archive = request_archive(request);
    uint32_t index = node_index(request->node);
    struct archive_opening opening = {.member = NULL};
    struct open_file *file;
    int rc = 0;

    if (archive_is_stale(archive))
        return -ESTALE; /* the kernel looks the path up again, and finds the new version */
    file = calloc(1, sizeof(*file));
    if (!file)
        return -ENOMEM;
    if (index != ARCHIVE_FILE)
        rc = archive_member_open(archive, index, &opening);
    if (rc) {
        free(file);
        return rc;
    }
    if (opening.member)
        archive_decode_ahead(archive, opening.member, 0);
    if (opening.member && opening.is_only && !opening.was_damaged)
        store_content(request, opening.member);
    archive_ref(archive);
    file->archive = archive;
    file->member = opening.member;
    file->handle.close = open_file_close;
    request->fi.keep_cache = !opening.was_damaged;
    return reply_open(request, &file->handle);
}

static int run_open(struct request *request)
{
    struct handle *handle = NULL;

    if (!request->identity || request->identity->kind == IDENTITY_TASK)
        return -EISDIR;
    if (request->identity->kind == IDENTITY_CONTROL) {
        uid_t uid = fuse_req_ctx(request->req)->uid;

        if (wants_to_write(&request->fi) && uid != request->fs->config.owner && uid != 0)
            return -EACCES;
        /* Writes must reach us as they were made; readers go through the page cache. */
        request->fi.direct_io = wants_to_write(&request->fi);
        request->fi.keep_cache = 1;
        if (wants_to_write(&request->fi) && !(handle = ctl_handle_new()))
            return -ENOMEM;
    } else if (wants_to_write(&request->fi)) {
        return -EROFS;
    } else if (request->identity->kind == IDENTITY_ARCHIVE) {
        return open_archive_node(request);
    } else {
        request->fi.keep_cache = 1;
        handle = watch_new(request->fs, container_of(request->identity, struct snapshot, identity));
    }
    return reply_open(request, handle);
}

void fs_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
    struct request *request = request_new(req, node, run_open);

    if (!request)
        return;
    request->fi = *fi;
    request->fi.fh = 0;
    request_start(request);
}

void fs_release(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
    struct fs *fs = fuse_req_userdata(req);

    (void)node;
    stats_sub(fs->stats, STAT_OPEN_FILES, 1);
    if (fi->fh)
        handle_close(&fs->handles, open_handle(fi));
    fuse_reply_err(req, 0);
}
