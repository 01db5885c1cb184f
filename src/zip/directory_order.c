#include "zip/directory_order.h"

#include <errno.h>
#include <stdlib.h>

static int compare_offsets(const void *a, const void *b, void *arg)
{
    const struct zip_entry *entries = arg;
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

    if (entries[first].header_offset != entries[second].header_offset)
        return entries[first].header_offset < entries[second].header_offset ? -1 : 1;
    return first < second ? -1 : 1;
}

static int is_sorted(const struct zip_directory *dir)
{
    for (uint32_t i = 1; i < dir->count; i++)
        if (dir->entries[i].header_offset < dir->entries[i - 1].header_offset)
            return 0;
    return 1;
}

static int offsets_differ(const struct zip_directory *dir)
{
    for (uint32_t i = 1; i < dir->count; i++)
        if (dir->entries[i].header_offset == dir->entries[i - 1].header_offset)
            return 0;
    return 1;
}

/* Moves entries[from[i]] to entries[i], for all i, one cycle of the permutation after the other.
 * `from` is used up. */
static void move_entries(struct zip_entry *entries, uint32_t *from, uint32_t count)
{
    for (uint32_t start = 0; start < count; start++) {
        struct zip_entry first = entries[start];
        uint32_t at = start;

        while (from[at] != start) {
            uint32_t next = from[at];

            entries[at] = entries[next];
            from[at] = at;
            at = next;
        }
        entries[at] = first;
        from[at] = at;
    }
}

static int sort_entries(struct zip_directory *dir)
{
    uint32_t *from = malloc(dir->count * sizeof(*from));
    uint32_t *listed = malloc(dir->count * sizeof(*listed));

    if (!from || !listed) {
        free(from);
        free(listed);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < dir->count; i++)
        from[i] = i;
    qsort_r(from, dir->count, sizeof(*from), compare_offsets, dir->entries);
    for (uint32_t i = 0; i < dir->count; i++)
        listed[from[i]] = i;
    move_entries(dir->entries, from, dir->count);
    free(from);
    dir->listed = listed;
    return 0;
}

int zip_directory_sort(struct zip_directory *dir)
{
    int rc = is_sorted(dir) ? 0 : sort_entries(dir);

    dir->ascending = offsets_differ(dir);
    return rc;
}
