/* How much of an archive is on disk. */
#include "archive/internal.h"
#include "zip/local_header.h"

#define SLACK 64u /* bytes: of a local extra field, and a descriptor behind the data */

int archive_is_kept(struct archive *archive)
{
    return object_is_kept(archive->object);
}

uint64_t archive_kept_bytes(struct archive *archive, uint64_t from, uint64_t to)
{
    return object_kept_bytes(archive->object, from, to);
}

/* Where the bytes of an entry end, as far as is known without its local header. */
static uint64_t entry_end(const struct zip_directory *dir, uint32_t index)
{
    const struct zip_entry *entry = &dir->entries[index];
    uint64_t limit = zip_entry_limit(dir, index), end = entry->header_offset;
    uint64_t most = (uint64_t)ZIP_LOCAL_HEADER_SIZE + entry->local_name_len + SLACK;

    if (end > limit || entry->compressed_size > limit - end)
        return limit;
    end += entry->compressed_size;
    return most < limit - end ? end + most : limit;
}

static void add_file(struct archive *archive, const struct zip_node *node, uint64_t *here,
                     uint64_t *all)
{
    uint64_t from, to;

    if (node->flags & ZIP_NODE_DIRECTORY || node->entry == ZIP_NONE)
        return;
    from = archive->dir.entries[node->entry].header_offset;
    to = entry_end(&archive->dir, node->entry);
    if (to <= from)
        return;
    *all += to - from;
    *here += archive_kept_bytes(archive, from, to);
}

/* The node after `at` in a walk of what is below `top`; `top` at the end. */
static uint32_t next_below(const struct zip_tree *tree, uint32_t top, uint32_t at)
{
    if (tree->nodes[at].first != ZIP_NONE)
        return tree->nodes[at].first;
    while (at != top && tree->nodes[at].next == ZIP_NONE)
        at = tree->nodes[at].parent;
    return at == top ? top : tree->nodes[at].next;
}

void archive_kept_tree(struct archive *archive, uint32_t node, uint64_t *here, uint64_t *all)
{
    const struct zip_tree *tree = &archive->tree;
    uint32_t at = node;

    *here = *all = 0;
    do {
        add_file(archive, &tree->nodes[at], here, all);
        at = next_below(tree, node, at);
    } while (at != node);
}
