/* Opening and reading files. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "task/archive.h"
#include "task/layout.h"
#include "fs/ops.h"
#include "fs/request.h"
#include "fs/poll.h"
#include "zip/piece.h"

/* ---- open and release ---- */

static int wants_to_write(const struct fuse_file_info *fi)
{
    return (fi->flags & O_ACCMODE) != O_RDONLY || fi->flags & O_TRUNC;
}

/* An open file of an archive. */
struct open_file {
    struct handle handle;
    struct archive *archive;   /* holds a reference */
    struct zip_member *member; /* NULL: the archive itself */
};

static void close_file(struct handle *handle)
{
    struct open_file *file = container_of(handle, struct open_file, handle);

    if (file->member)
        archive_member_close(file->archive, file->member);
    archive_unref(file->archive);
    free(file);
}

static struct handle *handle_of(const struct fuse_file_info *fi)
{
    return (struct handle *)(uintptr_t)fi->fh;
}

/* Of a file in an archive. */
static struct open_file *open_file_of(const struct fuse_file_info *fi)
{
    return container_of(handle_of(fi), struct open_file, handle);
}

/* Answers the opening with what was filled in, and counts it; `handle` may be NULL. */
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

/* A small file that was decoded ahead goes with the answer to its opening: it is read without our
 * being asked. */
static void give_content(struct request *request, struct zip_member *member)
{
    struct zip_read read = {.count = 0};

    if (!zip_member_peek(member, &read))
        return;
    notify_content(request->fs->notify, request->node, read.parts[0].data, read.parts[0].len);
    stats_add(request->fs->stats, STAT_BYTES_SERVED, read.len);
    zip_read_release(archive_shared(request_archive(request)), &read);
}

static int open_archive_node(struct request *request)
{
    struct archive *archive = request_archive(request);
    uint32_t node = node_index(request->node);
    struct archive_opening opening = {.member = NULL};
    struct open_file *file;
    int rc = 0;

    if (archive_is_stale(archive))
        return -ESTALE; /* the kernel looks the path up anew, and finds the new version */
    file = calloc(1, sizeof(*file));
    if (!file)
        return -ENOMEM;
    if (node != ARCHIVE_FILE)
        rc = archive_member_open(archive, node, &opening);
    if (rc) {
        free(file);
        return rc;
    }
    if (opening.member)
        archive_read_ahead(archive, opening.member, 0);
    if (opening.member && opening.is_only && !opening.is_suspect)
        give_content(request, opening.member);
    archive_ref(archive);
    file->archive = archive;
    file->member = opening.member;
    file->handle.close = close_file;
    request->fi.keep_cache = !opening.is_suspect;
    request->fi.direct_io = opening.is_apart;
    return reply_open(request, &file->handle);
}

