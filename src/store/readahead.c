#include "store/readahead.h"

#include <string.h>

#define LATELY 16 /* accesses */

void readahead_init(struct readahead *readahead, uint64_t max)
{
    memset(readahead, 0, sizeof(*readahead));
    readahead->max = max;
}

/* ---- which stream an access is of ---- */

/* How far before the stream's place an access may lie and still be of the same reader. */
static uint64_t readahead_tolerance(const struct readahead *readahead)
{
    uint64_t back = readahead->max / READAHEAD_BEHIND;

    return back > READAHEAD_BACK ? back : READAHEAD_BACK;
}

/* Whether the run, as far back as it tolerates and up to `end`, has the offset. */
static int stream_reaches(const struct readahead *readahead, const struct readahead_stream *stream,
                          uint64_t offset, uint64_t end)
{
    uint64_t back = readahead_tolerance(readahead);
    uint64_t from = stream->next > back ? stream->next - back : 0;

    if (from < stream->start)
        from = stream->start;
    return offset >= from && offset <= end;
}

static int stream_is_backward(const struct readahead_stream *stream)
{
    return stream->steps >= READAHEAD_STEPS;
}

/* Whether an access at `offset` is of the stream's run. */
static int is_forward(const struct readahead *readahead, const struct readahead_stream *stream,
                      uint64_t offset, uint64_t end)
{
    (void)end;
    return stream_reaches(readahead, stream, offset, stream->next + READAHEAD_SKIP);
}

/* Whether an access at `offset` is one of bytes that a backward stream has passed lately. */
static int is_passed(const struct readahead *readahead, const struct readahead_stream *stream,
                     uint64_t offset, uint64_t end)
{
    (void)end;
    return stream_is_backward(stream) && readahead->clock - stream->used < LATELY &&
           offset >= stream->start && offset - stream->start <= readahead_tolerance(readahead);
}

static int is_ahead(const struct readahead *readahead, const struct readahead_stream *stream,
                    uint64_t offset, uint64_t end)
{
    (void)end;
    return stream_reaches(readahead, stream, offset, stream->ahead);
}

static int is_near(uint64_t end, uint64_t start)
{
    return end + READAHEAD_SKIP >= start;
}

/* Whether an access of [offset, end) begins the run before the stream's. */
static int is_backward(const struct readahead *readahead, const struct readahead_stream *stream,
                       uint64_t offset, uint64_t end)
{
    (void)readahead;
    if (offset >= stream->start)
        return 0;
    return is_near(end, stream->start) || (stream_is_backward(stream) && offset >= stream->behind);
}

/* The same, of a reader that goes backward already. */
static int is_further_backward(const struct readahead *readahead,
                               const struct readahead_stream *stream, uint64_t offset, uint64_t end)
{
    return stream->steps && is_backward(readahead, stream, offset, end);
}

typedef int fits_fn(const struct readahead *readahead, const struct readahead_stream *stream,
                    uint64_t offset, uint64_t end);

/* Returns the stream used last of those that the access fits, or NULL. */
static struct readahead_stream *readahead_find_stream(struct readahead *readahead, fits_fn *fits,
                                                      uint64_t offset, uint64_t end)
{
    struct readahead_stream *found = NULL;

    for (int i = 0; i < READAHEAD_STREAMS; i++) {
        struct readahead_stream *stream = &readahead->streams[i];

        if (stream->used && (!found || stream->used > found->used) &&
            fits(readahead, stream, offset, end))
            found = stream;
    }
    return found;
}

/* ---- windows ---- */

static uint64_t double_window(uint64_t window, uint64_t max)
{
    window = window ? window * 2 : READAHEAD_START;
    return window < max ? window : max;
}

/* Opens or moves the window in front of the run, which has gone on to stream->next. */
static void stream_move_ahead(const struct readahead *readahead, struct readahead_stream *stream)
{
    uint64_t end = stream->next, most = UINT64_MAX;

    if (stream_is_backward(stream))
        most = stream->run_end;
    if (stream->window && stream->ahead > end && stream->ahead - end > stream->window / 2)
        return;
    if (stream->ahead >= most)
        return;
    stream->window = double_window(stream->window, readahead->max);
    if (end + stream->window > stream->ahead)
        stream->ahead = end + stream->window < most ? end + stream->window : most;
}

/* The run has gone on to `end`. Returns what is new of the window in front of it. */
static struct readahead_span stream_advance(const struct readahead *readahead,
                                            struct readahead_stream *stream, uint64_t end,
                                            uint64_t limit)
{
    struct readahead_span span = {.from = stream->ahead > end ? stream->ahead : end};

    if (end > stream->next) {
        stream->next = end;
        stream_move_ahead(readahead, stream);
    }
    span.to = stream->ahead > span.from ? stream->ahead : span.from;
    if (span.to > limit)
        span.to = limit;
    if (span.from > span.to)
        span.from = span.to;
    return span;
}

/* The stream's run begins at stream->start: opens or moves the window behind it. Returns what is
 * new. */
static struct readahead_span stream_retreat(struct readahead *readahead,
                                            struct readahead_stream *stream)
{
    struct readahead_span span = {stream->start, stream->start};
    uint64_t before = stream->behind < stream->start ? stream->behind : stream->start;

