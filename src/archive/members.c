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
 * be remembered of the member. */
static void release_unused(struct archive *archive, struct open_member **slot)
{
    struct open_member *open = *slot;

    if (open->opens)
        return;
    if (open->member && zip_member_is_damaged(open->member))
        open->was_damaged = 1;
    if (open->member) {
        keep_record(archive, open);
        zip_member_unref(open->member);
    }
    open->member = NULL;
    if (open->was_damaged || !zip_member_record_is_empty(&open->record) || open->index)
        return;
    *slot = open->chain;
    free(open);
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

/* With the lock held: the slot's member is open and was found damaged. Those who have it open keep
 * it. */
static int replace_damaged(struct archive *archive, struct open_member *open, uint32_t node)
{
    struct zip_member *old = open->member;
    uint32_t index = node == ZIP_NONE ? 0 : new_index(archive, node);
    int rc = index ? zip_member_open(&archive->shared, open->entry, &open->member) : -EIO;

    if (rc)
        return rc;
    restore_record(archive, open);
    open->was_damaged = 1;
    open->index = index;
    open->opens = 0; /* those of the old one are not counted */
    zip_member_unref(old);
    return 0;
}

/* With the lock held: makes sure that the slot has a member. `node`: ZIP_NONE for openers below any
 * index. */
static int fill_slot(struct archive *archive, struct open_member *open, uint32_t node)
{
    int rc;

    if (open->member)
        return zip_member_is_damaged(open->member) ? replace_damaged(archive, open, node) : 0;
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

static int is_known_under(const struct open_member *open, uint32_t node, uint32_t index)
{
    return index == (open->index ? open->index : node);
}

/* `index` is not looked at when `node` is ZIP_NONE. */
static int open_entry(struct archive *archive, uint32_t entry, uint32_t node, uint32_t index,
                      struct archive_opening *opening)
{
    struct open_member **slot;
    int rc;

    LOCKED(&archive->lock);
    slot = find_or_add_slot(archive, entry);
    if (!slot)
        return -ENOMEM;
    rc = fill_slot(archive, *slot, node);
    if (!rc && node != ZIP_NONE && !is_known_under(*slot, node, index))
        rc = -ESTALE;
    if (rc) {
        release_unused(archive, slot);
        return rc;
    }
    (*slot)->opens++;
    opening->was_damaged = (*slot)->was_damaged;
    opening->is_only = (*slot)->opens == 1;
    opening->member = zip_member_ref((*slot)->member);
    return 0;
}

int archive_entry_open(struct archive *archive, uint32_t entry, struct archive_opening *opening)
{
    return open_entry(archive, entry, ZIP_NONE, 0, opening);
}

int archive_member_open(struct archive *archive, uint32_t index, struct archive_opening *opening)
{
    uint32_t node = archive_node_of(archive, index);

    return open_entry(archive, archive->tree.nodes[node].entry, node, index, opening);
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
    free(archive->replacements);
}
