/* Short names for the tests of the policy, on a world that each of their files has for itself. */
#ifndef TASKFS_AHEAD_NAMES_H
#define TASKFS_AHEAD_NAMES_H

#include "ahead_world.h"

static struct ahead_world world;

static inline void start(uint64_t room, uint32_t count, uint64_t size)
{
    ahead_world_init(&world, room, count, size);
}

static inline unsigned at(uint32_t entry, uint64_t piece)
{
    return ahead_access(&world.ahead, &world.dir, (struct ahead_place){entry, piece});
}

static inline int begin(unsigned stream, struct ahead_job *job, struct ahead_place *place)
{
    return ahead_begin(&world.ahead, &world.dir, stream, job, place);
}

static inline int next(const struct ahead_job *job, struct ahead_place *place)
{
    return ahead_next(&world.ahead, &world.dir, job, place);
}

static inline unsigned work_all(unsigned stream)
{
    return ahead_world_work(&world, stream);
}

static inline int made_pieces(uint32_t entry, uint64_t first, uint64_t last)
{
    return ahead_world_made_pieces(&world, entry, first, last);
}

#endif
