#include "decode_ahead_world.h"

#include <string.h>

void decode_ahead_world_init(struct decode_ahead_world *world, uint64_t room, uint32_t count,
                             uint64_t size)
{
    memset(world, 0, sizeof(*world));
    decode_ahead_init(&world->ahead, room, 0);
    world->dir.entries = world->entries;
    world->dir.count = count;
    for (uint32_t i = 0; i < count; i++)
        world->entries[i] = (struct zip_entry){
            .method = ZIP_METHOD_DEFLATED, .size = size, .compressed_size = size};
}

unsigned decode_ahead_world_work(struct decode_ahead_world *world, unsigned stream)
{
    struct decode_ahead_job jobs[DECODE_AHEAD_LANES];
    unsigned running = 0;
    struct decode_ahead_place place;

    world->count = 0;
    while (running < DECODE_AHEAD_LANES &&
           decode_ahead_begin_job(&world->ahead, &world->dir, stream, &jobs[running], &place)) {
        world->made[world->count++] = place;
        running++;
    }
    for (unsigned turn = 0; running; turn++) {
        unsigned i = turn % running;

        if (decode_ahead_next_piece(&world->ahead, &world->dir, &jobs[i], &place) &&
            world->count < MANY)
            world->made[world->count++] = place;
        else
            jobs[i] = jobs[--running];
    }
    return world->count;
}

int decode_ahead_world_made_pieces(const struct decode_ahead_world *world, uint32_t entry,
                                   uint64_t first, uint64_t last)
{
    if (world->count != last + 1 - first)
        return 0;
    for (unsigned i = 0; i < world->count; i++)
        if (world->made[i].entry != entry || world->made[i].piece != first + i)
            return 0;
    return 1;
}

int decode_ahead_world_made_entries(const struct decode_ahead_world *world, uint32_t first,
                                    uint32_t last)
{
    if (world->count != last + 1 - first)
        return 0;
    for (unsigned i = 0; i < world->count; i++)
        if (world->made[i].entry != first + i || world->made[i].piece)
            return 0;
    return 1;
}
