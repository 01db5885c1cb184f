#include "fs/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fs/attr.h"

#define LISTED_SECONDS 1.0 /* that a name which was listed is not looked up again */

static void fill_attr(const struct fs *fs, struct live *live, const struct live_attr *attr,
                      struct stat *st)
{
    attr_live(fs, node_id(live_identity(live), attr->index), attr, st);
}

/*
 * Makes the size that is told of a file as large as it is known to be. The kernel keeps the last
 * page of a file as it was, with zeros behind the end; so the page has to go before it is told that
 * the file goes on there. Returns 0, OP_PENDING or -ENOMEM.
 */
static int settle_size(struct request *request, struct live *live, struct live_attr *attr)
{
    struct notify *notify = request->fs->notify;
    uint64_t node = node_id(live_identity(live), attr->index), len;
    int rc;

    if (attr->is_directory)
        return 0;
    if (live_size_grown(live, attr->index, &len)) {
        rc = notify_node(notify, node);
        if (rc)
            return rc;
        live_size_noticed(live, attr->index, len);
    }
    rc = notify_wait(notify, node, &request->op);
    if (rc)
        return rc;
    live_size_told(live, attr->index, len);
    attr->size = live_size(live, attr->index);
    return 0;
}

/* ---- names ---- */

static int reply_why(struct request *request)
{
    struct task *task = request_task(request);
    struct snapshot_file file = {.owner = task->identity.number, .index = FILE_LIVE_WHY};
    struct fuse_entry_param entry = {.attr_timeout = FS_FOREVER};
    BUF_SCOPED text = BUF_INIT(4096);
    struct snapshot *snapshot;
    int rc = task_live_why(task, &request->op, &text);

    if (rc)
        return rc;
    snapshot = snapshot_new(&request->fs->tasks.identities, &text, clock_wall_ns(), file);
    if (!snapshot)
        return -ENOMEM;
    entry.ino = node_id(&snapshot->identity, SNAPSHOT_INDEX);
    attr_snapshot(request->fs, snapshot, &entry.attr);
    request_reply_entry(request, &entry, &snapshot->identity);
    identity_unref(&snapshot->identity);
    return 0;
}

static int reply_name(struct request *request, struct live *live, uint32_t parent)
{
    struct fuse_entry_param entry = {.entry_timeout = 0};
    struct live_attr attr;
    int rc = live_lookup(live, parent, request->name, &request->op, &attr);

    if (!rc)
        rc = settle_size(request, live, &attr);
    if (rc)
        return rc;
    entry.ino = node_id(live_identity(live), attr.index);
    fill_attr(request->fs, live, &attr, &entry.attr);
    return request_reply_entry(request, &entry, live_identity(live));
}

int live_lookup_in_top(struct request *request)
{
    struct live *live;
    int rc;

    if (strcmp(request->name, LIVE_WHY_NAME) == 0)
        return reply_why(request);
    rc = task_live(request_task(request), &request->op, &live);
    if (rc)
        return rc == -ENODATA ? -ENOENT : rc;
    rc = reply_name(request, live, 0);
    live_unref(live);
    return rc;
}

int live_lookup_below(struct request *request)
{
    return reply_name(request, live_of(request->identity), node_index(request->node));
}

/* ---- files ---- */

int live_reply_attr(struct request *request)
{
    struct live *live = live_of(request->identity);
    struct live_attr attr;
    struct stat st;
    int rc = live_getattr(live, node_index(request->node), request->is_of_read,
                          fuse_req_ctx(request->req)->pid, &request->op, &attr);

    if (!rc)
        rc = settle_size(request, live, &attr);
    if (rc)
        return rc;
    fill_attr(request->fs, live, &attr, &st);
    return request_reply_attr(request, &st, 0);
}

int live_reply_read(struct request *request)
{
    char *bytes;
    size_t len;
    int rc = live_read(live_of(request->identity), node_index(request->node),
                       (uint64_t)request->offset, request->size, &request->op, &bytes, &len);

    if (rc)
        return rc;
    stats_add(request->fs->stats, STAT_BYTES_SERVED, len);
    request_reply_data(request, bytes, len);
    free(bytes);
    return 0;
}

/* ---- directories ---- */

int live_open_dir(struct request *request, struct live_dir *dir)
{
    int rc;

    *dir = (struct live_dir){.live = NULL};
    if (request->identity->kind == IDENTITY_TASK) {
        rc = task_live(request_task(request), &request->op, &dir->live);
        if (rc)
            return rc == -ENODATA ? 0 : rc;
    } else {
        dir->live = live_of(request->identity);
        identity_ref(request->identity);
        dir->index = node_index(request->node);
    }
    rc = live_list(dir->live, dir->index, &request->op, &dir->tree, &dir->place);
    if (rc) {
        live_unref(dir->live);
        dir->live = NULL;
    }
    return rc;
}

void live_close_dir(struct live_dir *dir)
{
    live_tree_unref(dir->tree);
    if (dir->live)
        live_unref(dir->live);
}

struct identity *live_fill_entry(const struct fs *fs, const struct live_dir *dir, uint32_t entry,
                                 pid_t caller, struct fuse_entry_param *param)
{
    struct live_attr attr;

    *param = (struct fuse_entry_param){.entry_timeout = LISTED_SECONDS};
    if (live_entry_attr(dir->live, dir->index, dir->tree, entry, caller, &attr)) {
        /* The name alone; readdir(3) takes a name without an inode number for a deleted one. */
        param->attr.st_mode = dir->tree->entries[entry].is_directory ? S_IFDIR : S_IFREG;
        param->attr.st_ino = NODE_DOT + 1;
        return NULL;
    }
    param->ino = node_id(live_identity(dir->live), attr.index);
    fill_attr(fs, dir->live, &attr, &param->attr);
    return live_identity(dir->live);
}
