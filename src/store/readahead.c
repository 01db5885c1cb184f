#include "store/readahead.h"

#include <string.h>

void readahead_init(struct readahead *readahead, uint64_t max)
{
    memset(readahead, 0, sizeof(*readahead));
    readahead->max = max;
}

/* Whether the stream, going back as far as it may and up to `end`, has the offset. */
static int reaches(const struct readahead *readahead, const struct readahead_stream *stream,
                   uint64_t offset, uint64_t end)
{
    uint64_t back = readahead->max / READAHEAD_BEHIND;
    uint64_t from;

    if (back < READAHEAD_BACK)
        back = READAHEAD_BACK;
    from = stream->next > back ? stream->next - back : 0;
    if (from < stream->start)
        from = stream->start;
    return stream->used && offset >= from && offset <= end;
}

/* The stream that was used last of those that an access at `offset` can be of; NULL. */
static struct readahead_stream *find_stream(struct readahead *readahead, uint64_t offset,
                                            int is_follower)
{
    struct readahead_stream *found = NULL;

    for (int i = 0; i < READAHEAD_STREAMS; i++) {
        struct readahead_stream *stream = &readahead->streams[i];
        uint64_t end = is_follower ? stream->ahead : stream->next + READAHEAD_SKIP;

        if (reaches(readahead, stream, offset, end) && (!found || stream->used > found->used))
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

/* The stream goes on to `end`; [*from, *to) is what is new of its window. */
static void go_on(struct readahead *readahead, struct readahead_stream *stream, uint64_t end,
                  uint64_t limit, uint64_t *from, uint64_t *to)
{
    uint64_t before = stream->ahead;

    advance(readahead, stream, end);
    stream->used = ++readahead->clock;
    *from = before > end ? before : end;
    *to = stream->ahead > *from ? stream->ahead : *from;
    if (*to > limit)
        *to = limit;
    if (*from > *to)
        *from = *to;
}

void readahead_access(struct readahead *readahead, uint64_t offset, uint64_t want, uint64_t limit,
                      uint64_t *from, uint64_t *to)
{
    struct readahead_stream *stream = find_stream(readahead, offset, 0);
    uint64_t end = offset + want;

    if (!stream) {
        stream = new_stream(readahead, offset);
        stream->next = end;
        stream->ahead = end;
    }
    go_on(readahead, stream, end, limit, from, to);
}

void readahead_follow(struct readahead *readahead, uint64_t offset, uint64_t want, uint64_t limit,
                      uint64_t *from, uint64_t *to)
{
    struct readahead_stream *stream = find_stream(readahead, offset, 1);

    *from = *to = offset;
    if (stream)
        go_on(readahead, stream, offset + want, limit, from, to);
}
