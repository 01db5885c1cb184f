/* What stat(2) and readlink(2) need of a node, and the one change of attributes that is
 * accepted. */
#include <errno.h>
#include <string.h>

#include "fs/attr.h"
#include "fs/live.h"
#include "fs/ops.h"
#include "fs/request.h"
#include "task/control.h"

/*
 * The mtime of a task's directory is the time when the task last changed. What is known may be as
 * old as the listing, so that `ls -l` costs no requests; about a running task whose state is older,
 * the service is asked.
 */
int request_refresh_directory(struct request *request, struct task *task)
{
    struct task_state *state;
    int rc = task_get(task, request->op.started - FRESHNESS_LISTING_MS, 0, &request->op, &state);

    if (!rc)
        task_state_unref(state);
    return rc;
}

static int getattr_in_tree(struct request *request)
{
    struct archive *archive = request_archive(request);
    uint32_t index = node_index(request->node);
    const char *link;
    struct stat st;
    int rc;

    if (request->is_of_read && (rc = archive_can_read(archive, index)))
        return rc;
    rc = archive_link(archive, archive_node_of(archive, index), &link, &request->op);
    if (rc)
        return rc;
    attr_tree(request->fs, archive, index, link, &st);
    return request_reply_attr(request, &st, attr_tree_seconds(archive, index));
}

static int run_getattr(struct request *request)
{
    struct stat st;
    struct task_state *state;
    int rc;

    if (!request->identity) {
        attr_fixed(request->fs, request->node, &st);
        return request_reply_attr(request, &st, FS_FOREVER);
    }
    switch (request->identity->kind) {
    case IDENTITY_TASK:
    case IDENTITY_CONTROL:
        rc = node_index(request->node) == FILE_TASK_DIR
                 ? request_refresh_directory(request, request_task(request))
                 : 0;
        if (rc)
            return rc;
        state = task_peek(request_task(request));
        attr_task(request->fs, request_task(request), node_index(request->node), state, &st);
        rc = state && state->summary->is_terminated;
        task_state_unref(state);
        return request_reply_attr(request, &st, rc ? FS_TASK_SECONDS : 0);
    case IDENTITY_SNAPSHOT:
        attr_snapshot(request->fs, container_of(request->identity, struct snapshot, identity), &st);
        return request_reply_attr(request, &st, FS_FOREVER);
    case IDENTITY_LIVE:
        return live_reply_attr(request);
    default:
        if (node_index(request->node) != ARCHIVE_FILE)
            return getattr_in_tree(request);
        attr_zip(request->fs, request_archive(request), &st);
        return request_reply_attr(request, &st, FS_FOREVER);
    }
}

void fs_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
    struct request *request = request_new(req, node, run_getattr);

    if (!request)
        return;
    /* The kernel names an open file when it asks for the size because of a read beyond the end,
     * but not for fstat(2). */
    request->is_of_read = fi != NULL;
    request_start(request);
}

static int run_readlink(struct request *request)
{
    const char *link = NULL;
    int rc = -EINVAL;

    if (request->identity && request->identity->kind == IDENTITY_ARCHIVE &&
        node_index(request->node) != ARCHIVE_FILE)
        rc = archive_link(request_archive(request),
                          archive_node_of(request_archive(request), node_index(request->node)),
                          &link, &request->op);
    if (rc)
        return rc;
    return link ? request_reply_data(request, link, strlen(link)) : -EINVAL;
}

void fs_readlink(fuse_req_t req, fuse_ino_t node)
{
    struct request *request = request_new(req, node, run_readlink);

    if (request)
        request_start(request);
}

/* The only setattr that is accepted: O_TRUNC on ctl, which changes nothing of it. */
static int run_setattr(struct request *request)
{
    struct task *task;
    struct task_state *state;
    struct stat st;

    if (!request->identity || request->identity->kind != IDENTITY_CONTROL)
        return -EROFS;
    control_begin(control_of(request->identity));
    task = request_task(request);
    state = task_peek(task);
    attr_task(request->fs, task, FILE_CTL, state, &st);
    task_state_unref(state);
    return request_reply_attr(request, &st, 0);
}

void fs_setattr(fuse_req_t req, fuse_ino_t node, struct stat *attr, int to_set,
                struct fuse_file_info *fi)
{
    struct request *request;

    (void)attr;
    (void)fi;
    if (to_set & ~(FUSE_SET_ATTR_SIZE | FUSE_SET_ATTR_CTIME)) {
        fuse_reply_err(req, EROFS);
        return;
    }
    request = request_new(req, node, run_setattr);
    if (request)
        request_start(request);
}
