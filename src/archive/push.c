/* Pushing the content of small files ahead of their readers: push_ahead.h decides which. */
#include <errno.h>

#include "archive/internal.h"
#include "base/lock.h"

static const struct zip_entry *entry_of(const struct archive *archive, uint32_t node)
{
    return &archive->dir.entries[archive->tree.nodes[node].entry];
}

/* Whether the content of the file may be here, decoded or so small that it need not be. */
static int may_be_here(struct archive *archive, uint32_t node)
{
    return entry_of(archive, node)->size <= ARCHIVE_PUSH_ROOM ||
           zip_member_may_be_here(&archive->shared, archive->tree.nodes[node].entry);
}

/* With the lock held: the next file to be pushed whose content may be here. */
static int find_push(struct archive *archive, struct archive_push *push)
{
    for (unsigned i = 0; i < PUSH_AHEAD_STREAMS; i++) {
        push->stream = i;
        if (push_ahead_next(&archive->push, &archive->tree, i, &push->node) &&
            may_be_here(archive, push->node))
            return 1;
    }
    return 0;
}

void archive_push_start(struct archive *archive)
{
    struct archive_push push;
    int starts;

    if (!archive->pusher)
        return;
    pthread_mutex_lock(&archive->lock);
    starts = !archive->is_pushing && find_push(archive, &push);
    archive->is_pushing |= starts;
    pthread_mutex_unlock(&archive->lock);
    if (starts)
        archive->pusher->start(archive->pusher, archive);
}

void archive_push_follow(struct archive *archive, uint32_t index)
{
    uint32_t node = archive_node_of(archive, index);

    pthread_mutex_lock(&archive->lock);
    push_ahead_read(&archive->push, &archive->tree, node);
    pthread_mutex_unlock(&archive->lock);
    archive_push_start(archive);
}

void archive_push_listed(struct archive *archive)
{
    pthread_mutex_lock(&archive->lock);
    push_ahead_listed(&archive->push);
    pthread_mutex_unlock(&archive->lock);
    archive_push_start(archive);
}

/* Finds the next one, or says that nothing is pushed any more. */
static int claim_push(struct archive *archive, struct archive_push *push)
{
    LOCKED(&archive->lock);
    archive->is_pushing = find_push(archive, push);
    return archive->is_pushing;
}

static void pass(struct archive *archive, const struct archive_push *push)
{
    LOCKED(&archive->lock);
    push_ahead_done(&archive->push, &archive->tree, push->stream, push->node);
}

/* Not now. */
static void hold(struct archive *archive, const struct archive_push *push)
{
    LOCKED(&archive->lock);
    push_ahead_hold(&archive->push, push->stream, push->node);
}

/* Decoding a small file here costs less than having a lane do it: a member and a decoder are not
 * needed, and nothing goes through the cache. */
static int decode_content(struct archive *archive, struct archive_push *push)
{
    size_t size = (size_t)entry_of(archive, push->node)->size;

    if (!zip_member_read_whole(&archive->shared, archive->tree.nodes[push->node].entry, push->room))
        return 0;
    push->index = archive_index_of(archive, push->node);
    push->parts[0] = (struct iovec){push->room, size};
    push->count = 1;
    push->len = size;
    return 1;
}

/* Returns 0 when it is not here, or not right. */
static int get_content(struct archive *archive, struct archive_push *push)
{
    push->member = NULL;
    if (entry_of(archive, push->node)->size <= ARCHIVE_PUSH_ROOM)
        return decode_content(archive, push);
    if (archive_entry_open(archive, archive->tree.nodes[push->node].entry, &push->member))
        return 0;
    push->read = (struct zip_read){.count = 0};
    if (!zip_member_peek(push->member, &push->read)) {
        archive_member_close(archive, push->member);
        return 0;
    }
    push->index = archive_index_of(archive, push->node);
    for (push->count = 0; push->count < push->read.count; push->count++)
        push->parts[push->count] = (struct iovec){(void *)push->read.parts[push->count].data,
                                                  push->read.parts[push->count].len};
    push->len = push->read.len;
    return 1;
}

int archive_push_take(struct archive *archive, struct archive_push *push)
{
    while (claim_push(archive, push)) {
        if (get_content(archive, push))
            return 1;
        hold(archive, push);
    }
    return 0;
}

static void release_content(struct archive *archive, struct archive_push *push, int error)
{
    if (!push->member)
        return;
    if (error) /* it is still to be read */
        push->read.parts[0].use = CACHE_KEEP;
    zip_read_release(&archive->shared, &push->read);
    archive_member_close(archive, push->member);
}

void archive_push_done(struct archive *archive, struct archive_push *push, int error)
{
    release_content(archive, push, error);
    if (error != -ENOENT) {
        pass(archive, push);
        return;
    }
    hold(archive, push);
}

void archive_push_cancel(struct archive *archive)
{
    LOCKED(&archive->lock);
    archive->is_pushing = 0;
}
