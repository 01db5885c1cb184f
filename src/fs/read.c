/* Reading files. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "fs/open.h"
#include "fs/ops.h"
#include "fs/request.h"
#include "member/piece.h"

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

/* For a sequential reader the kernel asks for at least 16 KiB, or for all that is left. */
static enum source_hint hint_for(uint64_t offset, size_t len, uint64_t size)
{
    return len < RANDOM_BELOW && offset < size && size - offset > len ? SOURCE_RANDOM
                                                                      : SOURCE_SEQUENTIAL;
}

/* The archive itself, block by block. */
static int read_zip(struct request *request)
{
    struct source *source = archive_source(request_archive(request));
    struct zip_read *read = &request->read;
    uint64_t offset = (uint64_t)request->offset;
    size_t len = request->size;
    enum source_hint hint = hint_for(offset, len, source->size);

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
    enum source_hint hint = hint_for(offset, request->size, zip_member_size(member));
    int rc = zip_member_read(member, offset, request->size, hint, &request->read, &request->op);

    if ((!rc || rc == OP_PENDING) && hint == SOURCE_SEQUENTIAL)
        archive_decode_ahead(archive, member, offset / ZIP_PIECE);
    if (!rc)
        return request_reply_read(request);
    if (rc == -EIO) /* damaged: the kernel must not keep what it was given before */
        notify_node(request->fs->notify, request->node);
    if (rc == -ESTALE)
        request->fs->observer.on_archive_stale(&request->fs->observer, archive);
    return rc;
}

static int run_read(struct request *request)
{
    struct snapshot *snapshot;

    if (request->offset < 0)
        return -EINVAL;
    switch (request->identity->kind) {
    case IDENTITY_CONTROL:
        return reply_slice(request, ctl_help, strlen(ctl_help));
    case IDENTITY_SNAPSHOT:
        snapshot = container_of(request->identity, struct snapshot, identity);
        return reply_slice(request, snapshot->data, snapshot->len);
    case IDENTITY_TASK:
        return -EISDIR;
    default:
        return open_file_of(&request->fi)->member ? read_member(request) : read_zip(request);
    }
}

static void read_cleanup(struct request *request)
{
    if (request->identity->kind == IDENTITY_ARCHIVE)
        zip_read_release(archive_shared(request_archive(request)), &request->read);
}

static struct repeated_call call_of(const struct request *request)
{
    return (struct repeated_call){.node = request->node,
                                  .caller = fuse_req_ctx(request->req)->pid,
                                  .offset = (uint64_t)request->offset,
                                  .size = request->size};
}

static void read_failed(struct request *request, int error)
{
    struct repeated_call call = call_of(request);

    if (error == -ETIMEDOUT)
        repeated_errors_expect(&request->fs->repeated_reads, &call, ETIMEDOUT, clock_ms());
}

void fs_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *fi)
{
    struct request *request = request_new(req, node, run_read);
    struct repeated_call call;
    int error;

    if (!request)
        return;
    request->fi = *fi;
    request->size = size;
    request->offset = offset;
    request->failed = read_failed;
    request->cleanup = read_cleanup;
    call = call_of(request);
    error = repeated_errors_take(&request->fs->repeated_reads, &call, clock_ms());
    if (error)
        request_refuse(request, error);
    else
        request_start(request);
}
