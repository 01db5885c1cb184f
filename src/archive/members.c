/* The members of an archive that are open. */
#include <errno.h>
#include <stdlib.h>

#include "archive/internal.h"
#include "base/lock.h"

static struct open_member **member_slot(struct archive *archive, uint32_t entry)
{
    struct open_member **at = &archive->members[entry % MEMBER_BUCKETS];

    while (*at && (*at)->entry != entry)
        at = &(*at)->chain;
    return at;
}

static size_t open_member_memory(const struct open_member *open)
{
    return sizeof(*open) + zip_member_record_memory(&open->record);
}

/* With the lock held: keeps what is remembered of a member that is closed, for its next opener. */
static void keep_record(struct archive *archive, struct open_member *open)
{
    if (!zip_member_take_record(open->member, &open->record))
        return;
    archive->charged += open_member_memory(open);
    cache_charge(archive->shared.cache, open_member_memory(open));
}

static void restore_record(struct archive *archive, struct open_member *open)
{
    if (zip_member_record_is_empty(&open->record))
        return;
    archive->charged -= open_member_memory(open);
    cache_discharge(archive->shared.cache, open_member_memory(open));
    zip_member_give_record(open->member, &open->record);
}

/* With the lock held: releases a member that nobody has open. The slot stays when something has to
 * be remembered of the member; so does a member that is damaged, until a reader was told. */
static void release_unused(struct archive *archive, struct open_member **slot)
{
    struct open_member *open = *slot;

    if (open->opens || (open->member && zip_member_is_damaged(open->member)))
        return;
    if (open->member) {
        keep_record(archive, open);
        zip_member_unref(open->member);
    }
    open->member = NULL;
    if (!zip_member_record_is_empty(&open->record) || open->index)
        return;
    *slot = open->chain;
    free(open);
}

/* With the lock held: the member is no longer kept open. The slot may be gone after it. */
static void unkeep(struct archive *archive, struct open_member *open)
{
    list_del(&open->kept);
    open->is_kept = 0;
    open->opens--;
    archive->kept_count--;
    stats_sub(archive->shared.stats, STAT_KEPT_MEMBERS, 1);
    release_unused(archive, member_slot(archive, open->entry));
}

/* With the lock held: keeps the member open after its reader, for the next one. A member of a
 * single piece is not worth it. */
static void keep(struct archive *archive, struct open_member *open)
{
    if (archive->dir.entries[open->entry].size <= ZIP_PIECE)
        return;
    if (open->is_kept) {
        list_del(&open->kept);
    } else {
        open->is_kept = 1;
        open->opens++;
        archive->kept_count++;
        stats_add(archive->shared.stats, STAT_KEPT_MEMBERS, 1);
    }
    list_add(&archive->kept, &open->kept);
    if (archive->kept_count > ARCHIVE_KEPT_MEMBERS)
        unkeep(archive, container_of(archive->kept.next, struct open_member, kept));
}

/* With the lock held: the slot's member is left to those who have it open. */
static void drop_member(struct archive *archive, struct open_member *open)
{
    struct zip_member *member = open->member;

    if (open->is_kept) {
        list_del(&open->kept);
        open->is_kept = 0;
        archive->kept_count--;
        stats_sub(archive->shared.stats, STAT_KEPT_MEMBERS, 1);
    }
    open->opens = 0; /* those of the old one are not counted */
    open->member = NULL;
    zip_member_unref(member);
}

/* With the lock held: a new index for the node, whose content can be another from now on. 0 when
 * there were too many, or without memory. */
static uint32_t new_index(struct archive *archive, uint32_t node)
{
    uint32_t count = archive->replacement_count, *grown;

    if (count == REPLACEMENTS_MAX || count >= UINT32_MAX - 1 - archive->tree.count)
        return 0;
    grown = realloc(archive->replacements, (count + 1) * sizeof(*grown));
    if (!grown)
        return 0;
    grown[count] = node;
    archive->replacements = grown;
    archive->replacement_count = count + 1;
    return archive->tree.count + count;
}

/*
 * With the lock held: makes sure that the slot has a member. One that was found damaged, but was
 * only decoded ahead, is tried anew: the reader has to find that out, and may find it right. Of one
 * that was read, a layer above may have copies; that one is left for the reader to fail on.
 */
static int fill_slot(struct archive *archive, struct open_member *open)
{
    int rc;

    if (open->member && zip_member_is_damaged(open->member) && !open->is_read)
        drop_member(archive, open);
    if (open->member)
        return 0;
    rc = zip_member_open(&archive->shared, open->entry, &open->member);
    if (!rc)
        restore_record(archive, open);
    return rc;
}

/* With the lock held. NULL without memory. */
static struct open_member **find_or_add_slot(struct archive *archive, uint32_t entry)
{
    struct open_member **slot = member_slot(archive, entry);

