/* An archive's directory of made-up members, and who reads and decodes them, for tests of the policy. */
#ifndef TASKFS_AHEAD_WORLD_H
#define TASKFS_AHEAD_WORLD_H

#include "zip/ahead.h"

#define MIB       (1024u * 1024)
#define MANY      4096 /* places that a test collects at most */
#define MAX_FILES 600

struct ahead_world {
    struct ahead ahead;
    struct zip_directory dir;
    struct zip_entry entries[MAX_FILES];
    struct ahead_place made[MANY]; /* by the last work_all */
    unsigned count;
};

/* `count` deflated members of `size` bytes. */
void ahead_world_init(struct ahead_world *world, uint64_t room, uint32_t count, uint64_t size);
/* All lanes of the stream that find work do it in turns until there is none. Returns how many places
 * were made. */
unsigned ahead_world_work(struct ahead_world *world, unsigned stream);
/* Whether they are the pieces first .. last of the entry, in order. */
int ahead_world_made_pieces(const struct ahead_world *world, uint32_t entry, uint64_t first,
                            uint64_t last);
/* Whether they are the entries first .. last, which are of one piece each, in order. */
int ahead_world_made_entries(const struct ahead_world *world, uint32_t first, uint32_t last);

#endif