    stream->behind = before;
    if (!stream_is_backward(stream) ||
        (stream->back_window && stream->start - before > stream->back_window / 2))
        return span;
    stream->back_window = double_window(stream->back_window, readahead->max);
    span.to = before;
    if (stream->start - before < stream->back_window)
        stream->behind = stream->start > stream->back_window ? stream->start - stream->back_window
                                                             : 0;
    span.from = stream->behind;
    return span;
}

/* ---- accesses ---- */

static struct readahead_stream *readahead_least_recent(struct readahead *readahead)
{
    struct readahead_stream *found = &readahead->streams[0];

    for (int i = 1; i < READAHEAD_STREAMS; i++)
        if (readahead->streams[i].used < found->used)
            found = &readahead->streams[i];
    return found;
}

static int readahead_most_recent(const struct readahead *readahead)
{
    int found = 0;

    for (int i = 1; i < READAHEAD_STREAMS; i++)
        if (readahead->streams[i].used > readahead->streams[found].used)
            found = i;
    return found;
}

static struct readahead_stream *stream_new(struct readahead *readahead, uint64_t offset,
                                           uint64_t end)
{
    int before = readahead_most_recent(readahead);
    uint64_t before_used = readahead->streams[before].used;
    struct readahead_stream *stream = readahead_least_recent(readahead);

    *stream = (struct readahead_stream){.start = offset,
                                        .next = end,
                                        .ahead = end,
                                        .behind = offset,
                                        .before = before,
                                        .before_used = before_used};
    return stream;
}

/* Whether the stream can be given up for the run before it: else its reader may yet go on
 * forward. */
static int stream_has_finished_run(const struct readahead_stream *stream)
{
    return !stream->window || (stream->steps && is_near(stream->next, stream->run_end));
}

/* Makes `stream` the continuation of `before`, whose run began where the stream's run has ended. */
static void stream_inherit(struct readahead_stream *stream, const struct readahead_stream *before)
{
    stream->steps = before->steps + 1;
    stream->run_end = before->start;
    stream->back_window = before->back_window;
    if (before->behind < stream->behind)
        stream->behind = before->behind;
}

/* The reader of the stream begins a run before it, with [offset, end). */
static struct readahead_stream *stream_step_back(struct readahead *readahead,
                                                 struct readahead_stream *stream, uint64_t offset,
                                                 uint64_t end)
{
    struct readahead_stream before = *stream;

    if (!stream_has_finished_run(stream))
        stream = readahead_least_recent(readahead);
    *stream = (struct readahead_stream){
        .start = offset, .next = end, .ahead = end, .behind = offset};
    stream_inherit(stream, &before);
    return stream;
}

/*
 * A run of several accesses is a stream of its own at first. When it has come to where the stream
 * began that was used just before it, and was not used since, it was a step backward from there.
 */
static void stream_join(struct readahead *readahead, struct readahead_stream *stream)
{
    struct readahead_stream *before = &readahead->streams[stream->before];

    if (!stream->before_used || before->used != stream->before_used || before == stream ||
        before->start <= stream->start || !is_near(stream->next, before->start))
        return;
    stream->before_used = 0;
    if (stream->next > before->start + READAHEAD_SKIP)
        return; /* it has passed it */
    stream_inherit(stream, before);
    if (stream_has_finished_run(before))
        before->used = 0;
}

/* An access of the stream up to `end`. */
static struct readahead_plan stream_go_on(struct readahead *readahead,
                                          struct readahead_stream *stream, uint64_t end,
                                          uint64_t limit)
{
    struct readahead_plan plan = {{end, end}, {stream->start, stream->start}};
    int is_past = stream->steps && end > stream->run_end + READAHEAD_SKIP;

    readahead->clock++;
    if (is_past && stream_is_backward(stream))
        return plan; /* of a reader behind speculation, or that goes over the same bytes again */
    stream->used = readahead->clock;
    if (is_past)
        stream->steps = 0;
    plan.ahead = stream_advance(readahead, stream, end, limit);
    stream_join(readahead, stream);
    plan.behind = stream_retreat(readahead, stream);
    return plan;
}

struct readahead_plan readahead_access(struct readahead *readahead, uint64_t offset, uint64_t want,
                                       uint64_t limit)
{
    uint64_t end = offset + want;
    struct readahead_stream *stream = readahead_find_stream(readahead, is_forward, offset, end);

    if (!stream)
        stream = readahead_find_stream(readahead, is_passed, offset, end);
    if (!stream) {
        stream = readahead_find_stream(readahead, is_backward, offset, end);
        stream = stream ? stream_step_back(readahead, stream, offset, end)
                        : stream_new(readahead, offset, end);
    }
    return stream_go_on(readahead, stream, end, limit);
}

struct readahead_plan readahead_follow(struct readahead *readahead, uint64_t offset, uint64_t want,
                                       uint64_t limit)
{
    uint64_t end = offset + want;
    struct readahead_stream *stream = readahead_find_stream(readahead, is_ahead, offset, end);

    if (!stream) {
        stream = readahead_find_stream(readahead, is_further_backward, offset, end);
        if (!stream)
            return (struct readahead_plan){{offset, offset}, {offset, offset}};
        stream = stream_step_back(readahead, stream, offset, end);
    }
    return stream_go_on(readahead, stream, end, limit);
}
