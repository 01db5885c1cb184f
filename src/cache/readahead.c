#include "cache/readahead.h"

#include <string.h>

void readahead_init(struct readahead *readahead, uint64_t max)
{
    memset(readahead, 0, sizeof(*readahead));
    readahead->max = max;
}

static int fits(const struct readahead_stream *stream, uint64_t offset)
{
    uint64_t from = stream->next > READAHEAD_BACK ? stream->next - READAHEAD_BACK : 0;

    if (!stream->used)
        return 0;
    if (from < stream->start)
        from = stream->start;
    return offset >= from && offset - from <= stream->next - from + READAHEAD_SKIP;
}

static struct readahead_stream *find_stream(struct readahead *readahead, uint64_t offset)
{
    struct readahead_stream *found = NULL;

    for (int i = 0; i < READAHEAD_STREAMS; i++) {
        struct readahead_stream *stream = &readahead->streams[i];

        if (fits(stream, offset) && (!found || stream->used > found->used))
            found = stream;
    }
    return found;
}

static struct readahead_stream *new_stream(struct readahead *readahead, uint64_t offset)
{
    struct readahead_stream *oldest = &readahead->streams[0];

    for (int i = 1; i < READAHEAD_STREAMS; i++)
        if (readahead->streams[i].used < oldest->used)
            oldest = &readahead->streams[i];
    memset(oldest, 0, sizeof(*oldest));
    oldest->start = offset;
    oldest->next = offset;
    return oldest;
}

/* The reader has gone on to `end`: opens or moves the window. */
static void advance(struct readahead *readahead, struct readahead_stream *stream, uint64_t end)
{
    if (end <= stream->next)
        return;
    stream->next = end;
    if (!stream->window)
        stream->window = READAHEAD_START;
    else if (stream->ahead > end && stream->ahead - end > stream->window / 2)
        return;
    else
        stream->window *= 2;
    if (stream->window > readahead->max)
        stream->window = readahead->max;
    if (end + stream->window > stream->ahead)
        stream->ahead = end + stream->window;
}

void readahead_access(struct readahead *readahead, uint64_t offset, uint64_t want, uint64_t limit,
                      uint64_t *from, uint64_t *to)
{
    struct readahead_stream *stream = find_stream(readahead, offset);
    uint64_t end = offset + want;

    *from = *to = end;
    if (stream) {
        uint64_t before = stream->ahead;

        advance(readahead, stream, end);
        if (before > end)
            *from = before;
        if (stream->ahead > *from)
            *to = stream->ahead;
    } else {
        stream = new_stream(readahead, offset);
        stream->next = end;
        stream->ahead = end;
    }
    stream->used = ++readahead->clock;
    if (*to > limit)
        *to = limit;
    if (*from > *to)
        *from = *to;
}
