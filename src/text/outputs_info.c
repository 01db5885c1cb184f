/* outputs_info: the table of contents of an archive, as its tree shows it. */
#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "text/parts.h"
#include "text/text.h"

#define SIZE_COLUMN      10
#define HIDDEN_NAME_MAX  4096       /* bytes printed of a name that can't be shown */
#define ESCAPED_PATH_MAX (4 * 8192) /* a path in the tree, every byte escaped */

/* Right-aligned, and the space before the next column. */
static void put_size_column(struct buf *out, uint64_t bytes)
{
    static const char blanks[SIZE_COLUMN + 1] = "          ";
    char text[32];
    size_t len;

    text_size(bytes, text, sizeof(text));
    len = strlen(text);
    if (len < SIZE_COLUMN)
        buf_append(out, blanks, SIZE_COLUMN - len);
    buf_append(out, text, len);
    buf_puts(out, "  ");
}

static void put_name(struct buf *out, const struct zip_tree *tree, const struct zip_node *node)
{
    escape_append(out, zip_node_name(tree, node), node->name_len, ESCAPE_BACKSLASH);
}

/* The line of a file, or of a directory that is empty and in the archive itself. `path` is the
 * escaped path of its parent, "" or with a '/' at its end. */
static void put_member(struct buf *out, const struct zip_tree *tree, const struct zip_node *node,
                       const struct buf *path)
{
    const struct zip_entry *entry;

    if (node->entry == ZIP_NONE || node->first != ZIP_NONE)
        return;
    entry = &tree->dir->entries[node->entry];
    put_size_column(out, entry->size);
    put_size_column(out, entry->compressed_size);
    buf_append(out, path->data, path->len);
    put_name(out, tree, node);
    buf_puts(out, node->flags & ZIP_NODE_DIRECTORY ? "/\n" : "\n");
}

/* Takes the last part off a path that ends in '/'. */
static void path_up(struct buf *path)
{
    path->len--;
    while (path->len && path->data[path->len - 1] != '/')
        path->len--;
}

/* Depth first, without recursion: the archive says how deep it goes. */
static void put_members(struct buf *out, const struct zip_tree *tree)
{
    BUF_SCOPED path = BUF_INIT(ESCAPED_PATH_MAX); /* of the ancestors of `at`, escaped */
    const struct zip_node *nodes = tree->nodes;
    uint32_t at = nodes[ZIP_ROOT].first;

    while (at != ZIP_NONE && !out->error) {
        put_member(out, tree, &nodes[at], &path);
        if (nodes[at].first != ZIP_NONE) {
            put_name(&path, tree, &nodes[at]);
            buf_putc(&path, '/');
            if (path.error) /* then `path` is incomplete */
                out->error = path.error;
            at = nodes[at].first;
            continue;
        }
        while (at != ZIP_ROOT && nodes[at].next == ZIP_NONE) {
            at = nodes[at].parent;
            if (at != ZIP_ROOT)
                path_up(&path);
        }
        at = at == ZIP_ROOT ? ZIP_NONE : nodes[at].next;
    }
}

/* Lists the members whose problem is from `first` to `last`, below a heading, if there are any.
 * Those that can't be read are listed only if the tree shows them. */
static void put_problems(struct buf *out, const struct zip_tree *tree, const char *heading,
                         enum zip_problem first, enum zip_problem last)
{
    const struct zip_directory *dir = tree->dir;
    int any = 0;

    for (uint32_t i = 0; i < dir->count && !out->error; i++) {
        const struct zip_entry *entry = &dir->entries[i];
        size_t len = entry->name_len;

        if (entry->problem < first || entry->problem > last ||
            (entry->problem > ZIP_NAME_LAST_HIDDEN && !zip_tree_shows(tree, i)))
            continue;
        if (!any)
            buf_printf(out, "\n%s:\n", heading);
        buf_puts(out, "  ");
        any = 1;
        if (!len)
            buf_puts(out, "\"\"");
        escape_append(out, zip_entry_name(dir, entry),
                      len < HIDDEN_NAME_MAX ? len : HIDDEN_NAME_MAX, ESCAPE_BACKSLASH);
        if (len > HIDDEN_NAME_MAX)
            buf_puts(out, "...");
        buf_printf(out, ": %s\n", zip_problem_text((enum zip_problem)entry->problem));
    }
}

void text_outputs_info(const struct zip_tree *tree, uint64_t archive_size, struct buf *out)
{
    buf_puts(out, "Archive size: ");
    text_put_size(out, archive_size);
    buf_printf(out, "\nFiles: %" PRIu32 " (", tree->count - tree->directories);
    text_put_size(out, tree->total_size);
    buf_puts(out, ", ");
    text_put_size(out, tree->total_compressed);
    buf_puts(out, " compressed)\n\nContents:\n");
    buf_printf(out, "%*s  %*s  Name\n", SIZE_COLUMN, "Size", SIZE_COLUMN, "Compressed");
    put_members(out, tree);
    put_problems(out, tree, "Not shown", ZIP_OK + 1, ZIP_NAME_LAST_HIDDEN);
    put_problems(out, tree, "Cannot be read", ZIP_NAME_LAST_HIDDEN + 1, ZIP_PROBLEM_LAST);
}
