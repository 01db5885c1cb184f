/*
 * Writes to ctl: each is a run of verbs (task/control.h). The file offset is ignored.
 *
 * Some shells write line by line. When a verb has failed, the later verbs of the same open are not
 * carried out, and get its error: `printf 'wait 60\nkill\n' > ctl` kills nothing that still runs
 * after a minute, however the shell writes it. An interrupted verb does not count: the program
 * decides. Each lookup of ctl gives a node of its own, so what belongs to one open belongs to a
 * node; O_TRUNC begins anew (getattr.c).
 *
 * The kernel passes a write on as it was made. Its bytes can stay in the page cache of the node,
 * which nobody but the opener reads. They are not invalidated: the page is locked as long as
 * another write to it lasts, a `wait` for days, and so long the notice would hold a thread.
 */
#include <errno.h>

#include "fs/ops.h"
#include "fs/request.h"
#include "task/control.h"

static struct control *control_of_request(const struct request *request)
{
    return control_of(request->identity);
}

static int run_write(struct request *request)
{
    int rc = control_failure(control_of_request(request));

    if (!rc)
        rc = control_run_step(request->control, &request->op);
    return rc ? rc : request_reply_write(request, request->size);
}

static void write_failed(struct request *request, int error)
{
    if (error == -EINTR || control_note_failure(control_of_request(request), error))
        control_run_failed(request->control, error);
}

static void write_cleanup(struct request *request)
{
    control_run_free(request->control);
}

/* Whether the writer may. The kernel checks the mode of the file, but an owner that was given by an
 * option need not be the mounting user. */
static int may_write(fuse_req_t req, const struct fs *fs)
{
    uid_t uid = fuse_req_ctx(req)->uid;

    return uid == fs->config.owner || uid == 0;
}

/* A file but ctl can be opened for writing, as the kernel does not ask about opens (open.c): the
 * write is refused, and what a program has written into a mapping of the file is discarded. */
static int refusal(struct request *request)
{
    if (request->identity && request->identity->kind == IDENTITY_CONTROL)
        return may_write(request->req, request->fs) ? 0 : EACCES;
    notify_node(request->fs->notify, request->node);
    return EROFS;
}

void fs_write(fuse_req_t req, fuse_ino_t node, const char *data, size_t size, off_t offset,
              struct fuse_file_info *fi)
{
    struct request *request = request_new(req, node, run_write);
    int error;

    (void)offset, (void)fi;
    if (!request)
        return;
    error = refusal(request);
    if (error) {
        request_refuse(request, error);
        return;
    }
    request->control = control_run_new(request_task(request), data, size,
                                       request->fs->config.timeout_ms);
    if (!request->control) {
        request_refuse(request, ENOMEM);
        return;
    }
    request->size = size;
    request->op.patience_ms = 0; /* a verb has the time that was given with it */
    request->failed = write_failed;
    request->cleanup = write_cleanup;
    request_start(request);
}
