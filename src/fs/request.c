#include "fs/request.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "task/archive.h"
#include "fs/ctl.h"

/* libfuse calls this with its lock on the request held: the answer is left to the executor. */
static void on_interrupt(fuse_req_t req, void *data)
{
    struct request *request = data;

    (void)req;
    op_cancel(&request->op, -EINTR);
}

static void on_parking(struct op *op)
{
    struct request *request = container_of(op, struct request, op);

    fuse_req_interrupt_func(request->req, on_interrupt, request);
}

/* Before any answer: waits for an interrupt that is being delivered; no other comes after this. */
static void answering(struct request *request)
{
    if (request->op.announced)
        fuse_req_interrupt_func(request->req, NULL, NULL);
}

int request_errno(int error)
{
    switch (error) {
    case -ECANCELED:
    case -EPROTO:
    case -EAGAIN:
    case -EKEYREJECTED:
        return EIO;
    default:
        return -error;
    }
}

static void request_fail(struct op *op, int error)
{
    struct request *request = container_of(op, struct request, op);

    if (request->failed)
        request->failed(request, error);
    answering(request);
    fuse_reply_err(request->req, request_errno(error));
}

static int request_step(struct op *op)
{
    struct request *request = container_of(op, struct request, op);
    int rc = request->run(request);

    if (rc && rc != OP_PENDING)
        request_fail(op, rc);
    return rc;
}

static void request_release(struct op *op)
{
    struct request *request = container_of(op, struct request, op);

    if (request->cleanup)
        request->cleanup(request);
    if (request->group)
        group_unref(request->group);
    free(request);
}

static const struct op_type request_type = {
    .step = request_step, .fail = request_fail, .parking = on_parking, .release = request_release};

struct request *request_new(fuse_req_t req, uint64_t node, int (*run)(struct request *request))
{
    struct fs *fs = fuse_req_userdata(req);
    struct group *group = nodes_use(&fs->nodes, node);
    struct request *request;

    if (!group && node != NODE_ROOT && node != NODE_DOT) {
        fuse_reply_err(req, ESTALE);
        return NULL;
    }
    request = calloc(1, sizeof(*request));
    if (!request) {
        if (group)
            group_unref(group);
        fuse_reply_err(req, ENOMEM);
        return NULL;
    }
    request->op.type = &request_type;
    request->op.deadline = clock_ms() + fs->config.timeout_ms;
    request->req = req;
    request->fs = fs;
    request->node = node;
    request->group = group;
    request->run = run;
    return request;
}

void request_start(struct request *request)
{
    op_start(request->fs->executor, &request->op);
}

void request_refuse(struct request *request, int error)
{
    fuse_reply_err(request->req, error);
    request_release(&request->op);
}

int request_reply_entry(struct request *request, struct fuse_entry_param *entry,
                        struct group *group)
{
    answering(request);
    if (group)
        group_looked_up(group, 1);
    if (fuse_reply_entry(request->req, entry) && group)
        group_forget(group, 1);
    return 0;
}

int request_reply_attr(struct request *request, const struct stat *st, double timeout)
{
    answering(request);
    fuse_reply_attr(request->req, st, timeout);
    return 0;
}

int request_reply_data(struct request *request, const void *data, size_t len)
{
    answering(request);
    fuse_reply_buf(request->req, data, len);
    return 0;
}

int request_reply_open(struct request *request)
{
    answering(request);
    return fuse_reply_open(request->req, &request->fi) ? -ENOENT : 0;
}

int request_reply_read(struct request *request)
{
    struct iovec parts[ZIP_READ_PARTS];

    for (unsigned i = 0; i < request->read.count; i++) {
        parts[i].iov_base = (void *)request->read.parts[i].data;
        parts[i].iov_len = request->read.parts[i].len;
    }
    stats_add(request->fs->stats, STAT_BYTES_SERVED, request->read.len);
    answering(request);
    fuse_reply_iov(request->req, parts, (int)request->read.count);
    return 0;
}

int request_reply_write(struct request *request, size_t len)
{
    answering(request);
    fuse_reply_write(request->req, len);
    return 0;
}

struct task *request_task(const struct request *request)
{
    if (request->group->kind == GROUP_CTL)
        return ctl_task(request->group);
    return container_of(request->group, struct task, group);
}

struct archive *request_archive(const struct request *request)
{
    return archive_of(request->group);
}
