/* An archive's directory of made-up members, and who reads and decodes them, for tests of the
 * policy. */
#ifndef TASKFS_DECODE_AHEAD_WORLD_H
#define TASKFS_DECODE_AHEAD_WORLD_H

#include "member/decode_ahead.h"

#define MIB       (1024u * 1024)
#define MANY      4096 /* places that a test collects at most */
#define MAX_FILES 600

struct decode_ahead_world {
    struct decode_ahead ahead;
    struct zip_directory dir;
    struct zip_entry entries[MAX_FILES];
    struct decode_ahead_place made[MANY]; /* by the last work_all */
    unsigned count;
};

/* `count` deflated members of `size` bytes. */
void decode_ahead_world_init(struct decode_ahead_world *world, uint64_t room, uint32_t count,
                             uint64_t size);
/* All lanes of the stream that find work do it in turns until there is none. Returns how many
 * places were made. */
unsigned decode_ahead_world_work(struct decode_ahead_world *world, unsigned stream);
/* Whether they are the pieces first .. last of the entry, in order. */
int decode_ahead_world_made_pieces(const struct decode_ahead_world *world, uint32_t entry,
                                   uint64_t first, uint64_t last);
/* Whether they are the entries first .. last, which are of one piece each, in order. */
int decode_ahead_world_made_entries(const struct decode_ahead_world *world, uint32_t first,
                                    uint32_t last);

#endif
