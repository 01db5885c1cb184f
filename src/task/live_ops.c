/* What is done with live files: looking up names, reading, listing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "task/live_internal.h"

#define TREE_MS   3000  /* how old the names may be */
#define FOLLOW_MS 5000  /* who looks again within this time follows the file */
#define LOST_MS   60000 /* that readers of a known file are not told of a lost connection */
#define LISTED_MS 1200  /* after a listing, in which the kernel may open a name without a lookup */

static int64_t file_since(const struct live *live, const struct op *op)
{
    return op->started - live->tasks->config.ttl_ms;
}

/* ---- names; with the lock held ---- */

/* The names as of now. Borrowed. */
static int get_tree(struct live *live, struct op *op, struct live_tree **tree)
{
    int rc = live_question_get(&live->listing, op, op->started - TREE_MS);

    if (rc)
        return rc;
    *tree = live->tree;
    return *tree ? 0 : -EAGAIN;
}

/* The directory of this index in the tree: 0, -ENOENT, -ENOTDIR or -ESTALE. */
static int find_directory(struct live *live, const struct live_tree *tree, uint32_t index,
                          uint32_t *place)
{
    BUF_SCOPED path = BUF_INIT(TRACKER_PATH_MAX * 4);
    struct live_node *node = live_node_at(live, index);

    if (index && !node)
        return -ESTALE;
    if (node && !node->is_directory)
        return -ENOTDIR;
    if (node)
        live_node_path(live, node, &path);
    if (path.error)
        return path.error;
    *place = live_tree_resolve(tree, path.data ? path.data : "");
    return *place == LIVE_NONE || !tree->entries[*place].is_directory ? -ENOENT : 0;
}

/* ---- attributes; with the lock held ---- */

static void fill_attr(const struct live_node *node, struct live_attr *attr)
{
    const struct live_file *file = node->file;

    *attr = (struct live_attr){
        .index = node->index, .is_directory = node->is_directory, .is_unread = !node->is_old};
    if (node->is_old)
        attr->size = node->old_len;
    if (!file)
        return;
    attr->size = file->told;
    attr->is_unread = !file->is_known;
    if (!file->is_known && live_is_about_content(file->error)) {
        attr->size = LIVE_SIZE_ERROR;
        attr->is_unread = 0;
    }
    attr->mtime = file->mtime;
}

/* ---- operations ---- */

/* With the lock held. Of a file, its text is made as recent as it has to be. */
static int lookup_entry(struct live *live, uint32_t parent, const char *name, int is_directory,
                        struct op *op, struct live_attr *attr)
{
    struct live_node *node = live_node_get(live, parent, name, is_directory);
    struct live_file *file;
    int rc;

    if (!node)
        return -ENOMEM;
    if (!is_directory) {
        file = live_file_of(live, node);
        if (!file)
            return -ENOMEM;
        rc = live_file_refresh(file, op, file_since(live, op), 0, 1);
        if (rc && !live_is_about_content(rc))
            return rc;
        node = file->node; /* it may have been rewritten */
    }
    fill_attr(node, attr);
    return 0;
}

int live_lookup(struct live *live, uint32_t parent, const char *name, struct op *op,
                struct live_attr *attr)
{
    struct live_tree *tree;
    uint32_t directory, entry;
    int rc = live_check(live, op);

    if (rc)
        return rc;
    LOCKED(&live->lock);
    rc = get_tree(live, op, &tree);
    if (!rc)
        rc = find_directory(live, tree, parent, &directory);
    if (rc)
        return rc;
    entry = live_tree_find(tree, directory, name);
    if (entry == LIVE_NONE)
        return -ENOENT;
    return lookup_entry(live, parent, name, tree->entries[entry].is_directory, op, attr);
}

int live_knows(struct live *live, uint32_t parent, const char *name)
{
    LOCKED(&live->lock);
    return live_node_is_known(live, parent, name);
}

/*
 * Whether a failure to ask again is kept from readers of a file that is known. Whoever opens a name
 * that was just listed cannot be told from them: so there, what is shown must not be much older
 * than the listing.
 */
static int is_bearable(const struct live_file *file, const struct op *op, int error)
{
    if (!file->is_known || clock_ms() - file->known_at > LOST_MS)
        return 0;
    if (op->started - file->node->listed_at < LISTED_MS && op->started - file->known_at > FOLLOW_MS)
        return 0;
    return error == -ETIMEDOUT || error == -ECONNRESET || error == -EHOSTUNREACH || error == -EIO ||
           error == -EILSEQ; /* half a character at its end, as it is written */
}

/*
 * With the lock held. Whether a stat(2) of the file is worth asking the machine. Of a file that was
 * read, if it was looked at a moment ago: that is what following it is. Of one that was not, if
 * this is not the one look that whoever lists a directory has at each name: it is of somebody who
 * has opened the file, and may believe the size.
 */
static int is_worth_asking(struct live_node *node, pid_t caller, const struct op *op)
{
    int is_of_listing = node->is_listed && node->lister == caller;

    if (is_of_listing)
        node->is_listed = 0;
    if (node->file->is_known)
        return op->started - node->file->looked_at < FOLLOW_MS;
    return !is_of_listing;
}

/* With the lock held: brings what is known of a file up to date. */
static int follow(struct live *live, struct live_node *node, int is_of_read, pid_t caller,
                  struct op *op)
{
    struct live_file *file = live_file_of(live, node);
    int rc = 0;

