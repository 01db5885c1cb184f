#include "zip/decode_ahead.h"

#include <string.h>

#include "zip/piece_crcs.h"

void ahead_init(struct ahead *ahead, uint64_t room)
{
    memset(ahead, 0, sizeof(*ahead));
    ahead->max = room < AHEAD_MAX ? room : AHEAD_MAX;
}

/* Sizes are what an archive claims. */
static uint64_t add(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/* Bytes that decoding it makes; 0 when it is not decoded here. */
static uint64_t output_of(const struct zip_directory *dir, uint32_t index)
{
    const struct zip_entry *entry = &dir->entries[index];

    if (entry->method != ZIP_METHOD_DEFLATED || entry->problem != ZIP_OK ||
        entry->flags & (ZIP_ENTRY_ENCRYPTED | ZIP_ENTRY_DIRECTORY))
        return 0;
    return entry->size;
}

static uint64_t place_of(uint64_t start, uint64_t piece)
{
    return piece > UINT64_MAX / ZIP_PIECE ? UINT64_MAX : add(start, piece * ZIP_PIECE);
}

/* ---- streams ---- */

static int is_before(struct ahead_place a, struct ahead_place b)
{
    return a.entry < b.entry || (a.entry == b.entry && a.piece < b.piece);
}

static int fits(const struct ahead_stream *stream, struct ahead_place place)
{
    if (!stream->used)
        return 0;
    if (place.entry < stream->at.entry)
        return stream->at.entry - place.entry <= AHEAD_NEAR && place.piece <= AHEAD_NEAR &&
               stream->at.piece <= AHEAD_NEAR;
    if (place.entry > stream->at.entry)
        return place.entry - stream->at.entry <= AHEAD_SKIP && place.piece <= AHEAD_NEAR;
    return place.piece > stream->at.piece ? place.piece - stream->at.piece <= AHEAD_NEAR
                                          : stream->at.piece - place.piece <= AHEAD_NEAR;
}

/* Whether a reader who is at `place` goes on from `a` rather than from `b`, which both fit: from what
 * is under way, else from behind, else from the nearer one. */
static int fits_better(const struct ahead_stream *a, const struct ahead_stream *b,
                       struct ahead_place place)
{
    int a_is_beyond = is_before(place, a->at), b_is_beyond = is_before(place, b->at);

    if (!a->window != !b->window)
        return a->window != 0;
    if (a_is_beyond != b_is_beyond)
        return b_is_beyond;
    return a_is_beyond ? is_before(a->at, b->at) : is_before(b->at, a->at);
}

static struct ahead_stream *find_stream(struct ahead *ahead, struct ahead_place place)
{
    struct ahead_stream *oldest = &ahead->streams[0], *found = NULL;

    for (unsigned i = 0; i < AHEAD_STREAMS; i++) {
        struct ahead_stream *stream = &ahead->streams[i];

        if (fits(stream, place) && (!found || fits_better(stream, found, place)))
            found = stream;
        if (stream->used < oldest->used)
            oldest = stream;
    }
    if (found)
        return found;
    memset(oldest, 0, sizeof(*oldest));
    oldest->at = place;
    oldest->born = ahead->clock;
    oldest->run = 1;
    return oldest;
}

static void go_forward(struct ahead *ahead, const struct zip_directory *dir,
                       struct ahead_stream *stream, struct ahead_place place)
{
    while (stream->at.entry < place.entry)
        stream->start = add(stream->start, output_of(dir, stream->at.entry++));
    stream->at = place;
    if (++stream->run < AHEAD_AFTER)
        return;
    stream->window = stream->window ? stream->window * 2 : AHEAD_START;
    if (stream->window > ahead->max)
        stream->window = ahead->max;
    if (stream->next <= place.entry) {
        stream->next = place.entry;
        stream->next_start = stream->start;
    }
}

unsigned ahead_access(struct ahead *ahead, const struct zip_directory *dir,
                      struct ahead_place place)
{
    struct ahead_stream *stream;

    ahead->clock++;
    stream = find_stream(ahead, place);
    stream->used = ahead->clock;
    if (is_before(stream->at, place))
        go_forward(ahead, dir, stream, place);
    return (unsigned)(stream - ahead->streams);
}

/* ---- lanes ---- */

/* What the reader has passed is not made any more. */
static void catch_up(const struct zip_directory *dir, const struct ahead_stream *stream,
                     struct ahead_lane *lane)
{
    if (!lane->has_entry)
        return;
    if (lane->next.entry == stream->at.entry && lane->next.piece <= stream->at.piece)
        lane->next.piece = stream->at.piece + 1;
    if (lane->next.entry < stream->at.entry ||
        lane->next.piece >= zip_piece_count(dir->entries[lane->next.entry].size))
        lane->has_entry = 0;
}

/* Gives the lane the next member to work on, if there is one that begins before `limit`. */
static void take_entry(const struct zip_directory *dir, struct ahead_stream *stream,
                       struct ahead_lane *lane, uint64_t limit)
{
    while (!lane->has_entry && stream->next < dir->count && stream->next_start < limit &&
           stream->next - stream->at.entry < AHEAD_SEARCH) {
        uint64_t output = output_of(dir, stream->next);

        lane->has_entry = output != 0;
        lane->next = (struct ahead_place){.entry = stream->next, .piece = 0};
        lane->start = stream->next_start;
        stream->next++;
        stream->next_start = add(stream->next_start, output);
        catch_up(dir, stream, lane);
    }
}

/* Where the reader is, in bytes of output: what is not decoded here takes none of it. */
static uint64_t reader_of(const struct zip_directory *dir, const struct ahead_stream *stream)
{
    uint64_t output = output_of(dir, stream->at.entry), passed = place_of(0, stream->at.piece);

    return add(stream->start, passed < output ? passed : output);
}

/* The lane's next piece if it lies at least `margin` before the window's end. */
static int advance(const struct zip_directory *dir, struct ahead_stream *stream,
                   struct ahead_lane *lane, uint64_t margin, struct ahead_place *place)
{
    uint64_t limit = add(reader_of(dir, stream), stream->window - margin);

    catch_up(dir, stream, lane);
    take_entry(dir, stream, lane, limit);
    if (!lane->has_entry || place_of(lane->start, lane->next.piece) >= limit)
        return 0;
    *place = lane->next;
    lane->next.piece++;
    return 1;
}

int ahead_begin(struct ahead *ahead, const struct zip_directory *dir, unsigned number,
                struct ahead_job *job, struct ahead_place *place)
{
    struct ahead_stream *stream = &ahead->streams[number];

    for (unsigned i = 0; stream->window && i < AHEAD_LANES; i++) {
        struct ahead_lane *lane = &stream->lanes[i];

        /* Not for a piece at a time: a lane at rest waits until some room is there. */
        if (lane->is_running || !advance(dir, stream, lane, stream->window / 4, place))
            continue;
        lane->is_running = 1;
        *job = (struct ahead_job){.stream = number, .lane = i, .born = stream->born};
        return 1;
    }
    return 0;
}

/* NULL when the stream has given way to another. */
static struct ahead_lane *lane_of(struct ahead *ahead, const struct ahead_job *job)
{
    struct ahead_stream *stream = &ahead->streams[job->stream];

    return stream->born == job->born ? &stream->lanes[job->lane] : NULL;
}

int ahead_next(struct ahead *ahead, const struct zip_directory *dir, const struct ahead_job *job,
               struct ahead_place *place)
{
    struct ahead_lane *lane = lane_of(ahead, job);

    if (!lane)
        return 0;
    lane->is_running = advance(dir, &ahead->streams[job->stream], lane, 0, place);
    return lane->is_running;
}

void ahead_rest(struct ahead *ahead, const struct ahead_job *job, struct ahead_place place,
                int skip)
{
    struct ahead_lane *lane = lane_of(ahead, job);

    if (!lane)
        return;
    lane->is_running = 0;
    lane->next = place;
    lane->has_entry = !skip;
}
