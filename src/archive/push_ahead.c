#include "archive/push_ahead.h"

#include <string.h>

#include "member/piece.h"

/* The node's entry of the directory; NULL for a directory. */
static const struct zip_entry *file_of(const struct zip_tree *tree, uint32_t node)
{
    const struct zip_node *at = &tree->nodes[node];

    return at->flags & ZIP_NODE_DIRECTORY ? NULL : &tree->dir->entries[at->entry];
}

int push_ahead_can_push(const struct zip_tree *tree, uint32_t node)
{
    const struct zip_entry *entry = file_of(tree, node);

    return entry && entry->size && entry->size <= ZIP_PIECE &&
           (entry->method == ZIP_METHOD_DEFLATED || entry->method == ZIP_METHOD_STORED) &&
           entry->problem == ZIP_OK && !(entry->flags & (ZIP_ENTRY_ENCRYPTED | ZIP_ENTRY_SYMLINK));
}

/* Bytes of content, if the node is a file whose content is read; else 0. */
static uint64_t size_of(const struct zip_tree *tree, uint32_t node)
{
    const struct zip_entry *entry = file_of(tree, node);

    return entry && !(entry->flags & ZIP_ENTRY_SYMLINK) ? entry->size : 0;
}

/* ---- streams ---- */

/* The last node of which the stream knows. */
static uint32_t stream_front(const struct push_ahead_stream *stream)
{
    return stream->next > stream->at ? stream->next : stream->at;
}

static int stream_fits(const struct push_ahead_stream *stream, uint32_t node)
{
    if (!stream->used)
        return 0;
    return node < stream->at ? stream->at - node <= PUSH_AHEAD_NEAR
                             : node <= (uint64_t)stream_front(stream) + PUSH_AHEAD_SKIP;
}

static struct push_ahead_stream *find_stream(struct push_ahead *ahead, uint32_t node)
{
    struct push_ahead_stream *oldest = &ahead->streams[0];

    for (unsigned i = 0; i < PUSH_AHEAD_STREAMS; i++) {
        struct push_ahead_stream *stream = &ahead->streams[i];

        if (stream_fits(stream, node))
            return stream;
        if (stream->used < oldest->used)
            oldest = stream;
    }
    memset(oldest, 0, sizeof(*oldest));
    oldest->at = node;
    oldest->run = 1;
    return oldest;
}

static void stream_grow_batch(struct push_ahead_stream *stream)
{
    stream->batch = stream->batch ? stream->batch * 2 : PUSH_AHEAD_FIRST;
    if (stream->batch > PUSH_AHEAD_MAX)
        stream->batch = PUSH_AHEAD_MAX;
}

/* Lets a batch be pushed behind the node that was read. */
static void stream_extend(const struct zip_tree *tree, struct push_ahead_stream *stream)
{
    uint32_t end = stream->at + 1;
    uint64_t bytes = 0;

    while (end < tree->count && end - stream->at <= stream->batch) {
        if (push_ahead_can_push(tree, end))
            bytes += size_of(tree, end);
        if (bytes > PUSH_AHEAD_BYTES)
            break;
        end++;
    }
    if (end > stream->end)
        stream->end = end;
}

void push_ahead_read(struct push_ahead *ahead, const struct zip_tree *tree, uint32_t node)
{
    struct push_ahead_stream *stream;
    int is_pushing;

    ahead->clock++;
    stream = find_stream(ahead, node);
    stream->used = ahead->clock;
    if (node <= stream->at)
        return;
    is_pushing = stream->next < stream->end && !stream->is_held;
    stream->at = node;
    stream->is_held = 0;
    if (++stream->run < PUSH_AHEAD_AFTER)
        return;
    stream_grow_batch(stream);
    if (stream->next <= node) { /* the reader was faster */
        stream->next = node + 1 + (is_pushing ? PUSH_AHEAD_LEAD : 0);
        stream->gap = 0;
        stream->gap_size = 0;
    }
    stream_extend(tree, stream);
}

/* ---- what to push ---- */

/* Whether the reader has to be heard of before more is pushed. */
static int is_left_out(const struct push_ahead_stream *stream)
{
    uint32_t most = stream->batch / 2 < PUSH_AHEAD_GAP ? stream->batch / 2 : PUSH_AHEAD_GAP;

    return stream->gap >= most || stream->gap_size >= PUSH_AHEAD_BYTES / 2;
}

/* Goes past an node. One that is not pushed tells of the reader when it is read; an empty file or
 * a directory never is. */
static void stream_pass(const struct zip_tree *tree, struct push_ahead_stream *stream,
                        int is_pushed)
{
    uint32_t node = stream->next++;

    stream->is_held = 0;
    if (is_pushed || !size_of(tree, node)) {
        stream->gap++;
        stream->gap_size += is_pushed ? size_of(tree, node) : 0;
    } else {
        stream->gap = 0;
        stream->gap_size = 0;
    }
}

int push_ahead_next(struct push_ahead *ahead, const struct zip_tree *tree, unsigned number,
                    uint32_t *node)
{
    struct push_ahead_stream *stream = &ahead->streams[number];

    while (stream->next < stream->end) {
        if (stream->is_held)
            return 0;
        *node = stream->next;
        if (push_ahead_can_push(tree, *node) && !is_left_out(stream))
            return 1;
        stream_pass(tree, stream, 0);
    }
    return 0;
}

void push_ahead_done(struct push_ahead *ahead, const struct zip_tree *tree, unsigned number,
                     uint32_t node)
{
    struct push_ahead_stream *stream = &ahead->streams[number];

    if (stream->next == node && node < stream->end)
        stream_pass(tree, stream, 1);
}

void push_ahead_hold(struct push_ahead *ahead, unsigned number, uint32_t node)
{
    struct push_ahead_stream *stream = &ahead->streams[number];

    if (stream->next == node)
        stream->is_held = 1;
}

void push_ahead_listed(struct push_ahead *ahead)
{
    for (unsigned i = 0; i < PUSH_AHEAD_STREAMS; i++)
        ahead->streams[i].is_held = 0;
}
