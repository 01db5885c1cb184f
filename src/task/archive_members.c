/* The members of an archive that are open, and where its symbolic links lead. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "task/archive_internal.h"

#define LINK_MAX 4095u /* bytes of a link's target */

/* ---- members ---- */

static struct open_member **find_open(struct archive *archive, uint32_t entry)
{
    struct open_member **at = &archive->members[entry % MEMBER_BUCKETS];

    while (*at && (*at)->entry != entry)
        at = &(*at)->chain;
    return at;
}

static size_t memory_of(const struct open_member *open)
{
    return sizeof(*open) + zip_member_record_memory(&open->record);
}

/* With the lock held: keeps what is remembered of the member that is closed, for its next opening. */
static void keep_record(struct archive *archive, struct open_member *open)
{
    if (!zip_member_take_record(open->member, &open->record))
        return;
    archive->charged += memory_of(open);
    cache_charge(archive->shared.cache, memory_of(open));
}

static void give_record(struct archive *archive, struct open_member *open)
{
    if (zip_member_record_is_empty(&open->record))
        return;
    archive->charged -= memory_of(open);
    cache_discharge(archive->shared.cache, memory_of(open));
    zip_member_give_record(open->member, &open->record);
}

/* With the lock held: a member that nobody has open is let go of, unless something must be remembered
 * of it. */
static void drop_unused(struct archive *archive, struct open_member **slot)
{
    struct open_member *open = *slot;

    if (open->opens)
        return;
    if (open->member && zip_member_is_damaged(open->member))
        open->is_suspect = 1;
    if (open->member) {
        keep_record(archive, open);
        zip_member_unref(open->member);
    }
    open->member = NULL;
    if (open->is_suspect || !zip_member_record_is_empty(&open->record))
        return;
    *slot = open->chain;
    free(open);
}

/* With the lock held: the slot's member afresh, if nobody has it or it was found damaged. */
static int renew_member(struct archive *archive, struct open_member *open)
{
    struct zip_member *old = open->member;
    int rc;

    if (old && !zip_member_is_damaged(old))
        return 0;
    rc = zip_member_open(&archive->shared, open->entry, &open->member);
    if (!rc)
        give_record(archive, open);
    if (rc || !old)
        return rc;
    open->is_suspect = 1;
    open->left += open->opens; /* of the old one: its openers hold it */
    open->opens = 0;
    zip_member_unref(old);
    return 0;
}

int archive_entry_open(struct archive *archive, uint32_t entry, struct archive_opening *opening)
{
    struct open_member **slot;
    int rc;

    LOCKED(&archive->lock);
    slot = find_open(archive, entry);
    if (!*slot) {
        *slot = calloc(1, sizeof(**slot));
        if (!*slot)
            return -ENOMEM;
        (*slot)->entry = entry;
    }
    rc = renew_member(archive, *slot);
    if (rc) {
        drop_unused(archive, slot);
        return rc;
    }
    (*slot)->opens++;
    opening->is_suspect = (*slot)->is_suspect;
    opening->is_only = (*slot)->opens == 1;
    opening->is_apart = (*slot)->left > 0;
    opening->member = zip_member_ref((*slot)->member);
    return 0;
}

int archive_member_open(struct archive *archive, uint32_t node, struct archive_opening *opening)
{
    return archive_entry_open(archive, archive->tree.nodes[node].entry, opening);
}

void archive_member_close(struct archive *archive, struct zip_member *member)
{
    pthread_mutex_lock(&archive->lock);
    struct open_member **slot = find_open(archive, zip_member_index(member));

    if (*slot && (*slot)->member == member) {
        (*slot)->opens--;
        drop_unused(archive, slot);
    } else if (*slot && (*slot)->left) {
        (*slot)->left--;
    }
    pthread_mutex_unlock(&archive->lock);
    zip_member_unref(member);
}

/* ---- symbolic links ---- */

static struct link_target *find_link(struct archive *archive, uint32_t node)
{
    struct link_target *link = archive->links[node % MEMBER_BUCKETS];

    while (link && link->node != node)
        link = link->chain;
    return link;
}

/* Reads the member's text. Returns 0 with `out` NUL-terminated, OP_PENDING or an error. */
static int read_text(struct archive *archive, uint32_t node, size_t len, char *out, struct op *op)
{
    struct zip_read read = {.count = 0};
    struct archive_opening opening;
    int rc = archive_member_open(archive, node, &opening);

    if (rc)
        return rc;
    rc = zip_member_read(opening.member, 0, len, SOURCE_SEQUENTIAL, &read, op);
    if (!rc && read.len == len) {
        size_t at = 0;

        for (unsigned i = 0; i < read.count; i++) {
            memcpy(out + at, read.parts[i].data, read.parts[i].len);
            at += read.parts[i].len;
        }
        out[len] = '\0';
    }
    zip_read_release(&archive->shared, &read);
    archive_member_close(archive, opening.member);
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
    known = find_link(archive, node);
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
    known = find_link(archive, node);
    pthread_mutex_unlock(&archive->lock);
    if (known) {
        *target = known->target;
        return 0;
    }
    rc = read_text(archive, node, (size_t)entry->size, text, op);
    if (rc == OP_PENDING || rc == -ENOMEM || rc == -ESTALE)
        return rc;
    is_link = !rc && zip_link_stays_inside(&archive->tree, node, text, (size_t)entry->size);
    return remember_link(archive, node, is_link ? text : NULL, target);
}

void archive_free_files(struct archive *archive)
{
    for (unsigned i = 0; i < MEMBER_BUCKETS; i++) {
        struct link_target *link = archive->links[i];
        struct open_member *open = archive->members[i];

        while (link) {
            struct link_target *next = link->chain;

            free(link->target);
            free(link);
            link = next;
        }
        while (open) {
            struct open_member *next = open->chain;

            if (open->member)
                zip_member_unref(open->member);
            zip_member_record_free(&open->record);
            free(open);
            open = next;
        }
    }
}
