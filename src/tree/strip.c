#include "tree/strip.h"

#include <string.h>

#include "tree/names.h"
#include "zip/names.h"

/* Whether `name` is the directory `strip` or lies below it; *rest is where the rest of it
 * begins. */
static int is_below(const char *name, size_t len, int is_directory, const char *strip,
                    size_t strip_len, size_t *rest)
{
    if (len < strip_len || memcmp(name, strip, strip_len) != 0)
        return 0;
    if (len == strip_len) {
        *rest = len;
        return is_directory;
    }
    *rest = strip_len + 1;
    return name[strip_len] == '/';
}

int zip_tree_strip_shows(const struct zip_tree *tree, const struct zip_entry *entry, size_t *rest)
{
    *rest = 0;
    if (entry->problem != ZIP_OK && entry->problem <= ZIP_NAME_LAST_HIDDEN)
        return 0;
    if (tree->strip_len == 0)
        return 1;
    return is_below(zip_entry_name(tree->dir, entry), entry->name_len,
                    entry->flags & ZIP_ENTRY_DIRECTORY, tree->extra, tree->strip_len, rest);
}

/* Names that are not shown count too: they tell the layout of the archive as well as others. */
int zip_tree_strip_decide(struct zip_tree *tree, const char *strip)
{
    const struct zip_directory *dir = tree->dir;
    size_t len = strip ? strlen(strip) : 0, rest;
    uint32_t offset;

    if (len == 0 || len > ZIP_PART_MAX)
        return 0;
    for (uint32_t i = 0; i < dir->count; i++) {
        const struct zip_entry *entry = &dir->entries[i];

        if (!is_below(zip_entry_name(dir, entry), entry->name_len,
                      entry->flags & ZIP_ENTRY_DIRECTORY, strip, len, &rest))
            continue;
        tree->strip_len = (uint32_t)len;
        return zip_tree_add_name(tree, strip, len, &offset);
    }
    return 0;
}
