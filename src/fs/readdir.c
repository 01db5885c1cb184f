/*
 * Reading directories. An offset names the entry that follows: 0 is ".", 1 is "..", then FIRST + i.
 * In the tree of an archive, whose children are a linked list, it is FIRST + the child's node, so
 * that reading a directory of any size continues anywhere at no cost.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/attr.h"
#include "fs/dot_files.h"
#include "fs/live.h"
#include "fs/ops.h"
#include "fs/request.h"

#define FIRST ((off_t)2)
#define LAST  (FIRST + (off_t)ZIP_NONE)

/* What opendir keeps. */
struct open_dir {
    int is_final; /* no other version of the archive is expected */
    struct handle handle;
    struct fs *fs;
    struct task_list *list;  /* of the root */
    struct archive *archive; /* of outputs/ and inputs/; NULL: none, the directory is empty */
    struct live_dir live;    /* of live/ and below it */
};

static int is_top(const struct request *request)
{
    return request->identity && request->identity->kind == IDENTITY_TASK &&
           (node_index(request->node) == FILE_OUTPUTS || node_index(request->node) == FILE_INPUTS);
}

static int is_live(const struct identity *identity, uint64_t node)
{
    return identity && (identity->kind == IDENTITY_LIVE ||
                        (identity->kind == IDENTITY_TASK && node_index(node) == FILE_LIVE));
}

static int open_top(struct request *request, struct archive **archive, int *is_final)
{
    struct task *task = request_task(request);
    enum archive_kind kind = node_index(request->node) == FILE_OUTPUTS ? ARCHIVE_OUTPUT
                                                                       : ARCHIVE_INPUT;
    int rc = task_archive(task, kind, tasks_since(task->tasks, &request->op), &request->op, archive,
                          is_final);

    if (rc == -ENOENT) {
        *archive = NULL;
        return task_is_gone(task) ? -ENOENT : 0;
    }
    if (rc)
        return rc;
    rc = archive_load(*archive, &request->op);
    if (rc) {
        archive_unref(*archive);
        return rc;
    }
    return 0;
}

static void close_dir(struct handle *handle)
{
    struct open_dir *dir = container_of(handle, struct open_dir, handle);

    if (dir->list)
        tasks_list_unref(&dir->fs->tasks, dir->list);
    if (dir->archive)
        archive_unref(dir->archive);
    live_close_dir(&dir->live);
    free(dir);
}

static int run_opendir(struct request *request)
{
    struct open_dir *dir = calloc(1, sizeof(*dir));
    int rc = 0;

    if (!dir)
        return -ENOMEM;
    if (request->node == NODE_ROOT)
        rc = tasks_list(&request->fs->tasks, &request->op, &dir->list);
    else if (is_top(request))
        rc = open_top(request, &dir->archive, &dir->is_final);
    else if (is_live(request->identity, request->node))
        rc = live_open_dir(request, &dir->live);
    else if (request->identity && request->identity->kind == IDENTITY_ARCHIVE &&
             archive_is_stale(request_archive(request)))
        rc = -ESTALE;
    if (rc) {
        free(dir);
        return rc;
    }
    dir->fs = request->fs;
    dir->handle.close = close_dir;
    handle_open(&dir->fs->handles, &dir->handle);
    request->fi.fh = (uintptr_t)dir;
    if (request_reply_open(request)) /* on success it may have been released by now */
        handle_close(&request->fs->handles, &dir->handle);
    return 0;
}

void fs_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
    struct request *request = request_new(req, node, run_opendir);

    if (!request)
        return;
    request->fi = *fi;
    request_start(request);
}

void fs_releasedir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
    struct open_dir *dir = (struct open_dir *)(uintptr_t)fi->fh;

    (void)node;
    handle_close(&dir->fs->handles, &dir->handle);
    fuse_reply_err(req, 0);
}

/* A reply that is being filled. */
struct filler {
    fuse_req_t req;
    struct fs *fs;
    char *data;
    size_t used, size;
    int is_plus;
};

/* Adds an entry; `next` is the offset of the entry after it. Returns 0 when there is no room. With
 * `entry.ino` 0 only name and type are given. */