    if (!file)
        return -ENOMEM;
    if (is_worth_asking(node, caller, op) || is_of_read)
        rc = live_file_refresh(file, op, file_since(live, op), 0, 0);
    file->looked_at = clock_ms();
    if (rc == OP_PENDING || !rc || is_bearable(file, op, rc))
        return rc == OP_PENDING ? rc : 0;
    return is_of_read || !live_is_about_content(rc) ? rc : 0;
}

int live_getattr(struct live *live, uint32_t index, int is_of_read, pid_t caller, struct op *op,
                 struct live_attr *attr)
{
    struct live_node *node;
    int rc = live_check(live, op);

    if (rc && !(rc == -ESTALE && is_of_read))
        return rc;
    LOCKED(&live->lock);
    node = live_node_at(live, index);
    if (!node || (node->is_old && !is_of_read))
        return -ESTALE;
    if (!rc && !node->is_directory && !node->is_old) {
        rc = follow(live, node, is_of_read, caller, op);
        if (rc)
            return rc;
        node = live_node_at(live, index);
        if (node->is_old && !is_of_read)
            return -ESTALE;
    }
    fill_attr(node, attr);
    return 0;
}

/* With the lock held. What is here is read as it is: whoever looks at the end asks whether there is
 * more. Returns -EAGAIN when it has to be asked for. */
static int copy_bytes(struct live_file *file, uint64_t offset, size_t size, char **bytes,
                      size_t *len)
{
    if (!file->is_known || file->text.is_dropped)
        return -EAGAIN;
    file->looked_at = clock_ms();
    live_texts_touch(&file->live->tasks->live_texts, file);
    if (offset >= file->text.len)
        return 0;
    *len = file->text.len - (size_t)offset < size ? file->text.len - (size_t)offset : size;
    *bytes = malloc(*len);
    if (!*bytes)
        return -ENOMEM;
    memcpy(*bytes, file->text.bytes.data + offset, *len);
    return 0;
}

/* With the lock held. The file of a node that may be read. 0 or a negative errno. */
static int find_file(struct live *live, uint32_t index, struct live_file **file)
{
    struct live_node *node = live_node_at(live, index);

    if (!node || node->is_old)
        return -ESTALE;
    if (node->is_directory)
        return -EISDIR;
    *file = live_file_of(live, node);
    return *file ? 0 : -ENOMEM;
}

static int read_known(struct live *live, uint32_t index, uint64_t offset, size_t size, char **bytes,
                      size_t *len)
{
    struct live_file *file;
    int rc;

    LOCKED(&live->lock);
    rc = find_file(live, index, &file);
    return rc ? rc : copy_bytes(file, offset, size, bytes, len);
}

int live_read(struct live *live, uint32_t index, uint64_t offset, size_t size, struct op *op,
              char **bytes, size_t *len)
{
    struct live_file *file;
    int rc;

    *bytes = NULL;
    *len = 0;
    rc = read_known(live, index, offset, size, bytes, len);
    if (rc != -EAGAIN)
        return rc;
    rc = live_check(live, op);
    if (rc)
        return rc;
    LOCKED(&live->lock);
    rc = find_file(live, index, &file);
    if (!rc)
        rc = live_file_refresh(file, op, file_since(live, op), 1, 0);
    if (!rc)
        rc = find_file(live, index, &file); /* it may have been rewritten */
    return rc ? rc : copy_bytes(file, offset, size, bytes, len);
}

int live_list(struct live *live, uint32_t directory, struct op *op, struct live_tree **tree,
              uint32_t *place)
{
    struct live_tree *found;
    int rc = live_check(live, op);

    if (rc)
        return rc;
    LOCKED(&live->lock);
    rc = get_tree(live, op, &found);
    if (!rc)
        rc = find_directory(live, found, directory, place);
    if (!rc)
        *tree = live_tree_ref(found);
    return rc;
}

int live_entry_attr(struct live *live, uint32_t parent, const struct live_tree *tree,
                    uint32_t entry, pid_t caller, struct live_attr *attr)
{
    struct live_node *node;

    LOCKED(&live->lock);
    node = live_node_get(live, parent, live_tree_name(tree, entry),
                         tree->entries[entry].is_directory);
    if (!node)
        return -ENOMEM;
    node->is_listed = 1;
    node->lister = caller;
    node->listed_at = clock_ms();
    fill_attr(node, attr);
    return 0;
}

/* ---- sizes ---- */

static struct live_file *file_at(struct live *live, uint32_t index)
{
    struct live_node *node = live_node_at(live, index);

    return node && !node->is_old ? node->file : NULL;
}

int live_size_grown(struct live *live, uint32_t index, uint64_t *len)
{
    struct live_file *file;

    LOCKED(&live->lock);
    *len = 0;
    file = file_at(live, index);
    if (!file)
        return 0;
    if (!file->told) /* the kernel has no page of an empty file */
        file->told = file->noticed = file->text.len;
    *len = file->noticed;
    if (file->text.len <= file->noticed)
        return 0;
    *len = file->text.len;
    return 1;
}

void live_size_noticed(struct live *live, uint32_t index, uint64_t len)
{
    struct live_file *file;

    LOCKED(&live->lock);
    file = file_at(live, index);
    if (file && len > file->noticed && len <= file->text.len)
        file->noticed = (size_t)len;
}

void live_size_told(struct live *live, uint32_t index, uint64_t len)
{
    struct live_file *file;

    LOCKED(&live->lock);
    file = file_at(live, index);
    if (file && len > file->told && len <= file->noticed)
        file->told = (size_t)len;
}

uint64_t live_size(struct live *live, uint32_t index)
{
    struct live_node *node;
    struct live_attr attr = {.size = 0};

    LOCKED(&live->lock);
    node = live_node_at(live, index);
    if (node)
        fill_attr(node, &attr);
    return attr.size;
}
