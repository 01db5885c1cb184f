/* Writes to ctl: each is a run of verbs (task/control.h). The file offset is ignored. */
#include <errno.h>

#include "fs/ops.h"
#include "fs/request.h"
#include "task/control.h"

static int run_write(struct request *request)
{
    int rc = control_run_step(request->control, &request->op);

    return rc ? rc : request_reply_write(request, request->size);
}

static void write_failed(struct request *request, int error)
{
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
    (void)fi;
    if (!request)
        return;
    if (!request->identity || request->identity->kind != IDENTITY_CONTROL) {
        request_refuse(request, EROFS);
        return;
    }
    request->control = control_run_new(request_task(request), data, size,
                                       request->fs->config.timeout_ms);
    if (!request->control) {
        request_refuse(request, ENOMEM);
        return;
    }
    request->size = size;
    request->failed = write_failed;
    request->cleanup = write_cleanup;
    request_start(request);
}