static int add_entry(struct filler *filler, const char *name, const struct fuse_entry_param *entry,
                     off_t next)
{
    size_t left = filler->size - filler->used;
    size_t need = filler->is_plus ? fuse_add_direntry_plus(filler->req, filler->data + filler->used,
                                                           left, name, entry, next)
                                  : fuse_add_direntry(filler->req, filler->data + filler->used,
                                                      left, name, &entry->attr, next);

    if (need > left)
        return 0;
    filler->used += need;
    return 1;
}

static int add_bare(struct filler *filler, const char *name, uint64_t ino, mode_t type, off_t next)
{
    struct fuse_entry_param entry = {.ino = 0};

    entry.attr.st_ino = ino;
    entry.attr.st_mode = type;
    return add_entry(filler, name, &entry, next);
}

/* Adds "." and "..", unless `offset` is behind them. Returns 0 when there is no room. */
static int add_dots(struct filler *filler, uint64_t ino, off_t offset)
{
    if (offset == 0 && !add_bare(filler, ".", ino, S_IFDIR, 1))
        return 0;
    return offset > 1 || add_bare(filler, "..", NODE_ROOT, S_IFDIR, FIRST);
}

static int add_task(struct filler *filler, struct task *task, const char *name, uint32_t index,
                    off_t next)
{
    struct task_state *state = task_peek(task);
    struct fuse_entry_param entry = {.ino = node_id(&task->identity, index),
                                     .entry_timeout = FS_TASK_SECONDS};
    int is_added;

    if (state && state->summary->is_terminated)
        entry.attr_timeout = FS_TASK_SECONDS;
    attr_task(filler->fs, task, index, state, &entry.attr);
    task_state_unref(state);
    is_added = add_entry(filler, name, &entry, next);
    if (is_added && filler->is_plus)
        identity_add_lookups(&task->identity, 1);
    return is_added;
}

static void fill_root(struct filler *filler, const struct task_list *list, off_t offset)
{
    for (size_t i = (size_t)(offset - FIRST); i < list->count; i++)
        if (!add_task(filler, list->tasks[i], list->tasks[i]->id, FILE_TASK_DIR,
                      FIRST + (off_t)i + 1))
            return;
}

static void fill_dot(struct filler *filler, off_t offset)
{
    for (off_t i = offset - FIRST; i >= 0 && i < 3 && dot_names[i]; i++)
        if (!add_bare(filler, dot_names[i], NODE_DOT + 1 + (uint64_t)i, S_IFREG, FIRST + i + 1))
            return;
}

static void fill_task(struct filler *filler, struct task *task, off_t offset)
{
    off_t position = FIRST;

    for (const struct file_name *file = file_names; file->name; file++) {
        int has_room;

        if (!file->is_listed || position++ < offset)
            continue;
        /* The attributes of a text can cost requests, and each lookup of ctl is another inode:
         * these are left to lookups. */
        if (file->kind == FILE_KIND_TEXT || file->kind == FILE_KIND_CTL)
            has_room = add_bare(filler, file->name, node_id(&task->identity, file->index), S_IFREG,
                                position);
        else
            has_room = add_task(filler, task, file->name, file->index, position);
        if (!has_room)
            return;
    }
}

static int add_tree_node(struct filler *filler, struct archive *archive, uint32_t node,
                         double seconds, off_t next)
{
    const struct zip_tree *tree = archive_tree(archive);
    const struct zip_node *at = &tree->nodes[node];
    uint32_t index = archive_index_of(archive, node);
    struct fuse_entry_param entry = {.attr_timeout = attr_tree_seconds(archive, index),
                                     .entry_timeout = seconds};
    char name[ZIP_NODE_NAME_SIZE];

    zip_node_copy_name(tree, at, name);
    attr_tree(filler->fs, archive, index, NULL, &entry.attr);
    /* Whether it is shown as a link depends on its content: that is left to a lookup. */
    if (at->entry != ZIP_NONE && tree->dir->entries[at->entry].flags & ZIP_ENTRY_SYMLINK)
        entry.attr.st_mode = 0;
    else
        entry.ino = node_id(archive_identity(archive), index);
    return add_entry(filler, name, &entry, next) ? entry.ino ? 2 : 1 : 0;
}

