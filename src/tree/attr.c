#include "tree/attr.h"

#include <string.h>

/* In ns; the epoch, where ns cannot express the time. */
static int64_t entry_time(const struct zip_entry *entry)
{
    if (entry->time > INT64_MAX / 100 || entry->time < INT64_MIN / 100)
        return 0;
    return entry->time * 100;
}

void zip_node_attr(const struct zip_tree *tree, uint32_t node, const char *link,
                   struct zip_attr *attr)
{
    const struct zip_node *at = &tree->nodes[node];
    const struct zip_entry *entry = NULL;

    if (at->entry != ZIP_NONE)
        entry = &tree->dir->entries[at->entry];
    *attr = (struct zip_attr){.mode = S_IFDIR | 0755};
    if (entry) {
        attr->has_time = 1;
        attr->time = entry_time(entry);
    }
    if (at->flags & ZIP_NODE_DIRECTORY || !entry)
        return;
    if (link) {
        attr->mode = S_IFLNK | 0777;
        attr->size = strlen(link);
    } else {
        attr->mode = S_IFREG | (entry->flags & ZIP_ENTRY_EXECUTABLE ? 0755 : 0644);
        attr->size = entry->size;
    }
}
