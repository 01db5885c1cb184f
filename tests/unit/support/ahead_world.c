#include "ahead_world.h"

#include <string.h>

void ahead_world_init(struct ahead_world *world, uint64_t room, uint32_t count, uint64_t size)
{
    memset(world, 0, sizeof(*world));
    ahead_init(&world->ahead, room);
    world->dir.entries = world->entries;
    world->dir.count = count;
    for (uint32_t i = 0; i < count; i++)
        world->entries[i] = (struct zip_entry){
            .method = ZIP_METHOD_DEFLATED, .size = size, .compressed_size = size};
}

unsigned ahead_world_work(struct ahead_world *world, unsigned stream)
{
    struct ahead_job jobs[AHEAD_LANES];
    unsigned running = 0;
    struct ahead_place place;

    world->count = 0;
    while (running < AHEAD_LANES &&
           ahead_begin(&world->ahead, &world->dir, stream, &jobs[running], &place)) {
        world->made[world->count++] = place;
        running++;
    }
    for (unsigned turn = 0; running; turn++) {
        unsigned i = turn % running;

        if (ahead_next(&world->ahead, &world->dir, &jobs[i], &place) && world->count < MANY)
            world->made[world->count++] = place;
        else
            jobs[i] = jobs[--running];
    }
    return world->count;
}

int ahead_world_made_pieces(const struct ahead_world *world, uint32_t entry, uint64_t first,
                            uint64_t last)
{
    if (world->count != last + 1 - first)
        return 0;
    for (unsigned i = 0; i < world->count; i++)
        if (world->made[i].entry != entry || world->made[i].piece != first + i)
            return 0;
    return 1;
}

int ahead_world_made_entries(const struct ahead_world *world, uint32_t first, uint32_t last)
{
    if (world->count != last + 1 - first)
        return 0;
    for (unsigned i = 0; i < world->count; i++)
        if (world->made[i].entry != first + i || world->made[i].piece)
            return 0;
    return 1;
}
