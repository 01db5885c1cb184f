/* Short names for the tests of the policy, on a world that each of their files has for itself. */
#ifndef TASKFS_DECODE_AHEAD_NAMES_H
#define TASKFS_DECODE_AHEAD_NAMES_H

#include "decode_ahead_world.h"

static struct decode_ahead_world world;

static inline void start(uint64_t room, uint32_t count, uint64_t size)
{
    decode_ahead_world_init(&world, room, count, size);
}

static inline unsigned at(uint32_t entry, uint64_t piece)
{
    return decode_ahead_access(&world.ahead, &world.dir, (struct decode_ahead_place){entry, piece});
}

static inline int begin(unsigned stream, struct decode_ahead_job *job,
                        struct decode_ahead_place *place)
{
    return decode_ahead_begin_job(&world.ahead, &world.dir, stream, job, place);
}

static inline int next(const struct decode_ahead_job *job, struct decode_ahead_place *place)
{
    return decode_ahead_next_piece(&world.ahead, &world.dir, job, place);
}

static inline unsigned work_all(unsigned stream)
{
    return decode_ahead_world_work(&world, stream);
}

static inline int made_pieces(uint32_t entry, uint64_t first, uint64_t last)
{
    return decode_ahead_world_made_pieces(&world, entry, first, last);
}

#endif