    if (!*slot) {
        *slot = calloc(1, sizeof(**slot));
        if (*slot)
            (*slot)->entry = entry;
    }
    return *slot ? slot : NULL;
}

/* With the lock held. */
static int is_known_under(const struct open_member *open, uint32_t node, uint32_t index)
{
    return index == (open && open->index ? open->index : node);
}

int archive_entry_open(struct archive *archive, uint32_t entry, struct zip_member **member)
{
    struct open_member **slot;
    int rc;

    LOCKED(&archive->lock);
    slot = find_or_add_slot(archive, entry);
    if (!slot)
        return -ENOMEM;
    rc = (*slot)->member && zip_member_is_damaged((*slot)->member) ? -EIO
                                                                   : fill_slot(archive, *slot);
    if (rc) {
        release_unused(archive, slot);
        return rc;
    }
    (*slot)->opens++;
    *member = zip_member_ref((*slot)->member);
    return 0;
}

int archive_member_use(struct archive *archive, uint32_t index, struct zip_member **member)
{
    uint32_t node = archive_node_of(archive, index);
    struct open_member **slot;
    int rc;

    LOCKED(&archive->lock);
    slot = find_or_add_slot(archive, archive->tree.nodes[node].entry);
    if (!slot)
        return -ENOMEM;
    rc = is_known_under(*slot, node, index) ? fill_slot(archive, *slot) : -EIO;
    if (rc) {
        release_unused(archive, slot);
        return rc;
    }
    (*slot)->opens++;
    (*slot)->is_read = 1;
    *member = zip_member_ref((*slot)->member);
    keep(archive, *slot);
    return 0;
}

int archive_can_read(struct archive *archive, uint32_t index)
{
    uint32_t entry = archive->tree.nodes[archive_node_of(archive, index)].entry;

    return entry == ZIP_NONE ? 0 : zip_member_can_open(&archive->shared, entry);
}

int archive_is_replaced(struct archive *archive, uint32_t index)
{
    uint32_t node = archive_node_of(archive, index);

    LOCKED(&archive->lock);
    return !is_known_under(*member_slot(archive, archive->tree.nodes[node].entry), node, index);
}

void archive_replace(struct archive *archive, uint32_t index, void (*tell)(void *arg), void *arg)
{
    uint32_t node = archive_node_of(archive, index), other;
    struct open_member *open;

    LOCKED(&archive->lock);
    open = *member_slot(archive, archive->tree.nodes[node].entry);
    if (!open || !open->member || !zip_member_is_damaged(open->member) ||
        !is_known_under(open, node, index))
        return;
    other = new_index(archive, node);
    if (!other)
        return;
    drop_member(archive, open);
    open->is_read = 0;
    open->index = other;
    tell(arg);
}

uint32_t archive_index_of(struct archive *archive, uint32_t node)
{
    uint32_t entry = archive->tree.nodes[node].entry;
    struct open_member *open;

    if (entry == ZIP_NONE)
        return node;
    LOCKED(&archive->lock);
    open = *member_slot(archive, entry);
    return open && open->index ? open->index : node;
}

uint32_t archive_node_of(struct archive *archive, uint32_t index)
{
    uint32_t count = archive->tree.count;

    if (index < count)
        return index;
    LOCKED(&archive->lock);
    return index - count < archive->replacement_count ? archive->replacements[index - count]
                                                      : ZIP_ROOT;
}

void archive_member_finish(struct archive *archive, struct zip_member *member)
{
    struct open_member *open;

    pthread_mutex_lock(&archive->lock);
    open = *member_slot(archive, zip_member_index(member));
    if (open && open->member == member && open->is_kept)
        unkeep(archive, open);
    pthread_mutex_unlock(&archive->lock);
    archive_member_close(archive, member);
}

void archive_member_close(struct archive *archive, struct zip_member *member)
{
    pthread_mutex_lock(&archive->lock);
    struct open_member **slot = member_slot(archive, zip_member_index(member));

    if (*slot && (*slot)->member == member) {
        (*slot)->opens--;
        release_unused(archive, slot);
    }
    pthread_mutex_unlock(&archive->lock);
    zip_member_unref(member);
}

void archive_free_members(struct archive *archive)
{
    for (unsigned i = 0; i < MEMBER_BUCKETS; i++) {
        struct open_member *open = archive->members[i];

        while (open) {
            struct open_member *next = open->chain;

            if (open->member)
                zip_member_unref(open->member);
            zip_member_record_free(&open->record);
            free(open);
            open = next;
        }
    }
    stats_sub(archive->shared.stats, STAT_KEPT_MEMBERS, archive->kept_count);
    free(archive->replacements);
}
