/* From names to nodes. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "fs/attr.h"
#include "fs/dot_files.h"
#include "fs/live.h"
#include "fs/ops.h"
#include "fs/request.h"
#include "task/control.h"

static int reply_snapshot(struct request *request, struct snapshot *snapshot, double seconds)
{
    struct fuse_entry_param entry = {.ino = node_id(&snapshot->identity, SNAPSHOT_INDEX),
                                     .attr_timeout = FS_FOREVER,
                                     .entry_timeout = seconds};

    attr_snapshot(request->fs, snapshot, &entry.attr);
    request_reply_entry(request, &entry, &snapshot->identity);
    identity_unref(&snapshot->identity);
    return 0;
}

static int reply_fixed(struct request *request, uint64_t node)
{
    struct fuse_entry_param entry = {
        .ino = node, .attr_timeout = FS_FOREVER, .entry_timeout = FS_FOREVER};

    attr_fixed(request->fs, node, &entry.attr);
    return request_reply_entry(request, &entry, NULL);
}

static int reply_task(struct request *request, struct task *task, uint32_t index)
{
    struct task_state *state = task_peek(task);
    struct fuse_entry_param entry = {.ino = node_id(&task->identity, index),
                                     .entry_timeout = FS_TASK_SECONDS};

    if (state && state->summary->is_terminated)
        entry.attr_timeout = FS_TASK_SECONDS;
    attr_task(request->fs, task, index, state, &entry.attr);
    request_reply_entry(request, &entry, &task->identity);
    task_state_unref(state);
    return 0;
}

static int lookup_in_root(struct request *request)
{
    struct task *task;
    int rc;

    if (strcmp(request->name, DOT_NAME) == 0)
        return reply_fixed(request, NODE_DOT);
    rc = tasks_find(&request->fs->tasks, request->name, &request->op, &task);
    if (rc)
        return rc;
    rc = request_refresh_directory(request, task);
    if (!rc)
        reply_task(request, task, FILE_TASK_DIR);
    task_unref(task);
    return rc;
}

static int lookup_in_dot(struct request *request)
{
    struct snapshot *snapshot;
    int rc = dot_text(request->fs, request->name, &snapshot);

    return rc ? rc : reply_snapshot(request, snapshot, 0);
}

static int lookup_zip(struct request *request, struct task *task, enum archive_kind kind)
{
    struct fuse_entry_param entry = {.attr_timeout = FS_FOREVER};
    struct archive *archive;
    int is_final;
    int rc = task_archive(task, kind, tasks_since(task->tasks, &request->op), &request->op,
                          &archive, &is_final);

    if (rc)
        return rc;
    entry.ino = node_id(archive_identity(archive), ARCHIVE_FILE);
    entry.entry_timeout = is_final ? FS_FOREVER : 0;
    attr_zip(request->fs, archive, &entry.attr);
    request_reply_entry(request, &entry, archive_identity(archive));
    archive_unref(archive);
    return 0;
}

static int lookup_ctl(struct request *request, struct task *task)
{
    struct fuse_entry_param entry = {.attr_timeout = FS_TASK_SECONDS};
    struct task_state *state;
    struct control *control = control_new(task);

    if (!control)
        return -ENOMEM;
    state = task_peek(task);
    entry.ino = node_id(control_identity(control), FILE_CTL);
    attr_task(request->fs, task, FILE_CTL, state, &entry.attr);
    request_reply_entry(request, &entry, control_identity(control));
    task_state_unref(state);
    identity_unref(control_identity(control));
    return 0;
}

static int lookup_in_task(struct request *request)
{
    struct task *task = request_task(request);
    const struct file_name *file = file_find(request->name);
    struct snapshot *snapshot;
    enum task_text text;
    int rc;

    if (!file)
        return -ENOENT;
    switch (file->kind) {
    case FILE_KIND_CTL:
        return lookup_ctl(request, task);
    case FILE_KIND_TREE:
    case FILE_KIND_LIVE:
        return reply_task(request, task, file->index);
    case FILE_KIND_ZIP:
        return lookup_zip(request, task, file->archive);
    default:
        text = (enum task_text)(file->index - FILE_TEXT_FIRST);
        rc = task_text(task, text, &request->op, &snapshot);
        if (rc)
            return rc;
        return reply_snapshot(request, snapshot, snapshot->is_final ? FS_FOREVER : 0);
    }
}

static int lookup_in_tree(struct request *request, struct archive *archive, uint32_t parent,
                          double seconds)
{
    const struct zip_tree *tree = archive_tree(archive);
    struct fuse_entry_param entry = {.entry_timeout = seconds};
    uint32_t node = zip_tree_lookup(tree, parent, request->name, strlen(request->name));
    const char *link;
    uint32_t index;
    int rc;

    if (node == ZIP_NONE)
        return -ENOENT;
    rc = archive_link(archive, node, &link, &request->op);
    if (rc)
        return rc;
    index = archive_index_of(archive, node);
    entry.ino = node_id(archive_identity(archive), index);
    entry.attr_timeout = attr_tree_seconds(archive, index);
    attr_tree(request->fs, archive, index, link, &entry.attr);
    return request_reply_entry(request, &entry, archive_identity(archive));
}

/* In outputs/ or inputs/: a name in the current version of the archive. */
static int lookup_in_top(struct request *request, enum archive_kind kind)
{
    struct task *task = request_task(request);
    struct archive *archive;
    int is_final;
    int rc = task_archive(task, kind, tasks_since(task->tasks, &request->op), &request->op,
                          &archive, &is_final);

    if (rc)
        return rc;
    rc = archive_load(archive, &request->op);
    if (!rc)
        rc = lookup_in_tree(request, archive, ZIP_ROOT, is_final ? FS_FOREVER : 0);
    archive_unref(archive);
    return rc;
}

