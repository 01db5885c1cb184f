/* Which slots of which segments are there: a table in memory, without a lock of its own. */
#ifndef TASKFS_DISK_SEGMENTS_H
#define TASKFS_DISK_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

#define SEGMENTS_MAX (1u << 20) /* in one table; what lies beyond counts as not there */

struct segment {
    uint32_t stream, index;
    uint64_t present; /* a bit for each slot */
    int64_t used_at;  /* clock_ms() when its time of use was set last; 0 never */
    int is_used;      /* the place in the table is */
};

struct segments {
    struct segment *table;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* NULL when it is not in the table. Valid until the next segments_add. */
struct segment *segments_find(const struct segments *segments, uint32_t stream, uint32_t index);
/* The segment, put into the table if it is not there. NULL without memory, or when the table is
 * full. */
struct segment *segments_add(struct segments *segments, uint32_t stream, uint32_t index);
void segments_free(struct segments *segments);

#endif
