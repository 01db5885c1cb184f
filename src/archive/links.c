/* The symbolic links of an archive: which of them are shown as links, and their targets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "archive/internal.h"
#include "base/lock.h"

#define LINK_MAX 4095u /* bytes of a link's target */

static struct link_target *known_link(struct archive *archive, uint32_t node)
{
    struct link_target *link = archive->links[node % MEMBER_BUCKETS];

    while (link && link->node != node)
        link = link->chain;
    return link;
}

/* Reads the member's text. Returns 0 with `out` NUL-terminated, OP_PENDING or an error. */
static int read_link_text(struct archive *archive, uint32_t node, size_t len, char *out,
                          struct op *op)
{
    struct zip_read read = {.count = 0};
    struct zip_member *member;
    int rc = archive_entry_open(archive, archive->tree.nodes[node].entry, &member);

    if (rc)
        return rc;
    rc = zip_member_read(member, 0, len, SOURCE_SEQUENTIAL, &read, op);
    if (!rc && read.len == len) {
        size_t at = 0;

        for (unsigned i = 0; i < read.count; i++) {
            memcpy(out + at, read.parts[i].data, read.parts[i].len);
            at += read.parts[i].len;
        }
        out[len] = '\0';
    }
    zip_read_release(&archive->shared, &read);
    archive_member_close(archive, member);
    return rc;
}

static int remember_link(struct archive *archive, uint32_t node, const char *text,
                         const char **target)
{
    struct link_target *link = calloc(1, sizeof(*link)), *known;

    if (!link)
        return -ENOMEM;
    link->node = node;
    if (text && !(link->target = strdup(text))) {
        free(link);
        return -ENOMEM;
    }
    LOCKED(&archive->lock);
    known = known_link(archive, node);
    if (known) {
        free(link->target);
        free(link);
        link = known;
    } else {
        link->chain = archive->links[node % MEMBER_BUCKETS];
        archive->links[node % MEMBER_BUCKETS] = link;
    }
    *target = link->target;
    return 0;
}

int archive_link(struct archive *archive, uint32_t node, const char **target, struct op *op)
{
    uint32_t index = archive->tree.nodes[node].entry;
    const struct zip_entry *entry;
    struct link_target *known;
    char text[LINK_MAX + 1];
    int rc, is_link;

    *target = NULL;
    if (index == ZIP_NONE || archive->tree.nodes[node].flags & ZIP_NODE_DIRECTORY)
        return 0;
    entry = &archive->dir.entries[index];
    if (!(entry->flags & ZIP_ENTRY_SYMLINK) || !entry->size || entry->size > LINK_MAX)
        return 0;
    pthread_mutex_lock(&archive->lock);
    known = known_link(archive, node);
    pthread_mutex_unlock(&archive->lock);
    if (known) {
        *target = known->target;
        return 0;
    }
    rc = read_link_text(archive, node, (size_t)entry->size, text, op);
    if (rc == OP_PENDING || rc == -ENOMEM || rc == -ESTALE)
        return rc;
    is_link = !rc && zip_link_stays_inside(&archive->tree, node, text, (size_t)entry->size);
    return remember_link(archive, node, is_link ? text : NULL, target);
}

void archive_free_links(struct archive *archive)
{
    for (unsigned i = 0; i < MEMBER_BUCKETS; i++) {
        struct link_target *link = archive->links[i];

        while (link) {
            struct link_target *next = link->chain;

            free(link->target);
            free(link);
            link = next;
        }
    }
}
