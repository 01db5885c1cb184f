#include "fs/request.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "task/control.h"

/* libfuse calls this with its lock on the request held, and the answer is left to the executor. */
static void on_interrupt(fuse_req_t req, void *data)
{
    struct request *request = data;

    (void)req;
    interrupts_deliver(&request->fs->interrupts, &request->interrupted);
}

static void on_parking(struct op *op)
{
    struct request *request = container_of(op, struct request, op);

    interrupted_init(&request->interrupted, &request->op, fuse_req_ctx(request->req)->pid);
    fuse_req_interrupt_func(request->req, on_interrupt, request);
}

/* Before any answer: waits for an interrupt that is being delivered, and prevents further ones. */
static void prepare_answer(struct request *request)
{
    if (!request->op.announced)
        return;
    fuse_req_interrupt_func(request->req, NULL, NULL);
    interrupts_withdraw(&request->fs->interrupts, &request->interrupted);
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
    prepare_answer(request);
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
    if (request->identity)
        identity_unref(request->identity);
    free(request);
}

static const struct op_type request_type = {
    .step = request_step, .fail = request_fail, .parking = on_parking, .release = request_release};

struct request *request_new(fuse_req_t req, uint64_t node, int (*run)(struct request *request))
{
    struct fs *fs = fuse_req_userdata(req);
    struct identity *identity = identities_use(&fs->tasks.identities, node_number(node));
    struct request *request;

    if (!identity && node != NODE_ROOT && node != NODE_DOT) {
        fuse_reply_err(req, ESTALE);
        return NULL;
    }
    request = calloc(1, sizeof(*request));
    if (!request) {
        if (identity)
            identity_unref(identity);
        fuse_reply_err(req, ENOMEM);
        return NULL;
    }
    request->op.type = &request_type;
    request->op.deadline = clock_ms() + fs->config.timeout_ms;
    request->op.patience_ms = fs->config.timeout_ms;
    request->req = req;
    request->fs = fs;
    request->node = node;
    request->identity = identity;
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
                        struct identity *identity)
{
    prepare_answer(request);
    if (identity)
        identity_add_lookups(identity, 1);
    if (fuse_reply_entry(request->req, entry) && identity)
        identity_forget(identity, 1);
    return 0;
}

int request_reply_attr(struct request *request, const struct stat *st, double timeout)
{
    prepare_answer(request);
    fuse_reply_attr(request->req, st, timeout);
    return 0;
}

int request_reply_data(struct request *request, const void *data, size_t len)
{
    prepare_answer(request);
    fuse_reply_buf(request->req, data, len);
    return 0;
}

int request_reply_xattr(struct request *request, size_t len)
{
    prepare_answer(request);
    fuse_reply_xattr(request->req, len);
    return 0;
}

int request_reply_open(struct request *request)
{
    prepare_answer(request);
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
    prepare_answer(request);
    fuse_reply_iov(request->req, parts, (int)request->read.count);
    return 0;
}

int request_reply_write(struct request *request, size_t len)
{
    prepare_answer(request);
    fuse_reply_write(request->req, len);
    return 0;
}

struct task *request_task(const struct request *request)
{
    if (request->identity->kind == IDENTITY_CONTROL)
        return control_task(control_of(request->identity));
    return task_of(request->identity);
}

struct archive *request_archive(const struct request *request)
{
    return archive_of(request->identity);
}
