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
    return sizeof(*open) + zip_check_memory(&open->seen);
}

/* With the lock held: keeps the CRCs of a member that is closed, for its next opener. */
static void keep_seen(struct archive *archive, struct open_member *open)
{
    if (!zip_member_take_seen(open->member, &open->seen))
        return;
    archive->charged += open_member_memory(open);
    cache_charge(archive->shared.cache, open_member_memory(open));
}

static void restore_seen(struct archive *archive, struct open_member *open)
{
    if (!open->seen.known)
        return;
    archive->charged -= open_member_memory(open);
    cache_discharge(archive->shared.cache, open_member_memory(open));
    zip_member_give_seen(open->member, &open->seen);
}

/* With the lock held: releases a member that nobody has open. The slot stays when something has to be
 * remembered of the member. */
static void release_unused(struct archive *archive, struct open_member **slot)
{
    struct open_member *open = *slot;

    if (open->opens)
        return;
    if (open->member && zip_member_is_damaged(open->member))
        open->was_damaged = 1;
    if (open->member) {
        keep_seen(archive, open);
        zip_member_unref(open->member);
    }
    open->member = NULL;
    if (open->was_damaged || open->seen.known)
        return;
    *slot = open->chain;
    free(open);
}

/* With the lock held: opens the slot's member if nobody has it open, or if it was found damaged. */
static int renew_member(struct archive *archive, struct open_member *open)
{
    struct zip_member *old = open->member;
    int rc;

    if (old && !zip_member_is_damaged(old))
        return 0;
    rc = zip_member_open(&archive->shared, open->entry, &open->member);
    if (!rc)
        restore_seen(archive, open);
    if (rc || !old)
        return rc;
    open->was_damaged = 1;
    open->stale_opens += open->opens; /* their openers hold the old member */
    open->opens = 0;
    zip_member_unref(old);
    return 0;
}

int archive_entry_open(struct archive *archive, uint32_t entry, struct archive_opening *opening)
{
    struct open_member **slot;
    int rc;

    LOCKED(&archive->lock);
    slot = member_slot(archive, entry);
    if (!*slot) {
        *slot = calloc(1, sizeof(**slot));
        if (!*slot)
            return -ENOMEM;
        (*slot)->entry = entry;
    }
    rc = renew_member(archive, *slot);
    if (rc) {
        release_unused(archive, slot);
        return rc;
    }
    (*slot)->opens++;
    opening->was_damaged = (*slot)->was_damaged;
    opening->is_only = (*slot)->opens == 1;
    opening->has_stale_opens = (*slot)->stale_opens > 0;
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
    struct open_member **slot = member_slot(archive, zip_member_index(member));

    if (*slot && (*slot)->member == member) {
        (*slot)->opens--;
        release_unused(archive, slot);
    } else if (*slot && (*slot)->stale_opens) {
        (*slot)->stale_opens--;
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
            zip_check_free(&open->seen);
            free(open);
            open = next;
        }
    }
}
