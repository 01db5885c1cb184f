#include "fs/attr.h"

#include <string.h>

#include "base/clock.h"
#include "task/kept.h"
#include "tree/attr.h"

#define BLOCK_SIZE (128 * 1024) /* st_blksize: what programs should read at once */

static void fill(const struct fs *fs, uint64_t ino, mode_t mode, uint64_t size, int64_t time,
                 struct stat *st)
{
    memset(st, 0, sizeof(*st));
    st->st_ino = ino;
    st->st_mode = S_ISLNK(mode) ? mode : mode & ~fs->config.umask;
    st->st_nlink = 1; /* of a directory too: "not counted" */
    st->st_uid = fs->config.uid;
    st->st_gid = fs->config.gid;
    st->st_size = size > INT64_MAX ? INT64_MAX : (off_t)size;
    st->st_blksize = BLOCK_SIZE;
    st->st_blocks = (blkcnt_t)(size / 512 + (size % 512 != 0));
    st->st_mtim = st->st_ctim = st->st_atim = clock_timespec(time);
}

void attr_fixed(const struct fs *fs, uint64_t node, struct stat *st)
{
    fill(fs, node, S_IFDIR | 0755, 0, fs->mounted_at, st);
}

void attr_task(const struct fs *fs, const struct task *task, uint32_t index,
               const struct task_state *state, struct stat *st)
{
    int64_t time = state ? task_state_time(state) : 0;

    if (index == FILE_CTL)
        fill(fs, node_id(&task->identity, index), S_IFREG | 0644, strlen(ctl_help), time, st);
    else
        fill(fs, node_id(&task->identity, index), S_IFDIR | 0755, 0, time, st);
}

/*
 * A new version is a new inode, so that `tail -F` takes it for a file that was replaced, and
 * follows it. computation_time keeps its inode: it ticks, and cp gives up on a file whose inode
 * changes between stat(2) and open(2).
 */
static uint64_t snapshot_ino(const struct snapshot *snapshot)
{
    if (!snapshot->file.owner || snapshot->file.index == FILE_TEXT_FIRST + TEXT_COMPUTATION_TIME)
        return node_at(snapshot->file.owner, snapshot->file.index);
    return node_id(&snapshot->identity, SNAPSHOT_INDEX);
}

void attr_snapshot(const struct fs *fs, const struct snapshot *snapshot, struct stat *st)
{
    fill(fs, snapshot_ino(snapshot), S_IFREG | 0444, snapshot->len, snapshot->mtime, st);
}

void attr_tree(const struct fs *fs, struct archive *archive, uint32_t index, const char *link,
               struct stat *st)
{
    const struct zip_tree *tree = archive_tree(archive);
    uint32_t node = archive_node_of(archive, index);
    const struct zip_entry *entry;
    struct zip_attr attr;
    uint64_t bytes;

    zip_node_attr(tree, node, link, &attr);
    fill(fs, node_id(archive_identity(archive), index), attr.mode, attr.size,
         attr.has_time ? attr.time : fs->mounted_at, st);
    if (!S_ISREG(attr.mode))
        return;
    entry = &tree->dir->entries[tree->nodes[node].entry];
    bytes = entry->compressed_size;
    if (kept_is_offline(&fs->tasks)) { /* what can be read */
        uint64_t all, here;

        archive_kept_tree(archive, node, &here, &all);
        if (here < all)
            bytes = here;
    }
    st->st_blocks = (blkcnt_t)(bytes / 512 + (bytes % 512 != 0));
    if (entry->size && entry->compressed_size == bytes && !st->st_blocks)
        st->st_blocks = 1;
    if (!entry->size)
        st->st_blocks = 0;
}

double attr_tree_seconds(struct archive *archive, uint32_t index)
{
    const struct zip_tree *tree = archive_tree(archive);
    const struct zip_node *at = &tree->nodes[archive_node_of(archive, index)];

    if (at->flags & ZIP_NODE_DIRECTORY || tree->dir->entries[at->entry].size)
        return FS_FOREVER;
    return archive_can_read(archive, index) ? 0 : FS_FOREVER;
}

/* GNU tar does not even open a file of size 0 that everybody may read. It has to open one whose
 * size is not known yet, to be told. */
static mode_t live_mode(const struct live_attr *attr)
{
    if (attr->is_directory)
        return S_IFDIR | 0755;
    return S_IFREG | (attr->is_unread ? 0640 : 0644);
}

void attr_live(const struct fs *fs, uint64_t node, const struct live_attr *attr, struct stat *st)
{
    fill(fs, node, live_mode(attr), attr->size, attr->mtime ? attr->mtime : fs->mounted_at, st);
}

void attr_zip(const struct fs *fs, struct archive *archive, struct stat *st)
{
    fill(fs, node_id(archive_identity(archive), ARCHIVE_FILE), S_IFREG | 0644,
         archive_source(archive)->size, fs->mounted_at, st);
}
