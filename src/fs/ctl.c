/*
 * Writes to ctl: each is a run of verbs (task/control.h). The file offset is ignored.
 *
 * Some shells write line by line. When a verb has failed, the later verbs of the same open are not
 * carried out, and get its error: `printf 'wait 60\nkill\n' > ctl` kills nothing that still runs
 * after a minute, however the shell writes it. An interrupted verb does not count: the program
 * decides.
 */
#include "fs/ctl.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "fs/open.h"
#include "fs/ops.h"
#include "fs/request.h"
#include "task/control.h"

struct ctl_handle {
    struct handle handle;
    atomic_int error; /* of the first verb that failed; 0 none has */
};

static void ctl_handle_close(struct handle *handle)
{
    free(container_of(handle, struct ctl_handle, handle));
}

struct handle *ctl_handle_new(void)
{
    struct ctl_handle *ctl = calloc(1, sizeof(*ctl));

    if (!ctl)
        return NULL;
    ctl->handle.close = ctl_handle_close;
    return &ctl->handle;
}

static struct ctl_handle *ctl_of(const struct request *request)
{
    return container_of(open_handle(&request->fi), struct ctl_handle, handle);
}

static int run_write(struct request *request)
{
    int rc = atomic_load(&ctl_of(request)->error);

    if (!rc)
        rc = control_run_step(request->control, &request->op);
    return rc ? rc : request_reply_write(request, request->size);
}

static void write_failed(struct request *request, int error)
{
    int none = 0;

    if (error == -EINTR)
        control_run_failed(request->control, error);
    else if (atomic_compare_exchange_strong(&ctl_of(request)->error, &none, error))
        control_run_failed(request->control, error);
}

static void write_cleanup(struct request *request)
{
    control_run_free(request->control);
}

void fs_write(fuse_req_t req, fuse_ino_t node, const char *data, size_t size, off_t offset,
              struct fuse_file_info *fi)
{
    struct request *request = request_new(req, node, run_write);

    (void)offset;
    if (!request)
        return;
    if (!request->identity || request->identity->kind != IDENTITY_CONTROL || !fi->fh) {
        request_refuse(request, EROFS);
        return;
    }
    request->control = control_run_new(request_task(request), data, size,
                                       request->fs->config.timeout_ms);
    if (!request->control) {
        request_refuse(request, ENOMEM);
        return;
    }
    request->fi = *fi;
    request->size = size;
    request->op.patience_ms = 0; /* a verb has the time that was given with it */
    request->failed = write_failed;
    request->cleanup = write_cleanup;
    request_start(request);
}
