/* Has the kernel invalidate what it caches of a task, as the tasks ask for it (task/observer.h). */
#include <string.h>

#include "base/list.h"
#include "fs/fs.h"

#define STALE_NAMES_MAX 10000u /* names of one archive that are invalidated at once */

static struct notify *notify_of(struct task_observer *observer)
{
    return container_of(observer, struct fs, observer)->notify;
}

static uint64_t task_directory(const struct task *task)
{
    return node_id(&task->identity, FILE_TASK_DIR);
}

static int on_names_changed(struct task_observer *observer, struct task *task)
{
    int rc = 0;

    for (const struct file_name *file = file_names; file->name && !rc; file++)
        rc = notify_name(notify_of(observer), task_directory(task), file->name);
    return rc;
}

static int await_names(struct task_observer *observer, struct task *task, struct op *op)
{
    return notify_wait(notify_of(observer), task_directory(task), op);
}

/* Has the kernel look up the task's files that show this archive: the file, and with `tree` the
 * directory too, with which it forgets all that it knows below. */
static void drop_entrances(struct notify *notify, uint64_t directory, enum archive_kind kind,
                           int tree)
{
    for (const struct file_name *file = file_names; file->name; file++)
        if (((file->kind == FILE_KIND_TREE && tree) || file->kind == FILE_KIND_ZIP) &&
            file->archive == kind)
            notify_name(notify, directory, file->name);
}

static void on_archive_unused(struct task_observer *observer, struct task *task,
                              enum archive_kind kind)
{
    drop_entrances(notify_of(observer), task_directory(task), kind, 1);
}

/* The names in the top directory are invalidated one by one, so that the directory stays for a
 * shell that stands in it; if they are very many, the directory itself is. */
static void drop_top_names(struct notify *notify, struct archive *archive, enum archive_kind kind)
{
    const struct zip_tree *tree = archive_tree(archive);
    uint64_t top = node_at(archive_owner(archive), archive_top(archive));
    uint32_t node = tree->nodes[ZIP_ROOT].first;

    for (unsigned count = 0; node != ZIP_NONE && count < STALE_NAMES_MAX; count++) {
        const struct zip_node *at = &tree->nodes[node];
        char name[ZIP_NODE_NAME_SIZE];

        zip_node_copy_name(tree, at, name);
        notify_name(notify, top, name);
        node = at->next;
    }
    if (node != ZIP_NONE)
        drop_entrances(notify, node_at(archive_owner(archive), FILE_TASK_DIR), kind, 1);
}

static void on_archive_stale(struct task_observer *observer, struct archive *archive)
{
    struct notify *notify = notify_of(observer);
    enum archive_kind kind = archive_top(archive) == FILE_OUTPUTS ? ARCHIVE_OUTPUT : ARCHIVE_INPUT;
    int is_loaded;

    if (!archive_claim_stale_notice(archive, &is_loaded))
        return;
    drop_entrances(notify, node_at(archive_owner(archive), FILE_TASK_DIR), kind, 0);
    if (is_loaded)
        drop_top_names(notify, archive, kind);
    archive_end_stale_notice(archive);
}

void fs_observe_tasks(struct fs *fs)
{
    fs->observer = (struct task_observer){.on_names_changed = on_names_changed,
                                          .await_names = await_names,
                                          .on_archive_unused = on_archive_unused,
                                          .on_archive_stale = on_archive_stale};
}