static int run_open(struct request *request)
{
    struct handle *handle = NULL;

    if (!request->group || request->group->kind == GROUP_TASK)
        return -EISDIR;
    if (request->group->kind == GROUP_CTL) {
        uid_t uid = fuse_req_ctx(request->req)->uid;

        if (wants_to_write(&request->fi) && uid != request->fs->config.owner && uid != 0)
            return -EACCES;
        /* Writes must reach us as they were made; readers go through the page cache. */
        request->fi.direct_io = wants_to_write(&request->fi);
        request->fi.keep_cache = 1;
    } else if (wants_to_write(&request->fi)) {
        return -EROFS;
    } else if (request->group->kind == GROUP_ARCHIVE) {
        return open_archive_node(request);
    } else {
        request->fi.keep_cache = 1;
        handle = watch_new(request->fs, container_of(request->group, struct snapshot, group));
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
        handle_close(&fs->handles, handle_of(fi));
    fuse_reply_err(req, 0);
}

/* Only a status has news to tell; all else is as a regular file is. */
void fs_poll(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi, struct fuse_pollhandle *ph)
{
    struct fs *fs = fuse_req_userdata(req);
    struct group *group = nodes_find(&fs->nodes, node);
    unsigned events = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;

    if (group && group->kind == GROUP_SNAPSHOT && fi->fh) {
        /* Who wants to read need not be told of news: it costs requests. */
        int wants_news = !fi->poll_events || fi->poll_events & POLLPRI;

        events = watch_poll(handle_of(fi), wants_news ? ph : NULL);
        if (wants_news)
            ph = NULL;
    }
    if (ph)
        fuse_pollhandle_destroy(ph);
    if (group)
        group_unref(group);
    fuse_reply_poll(req, events);
}

/* ---- read ---- */

#define RANDOM_BELOW (16u * 1024) /* bytes */

static int reply_slice(struct request *request, const char *data, size_t len)
{
    size_t offset = (size_t)request->offset;

    if (request->offset < 0 || offset >= len)
        return request_reply_data(request, NULL, 0);
    len -= offset;
    if (len > request->size)
        len = request->size;
    stats_add(request->fs->stats, STAT_BYTES_SERVED, len);
    return request_reply_data(request, data + offset, len);
}

/* For a reader that goes forward, the kernel asks for at least 16 KiB, or for all that is left. */
static enum source_hint hint_of(uint64_t offset, size_t len, uint64_t size)
{
    return len < RANDOM_BELOW && offset < size && size - offset > len ? SOURCE_RANDOM
                                                                      : SOURCE_SEQUENTIAL;
}

/* The archive itself: its blocks as they are. */
static int read_zip(struct request *request)
{
    struct source *source = archive_source(request_archive(request));
    struct zip_read *read = &request->read;
    uint64_t offset = (uint64_t)request->offset;
    size_t len = request->size;
    enum source_hint hint = hint_of(offset, len, source->size);

    if (request->offset < 0 || offset >= source->size)
        return request_reply_data(request, NULL, 0);
    if (len > source->size - offset)
        len = (size_t)(source->size - offset);
    while (read->len < len) {
        struct source_view view;
        int rc;

        if (read->count == ZIP_READ_PARTS)
            return -EIO;
        rc = source_view(source, offset + read->len, len - read->len, hint, &view, &request->op);
        if (rc)
            return rc;
        if (view.len > len - read->len)
            view.len = len - read->len;
        read->parts[read->count].data = view.data;
        read->parts[read->count].len = view.len;
        read->parts[read->count].pin = view.pin;
        read->count++;
        read->len += view.len;
    }
    return request_reply_read(request);
}

static int read_member(struct request *request)
{
    struct archive *archive = request_archive(request);
    struct zip_member *member = open_file_of(&request->fi)->member;
    uint64_t offset = (uint64_t)request->offset;
    enum source_hint hint = hint_of(offset, request->size, zip_member_size(member));
    int rc = zip_member_read(member, offset, request->size, hint, &request->read, &request->op);

    if ((!rc || rc == OP_PENDING) && hint == SOURCE_SEQUENTIAL)
        archive_read_ahead(archive, member, offset / ZIP_PIECE);
    if (!rc)
        return request_reply_read(request);
    if (rc == -EIO) /* damaged: the kernel shall not keep what it was given of it before */
        notify_node(request->fs->notify, request->node);
    if (rc == -ESTALE)
        archive_tell_stale(archive, request->fs->notify);
    return rc;
}

static int run_read(struct request *request)
{
    struct snapshot *snapshot;

    if (request->offset < 0)
        return -EINVAL;
    switch (request->group->kind) {
    case GROUP_CTL:
        return reply_slice(request, ctl_help, strlen(ctl_help));
    case GROUP_SNAPSHOT:
        snapshot = container_of(request->group, struct snapshot, group);
        return reply_slice(request, snapshot->data, snapshot->len);
    case GROUP_TASK:
        return -EISDIR;
    default:
        return open_file_of(&request->fi)->member ? read_member(request) : read_zip(request);
    }
}

static void read_cleanup(struct request *request)
{
    if (request->group->kind == GROUP_ARCHIVE)
        zip_read_release(archive_shared(request_archive(request)), &request->read);
}

void fs_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *fi)
{
    struct request *request = request_new(req, node, run_read);

    if (!request)
        return;
    request->fi = *fi;
    request->size = size;
    request->offset = offset;
    request->cleanup = read_cleanup;
    request_start(request);
}
