/*
 * Reading files. The kernel does not ask about opens (open.c), so the first read of a file finds
 * out that it cannot be read, and a read that fails for good has the kernel look up the file's name
 * again before it is answered: the next open of the name gets what is there then.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "fs/live.h"
#include "fs/ops.h"
#include "fs/request.h"
#include "member/piece.h"

#define RANDOM_BELOW (16u * 1024) /* bytes */
#define TELL_MS      1000         /* that a failure may wait until the kernel was told */
#define NOTICE_MS    2            /* until it is looked again whether all notices are queued */

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

/* ---- members of archives ---- */

/* The directory that has the file, and its name there (NUL-terminated). */
static uint64_t place_of(struct archive *archive, uint32_t index, char *name)
{
    const struct zip_tree *tree = archive_tree(archive);
    const struct zip_node *at = &tree->nodes[archive_node_of(archive, index)];

    zip_node_copy_name(tree, at, name);
    return at->parent == ZIP_ROOT ? node_at(archive_owner(archive), archive_top(archive))
                                  : node_id(archive_identity(archive), at->parent);
}

/* Whether no notice about names in the directory is pending; else the op waits for them, but not
 * for long: a notice can wait for the pages of a file that nobody has open any more, and so for
 * this read. */
static int is_told(struct request *request, uint64_t directory)
{
    if (!request->answer_by)
        request->answer_by = clock_ms() + TELL_MS;
    if (clock_ms() >= request->answer_by ||
        notify_wait(request->fs->notify, directory, &request->op) != OP_PENDING)
        return 1;
    op_sleep(&request->op, request->answer_by);
    return 0;
}

struct told {
    struct request *request;
    uint64_t directory;
    char name[ZIP_NODE_NAME_SIZE];
};

static void tell(void *arg)
{
    struct told *told = arg;
    struct notify *notify = told->request->fs->notify;

    notify_node(notify, told->request->node);
    notify_name(notify, told->directory, told->name);
}

/* The file is damaged: what the kernel has of it is discarded, and its name leads to another node
 * from now on. Returns -EIO once the kernel was told, or OP_PENDING. */
static int fail_damaged(struct request *request, struct archive *archive)
{
    uint32_t index = node_index(request->node);
    struct told told = {.request = request};

    told.directory = place_of(archive, index, told.name);
    archive_replace(archive, index, tell, &told);
    if (!archive_is_replaced(archive, index))
        return -EIO;
    return is_told(request, told.directory) ? -EIO : OP_PENDING;
}

/* Another version of the archive is in the store. Returns -ESTALE once the kernel was told to look
 * up the names again, or OP_PENDING. */
static int fail_stale(struct request *request, struct archive *archive)
{
    struct task_observer *observer = &request->fs->observer;
    uint32_t task = archive_owner(archive);

    observer->on_archive_stale(observer, archive);
    if (archive_is_giving_notice(archive)) /* on behalf of another read */
        return op_sleep(&request->op, clock_ms() + NOTICE_MS);
    return is_told(request, node_at(task, FILE_TASK_DIR)) &&
                   is_told(request, node_at(task, archive_top(archive)))
               ? -ESTALE
               : OP_PENDING;
}

static int read_member(struct request *request)
{
    struct archive *archive = request_archive(request);
    uint64_t offset = (uint64_t)request->offset;
    enum source_hint hint;
    int rc;

    if (!request->member) {
        rc = archive_member_use(archive, node_index(request->node), &request->member);
        if (rc)
            return archive_is_replaced(archive, node_index(request->node))
                       ? fail_damaged(request, archive)
                       : rc;
    }
    hint = hint_for(offset, request->size, zip_member_size(request->member));
    rc = zip_member_read(request->member, offset, request->size, hint, &request->read,
                         &request->op);
    if ((!rc || rc == OP_PENDING) && hint == SOURCE_SEQUENTIAL)
        archive_decode_ahead(archive, request->member, offset / ZIP_PIECE);
    if (offset == 0)
        archive_push_follow(archive, node_index(request->node));
    if (rc == -EIO && zip_member_is_damaged(request->member)) {
        zip_member_discard(request->member);
        return fail_damaged(request, archive);
    }
    return rc ? rc : request_reply_read(request);
}

static int read_archive(struct request *request)
{
    struct archive *archive = request_archive(request);
    int rc = request->op.failure;

    request->op.rides_out_failures = 1; /* a failure may have to be told to the kernel */
    request->op.failure = 0;
    if (!rc)
        rc = node_index(request->node) == ARCHIVE_FILE ? read_zip(request) : read_member(request);
    return rc == -ESTALE ? fail_stale(request, archive) : rc;
}

static int run_read(struct request *request)
{
    struct snapshot *snapshot;

    if (request->offset < 0)
        return -EINVAL;
    if (!request->identity)
        return -EISDIR;
    switch (request->identity->kind) {
    case IDENTITY_CONTROL:
        return reply_slice(request, ctl_help, strlen(ctl_help));
    case IDENTITY_SNAPSHOT:
        snapshot = container_of(request->identity, struct snapshot, identity);
        return reply_slice(request, snapshot->data, snapshot->len);
    case IDENTITY_TASK:
        return -EISDIR;
    case IDENTITY_LIVE:
        return live_reply_read(request);
    default:
        return read_archive(request);
    }
}

static void read_cleanup(struct request *request)
{
    struct archive *archive;
    uint64_t end = (uint64_t)request->offset + request->read.len;

    if (!request->identity || request->identity->kind != IDENTITY_ARCHIVE)
        return;
    archive = request_archive(request);
    zip_read_release(archive_shared(archive), &request->read);
    if (request->member && end == zip_member_size(request->member))
        archive_member_finish(archive, request->member);
    else if (request->member)
        archive_member_close(archive, request->member);
}

static struct repeated_call call_of(const struct request *request)
{
    return (struct repeated_call){.node = request->node,
                                  .caller = fuse_req_ctx(request->req)->pid,
                                  .offset = (uint64_t)request->offset,
                                  .size = request->size};
}

/* Of a mount that is offline. */
static void log_not_on_disk(const struct request *request)
{
    struct archive *archive = request_archive(request);
    uint32_t index = node_index(request->node);
    char path[1024] = "";

    if (index != ARCHIVE_FILE)
        zip_node_path(archive_tree(archive), archive_node_of(archive, index), path, sizeof(path));
    log_error("cannot read '%s'%s%s: it is not all on disk, and the mount is offline",
              archive_path(archive), *path ? ", file " : "", path);
}

/* The kernel asks again for parts of what could not be read. */
static void read_failed(struct request *request, int error)
{
    struct repeated_call call = call_of(request);

    if (error == -ETIMEDOUT || error == -ENODATA)
        repeated_errors_expect(&request->fs->repeated_reads, &call, -error, clock_ms());
    if (error == -ENODATA && request->identity && request->identity->kind == IDENTITY_ARCHIVE)
        log_not_on_disk(request);
}

void fs_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *fi)
{
    struct request *request = request_new(req, node, run_read);
    struct repeated_call call;
    int error;

    if (!request)
        return;
    (void)fi;
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