static int run_lookup(struct request *request)
{
    struct archive *archive;

    if (request->node == NODE_ROOT)
        return lookup_in_root(request);
    if (request->node == NODE_DOT)
        return lookup_in_dot(request);
    switch (request->identity->kind) {
    case IDENTITY_TASK:
        switch (node_index(request->node)) {
        case FILE_TASK_DIR:
            return lookup_in_task(request);
        case FILE_OUTPUTS:
            return lookup_in_top(request, ARCHIVE_OUTPUT);
        case FILE_INPUTS:
            return lookup_in_top(request, ARCHIVE_INPUT);
        case FILE_LIVE:
            return live_lookup_in_top(request);
        default:
            return -ENOTDIR;
        }
    case IDENTITY_LIVE:
        return live_lookup_below(request);
    case IDENTITY_ARCHIVE:
        archive = request_archive(request);
        if (archive_is_stale(archive))
            return -ESTALE;
        if (node_index(request->node) == ARCHIVE_FILE)
            return -ENOTDIR;
        return lookup_in_tree(request, archive, node_index(request->node), FS_FOREVER);
    default:
        return -ENOTDIR;
    }
}

/* Whether the kernel may have cached the name, and be revalidating it. */
static int may_be_known(struct request *request)
{
    const struct file_name *file;

    if (request->node == NODE_ROOT)
        return tasks_know(&request->fs->tasks, request->name);
    if (request->identity && request->identity->kind == IDENTITY_LIVE)
        return live_knows(live_of(request->identity), node_index(request->node), request->name);
    if (!request->identity || request->identity->kind != IDENTITY_TASK)
        return 0;
    if (node_index(request->node) == FILE_LIVE)
        return task_live_knows(request_task(request), request->name);
    if (node_index(request->node) != FILE_TASK_DIR)
        return 0;
    file = file_find(request->name);
    return file && file->kind == FILE_KIND_TEXT &&
           task_has_text(request_task(request), (enum task_text)(file->index - FILE_TEXT_FIRST));
}

static struct repeated_call call_of(const struct request *request)
{
    return (struct repeated_call){
        .node = request->node, .caller = fuse_req_ctx(request->req)->pid, .name = request->name};
}

static void lookup_failed(struct request *request, int error)
{
    struct repeated_call call = call_of(request);

    if (error != -EINTR && error != -ENOMEM && error != -ENOENT && may_be_known(request))
        repeated_errors_expect(&request->fs->repeated_lookups, &call, request_errno(error),
                               clock_ms());
}

void fs_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct request *request;
    struct repeated_call call;
    int error;

    if (strlen(name) > NAME_MAX) {
        fuse_reply_err(req, ENAMETOOLONG);
        return;
    }
    request = request_new(req, parent, run_lookup);
    if (!request)
        return;
    strcpy(request->name, name);
    request->failed = lookup_failed;
    call = call_of(request);
    error = repeated_errors_take(&request->fs->repeated_lookups, &call, clock_ms());
    if (error)
        request_refuse(request, error);
    else
        request_start(request);
}
