#include "member/decode_ahead.h"

#include <string.h>

#include "member/piece.h"

void decode_ahead_init(struct decode_ahead *ahead, uint64_t room, uint64_t least)
{
    memset(ahead, 0, sizeof(*ahead));
    ahead->least = least;
    ahead->max = room < DECODE_AHEAD_MAX ? room : DECODE_AHEAD_MAX;
}

/* The sizes are what the archive claims, so their sum can overflow. */
static uint64_t add_saturated(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/* Bytes of output of the entry; 0 when it is not decoded ahead. */
static uint64_t output_size(const struct zip_directory *dir, uint32_t index)
{
    const struct zip_entry *entry = &dir->entries[index];

    if (entry->method != ZIP_METHOD_DEFLATED || entry->problem != ZIP_OK ||
        entry->flags & (ZIP_ENTRY_ENCRYPTED | ZIP_ENTRY_DIRECTORY))
        return 0;
    return entry->size;
}

static uint64_t output_place(uint64_t start, uint64_t piece)
{
    return piece > UINT64_MAX / ZIP_PIECE ? UINT64_MAX : add_saturated(start, piece * ZIP_PIECE);
}

/* ---- streams ---- */

static int is_before(struct decode_ahead_place a, struct decode_ahead_place b)
{
    return a.entry < b.entry || (a.entry == b.entry && a.piece < b.piece);
}

static int stream_fits(const struct decode_ahead_stream *stream, struct decode_ahead_place place)
{
    if (!stream->used)
        return 0;
    if (place.entry < stream->at.entry)
        return stream->at.entry - place.entry <= DECODE_AHEAD_NEAR &&
               place.piece <= DECODE_AHEAD_NEAR && stream->at.piece <= DECODE_AHEAD_NEAR;
    if (place.entry > stream->at.entry)
        return place.entry - stream->at.entry <= DECODE_AHEAD_SKIP &&
               place.piece <= DECODE_AHEAD_NEAR;
    return place.piece > stream->at.piece ? place.piece - stream->at.piece <= DECODE_AHEAD_NEAR
                                          : stream->at.piece - place.piece <= DECODE_AHEAD_NEAR;
}

/* Of two streams that both fit an access, whether `a` is the better one: one with a window wins
 * over one without, then one whose last access is before `place`, then the nearer one. */
static int stream_fits_better(const struct decode_ahead_stream *a,
                              const struct decode_ahead_stream *b, struct decode_ahead_place place)
{
    int a_is_beyond = is_before(place, a->at), b_is_beyond = is_before(place, b->at);

    if (!a->window != !b->window)
        return a->window != 0;
    if (a_is_beyond != b_is_beyond)
        return b_is_beyond;
    return a_is_beyond ? is_before(a->at, b->at) : is_before(b->at, a->at);
}

static struct decode_ahead_stream *find_stream(struct decode_ahead *ahead,
                                               struct decode_ahead_place place)
{
    struct decode_ahead_stream *oldest = &ahead->streams[0], *found = NULL;

    for (unsigned i = 0; i < DECODE_AHEAD_STREAMS; i++) {
        struct decode_ahead_stream *stream = &ahead->streams[i];

        if (stream_fits(stream, place) && (!found || stream_fits_better(stream, found, place)))
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

static void stream_go_forward(struct decode_ahead *ahead, const struct zip_directory *dir,
                              struct decode_ahead_stream *stream, struct decode_ahead_place place)
{
    while (stream->at.entry < place.entry)
        stream->start = add_saturated(stream->start, output_size(dir, stream->at.entry++));
    stream->at = place;
    if (++stream->run < DECODE_AHEAD_AFTER)
        return;
    stream->window = stream->window ? stream->window * 2 : DECODE_AHEAD_START;
    if (stream->window > ahead->max)
        stream->window = ahead->max;
    if (stream->next <= place.entry) {
        stream->next = place.entry;
        stream->next_start = stream->start;
    }
}

unsigned decode_ahead_access(struct decode_ahead *ahead, const struct zip_directory *dir,
                             struct decode_ahead_place place)
{
    struct decode_ahead_stream *stream;

    ahead->clock++;
    stream = find_stream(ahead, place);
    stream->used = ahead->clock;
    if (is_before(stream->at, place))
        stream_go_forward(ahead, dir, stream, place);
    return (unsigned)(stream - ahead->streams);
}

/* ---- lanes ---- */

/* Skips what the reader has passed. */
static void lane_skip_passed(const struct zip_directory *dir,
                             const struct decode_ahead_stream *stream,
                             struct decode_ahead_lane *lane)
{
    if (!lane->has_entry)
        return;
    if (lane->next.entry == stream->at.entry && lane->next.piece <= stream->at.piece)
        lane->next.piece = stream->at.piece + 1;
    if (lane->next.entry < stream->at.entry ||
        lane->next.piece >= zip_piece_count(dir->entries[lane->next.entry].size))
        lane->has_entry = 0;
}

/* Gives the lane the next member to work on, if one begins before `limit`. */
static void lane_take_entry(const struct decode_ahead *ahead, const struct zip_directory *dir,
                            struct decode_ahead_stream *stream, struct decode_ahead_lane *lane,
                            uint64_t limit)
{
    while (!lane->has_entry && stream->next < dir->count && stream->next_start < limit &&
           stream->next - stream->at.entry < DECODE_AHEAD_SEARCH) {
        uint64_t output = output_size(dir, stream->next);

        lane->has_entry = output && output >= ahead->least;
        lane->next = (struct decode_ahead_place){.entry = stream->next, .piece = 0};
        lane->start = stream->next_start;
        stream->next++;
        stream->next_start = add_saturated(stream->next_start, output);
        lane_skip_passed(dir, stream, lane);
    }
}

/* The place of the reader in bytes of output; members that are not decoded ahead count as empty. */
static uint64_t reader_place(const struct zip_directory *dir,
                             const struct decode_ahead_stream *stream)
{
    uint64_t output = output_size(dir, stream->at.entry),
             passed = output_place(0, stream->at.piece);

    return add_saturated(stream->start, passed < output ? passed : output);
}

/* Takes the lane's next piece if it lies at least `margin` bytes before the end of the window. */
static int lane_advance(const struct decode_ahead *ahead, const struct zip_directory *dir,
                        struct decode_ahead_stream *stream, struct decode_ahead_lane *lane,
                        uint64_t margin, struct decode_ahead_place *place)
{
    uint64_t limit = add_saturated(reader_place(dir, stream), stream->window - margin);

    lane_skip_passed(dir, stream, lane);
    lane_take_entry(ahead, dir, stream, lane, limit);
    if (!lane->has_entry || output_place(lane->start, lane->next.piece) >= limit)
        return 0;
    *place = lane->next;
    lane->next.piece++;
    return 1;
}

int decode_ahead_begin_job(struct decode_ahead *ahead, const struct zip_directory *dir,
                           unsigned number, struct decode_ahead_job *job,
                           struct decode_ahead_place *place)
{
    struct decode_ahead_stream *stream = &ahead->streams[number];

    for (unsigned i = 0; stream->window && i < DECODE_AHEAD_LANES; i++) {
        struct decode_ahead_lane *lane = &stream->lanes[i];

        /* A lane without a job waits for a quarter of the window, so that a job is worth its
         * cost. */
        if (lane->is_running || !lane_advance(ahead, dir, stream, lane, stream->window / 4, place))
            continue;
        lane->is_running = 1;
        *job = (struct decode_ahead_job){.stream = number, .lane = i, .born = stream->born};
        return 1;
    }
    return 0;
}

/* NULL when another stream has the slot now. */
static struct decode_ahead_lane *lane_of(struct decode_ahead *ahead,
                                         const struct decode_ahead_job *job)
{
    struct decode_ahead_stream *stream = &ahead->streams[job->stream];

    return stream->born == job->born ? &stream->lanes[job->lane] : NULL;
}

int decode_ahead_next_piece(struct decode_ahead *ahead, const struct zip_directory *dir,
                            const struct decode_ahead_job *job, struct decode_ahead_place *place)
{
    struct decode_ahead_lane *lane = lane_of(ahead, job);

    if (!lane)
        return 0;
    lane->is_running = lane_advance(ahead, dir, &ahead->streams[job->stream], lane, 0, place);
    return lane->is_running;
}

void decode_ahead_stop_job(struct decode_ahead *ahead, const struct decode_ahead_job *job,
                           struct decode_ahead_place place, int skip)
{
    struct decode_ahead_lane *lane = lane_of(ahead, job);

    if (!lane)
        return;
    lane->is_running = 0;
    lane->next = place;
    lane->has_entry = !skip;
}