static void fill_tree(struct filler *filler, struct archive *archive, uint32_t parent,
                      double seconds, off_t offset)
{
    const struct zip_tree *tree = archive_tree(archive);
    uint32_t node = offset == FIRST ? tree->nodes[parent].first : (uint32_t)(offset - FIRST);
    uint64_t given = 0;

    while (offset < LAST && node < tree->count && node != ZIP_ROOT &&
           tree->nodes[node].parent == parent) {
        uint32_t next = tree->nodes[node].next;
        int added = add_tree_node(filler, archive, node, seconds, FIRST + (off_t)next);

        if (!added)
            break;
        given += added == 2;
        node = next;
    }
    if (filler->is_plus && given)
        identity_add_lookups(archive_identity(archive), given);
}

/* live/ and what is below it. An empty live/ has .why, and nothing else. */
static void fill_live(struct filler *filler, const struct live_dir *dir, off_t offset)
{
    uint32_t entry = offset == FIRST ? LIVE_NONE : (uint32_t)(offset - FIRST);
    pid_t caller = fuse_req_ctx(filler->req)->pid;

    if (!dir->live) {
        if (offset == FIRST)
            add_bare(filler, LIVE_WHY_NAME, NODE_DOT + 1, S_IFREG, LAST);
        return;
    }
    if (offset == FIRST)
        entry = dir->tree->entries[dir->place].first;
    while (offset < LAST && entry != LIVE_NONE) {
        uint32_t next = dir->tree->entries[entry].next;
        struct fuse_entry_param param;
        struct identity *identity = live_fill_entry(filler->fs, dir, entry, caller, &param);

        if (!add_entry(filler, live_tree_name(dir->tree, entry), &param, FIRST + (off_t)next))
            return;
        if (identity && filler->is_plus)
            identity_add_lookups(identity, 1);
        entry = next;
    }
}

/* Its reader has taken over the entries that it was given before, and may be about to read them. */
static void note_reader(struct identity *identity, const struct open_dir *dir, off_t offset)
{
    struct archive *archive = identity && identity->kind == IDENTITY_ARCHIVE ? archive_of(identity)
                                                                             : dir->archive;

    if (archive && offset > FIRST)
        archive_push_listed(archive);
}

static void fill_directory(struct filler *filler, struct identity *identity, uint64_t node,
                           const struct open_dir *dir, off_t offset)
{
    if (offset < FIRST) {
        if (!add_dots(filler, node, offset))
            return;
        offset = FIRST;
    }
    if (node == NODE_ROOT)
        fill_root(filler, dir->list, offset);
    else if (node == NODE_DOT)
        fill_dot(filler, offset);
    else if (is_live(identity, node))
        fill_live(filler, &dir->live, offset);
    else if (identity->kind == IDENTITY_ARCHIVE)
        fill_tree(filler, archive_of(identity), node_index(node), FS_FOREVER, offset);
    else if (node_index(node) == FILE_TASK_DIR)
        fill_task(filler, task_of(identity), offset);
    else if (dir->archive)
        fill_tree(filler, dir->archive, ZIP_ROOT, dir->is_final ? FS_FOREVER : 0, offset);
}

static void read_dir(fuse_req_t req, uint64_t node, size_t size, off_t offset, int is_plus,
                     const struct fuse_file_info *fi)
{
    struct fs *fs = fuse_req_userdata(req);
    struct filler filler = {
        .req = req, .fs = fs, .data = malloc(size), .size = size, .is_plus = is_plus};
    struct identity *identity = identities_find(&fs->tasks.identities, node_number(node));

    if (!filler.data) {
        fuse_reply_err(req, ENOMEM);
    } else if (!identity && node != NODE_ROOT && node != NODE_DOT) {
        fuse_reply_err(req, ESTALE);
    } else {
        note_reader(identity, (struct open_dir *)(uintptr_t)fi->fh, offset);
        fill_directory(&filler, identity, node, (struct open_dir *)(uintptr_t)fi->fh, offset);
        fuse_reply_buf(req, filler.data, filler.used);
    }
    if (identity)
        identity_unref(identity);
    free(filler.data);
}

void fs_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
                struct fuse_file_info *fi)
{
    read_dir(req, node, size, offset, 0, fi);
}

void fs_readdirplus(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
                    struct fuse_file_info *fi)
{
    read_dir(req, node, size, offset, 1, fi);
}
