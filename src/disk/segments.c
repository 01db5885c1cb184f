#include "disk/segments.h"

#include <stdlib.h>

#include "base/wrap.h"

WRAPS static size_t segment_hash(uint32_t stream, uint32_t index)
{
    uint64_t key = (uint64_t)stream << 32 | index;

    key *= UINT64_C(0x9e3779b97f4a7c15); /* Fibonacci hashing */
    return (size_t)(key >> 32);
}

/* The segment's place: where it is, or where it would be put. */
static struct segment *find_place(const struct segments *segments, uint32_t stream, uint32_t index)
{
    size_t mask = segments->capacity - 1, at = segment_hash(stream, index) & mask;
    struct segment *table = segments->table;

    while (table[at].is_used && (table[at].stream != stream || table[at].index != index))
        at = (at + 1) & mask;
    return &table[at];
}

struct segment *segments_find(const struct segments *segments, uint32_t stream, uint32_t index)
{
    struct segment *place = segments->capacity ? find_place(segments, stream, index) : NULL;

    return place && place->is_used ? place : NULL;
}

static int segments_grow(struct segments *segments)
{
    struct segments larger = {.capacity = segments->capacity ? segments->capacity * 2 : 16,
                              .count = segments->count};

    if (segments->count >= SEGMENTS_MAX)
        return -1;
    larger.table = calloc(larger.capacity, sizeof(*larger.table));
    if (!larger.table)
        return -1;
    for (size_t i = 0; i < segments->capacity; i++) {
        const struct segment *segment = &segments->table[i];

        if (segment->is_used)
            *find_place(&larger, segment->stream, segment->index) = *segment;
    }
    free(segments->table);
    *segments = larger;
    return 0;
}

struct segment *segments_add(struct segments *segments, uint32_t stream, uint32_t index)
{
    struct segment *place = segments_find(segments, stream, index);

    if (place)
        return place;
    if (segments->count >= segments->capacity / 4 * 3 && segments_grow(segments))
        return NULL;
    place = find_place(segments, stream, index);
    *place = (struct segment){.stream = stream, .index = index, .is_used = 1};
    segments->count++;
    return place;
}

void segments_free(struct segments *segments)
{
    free(segments->table);
    *segments = (struct segments){0};
}
