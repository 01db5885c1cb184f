#include "download/ahead.h"

#define EXTRA_MAX 1024u /* bytes of a local header's extra fields, as far as is expected */

struct ahead_span ahead_span_of(const struct zip_directory *dir, uint32_t index)
{
    const struct zip_entry *entry = &dir->entries[index];
    uint64_t from = entry->header_offset, size = dir->object_size;
    uint64_t most = ZIP_LOCAL_HEADER_SIZE + entry->local_name_len + EXTRA_MAX;
    uint64_t next = index + 1 < dir->count ? dir->entries[index + 1].header_offset
                                           : dir->end.directory_offset;

    if (from >= size) /* it cannot be read */
        return (struct ahead_span){size - 1, size};
    if (entry->compressed_size > AHEAD_LARGE)
        most = AHEAD_FIRST;
    else
        most += entry->compressed_size;
    if (next > from && next - from < most)
        most = next - from;
    if (most > size - from)
        most = size - from;
    return (struct ahead_span){from, from + most};
}

int ahead_next(struct ahead *ahead, uint32_t count, ahead_entry_at *entry_at, const void *arg,
               struct ahead_span *span)
{
    int found = 0;

    if (ahead->unused && ahead->unused + AHEAD_STEP > ahead->window)
        return 0;
    while (ahead->next < count) {
        struct ahead_span next = ahead_span_of(ahead->dir, entry_at(arg, ahead->next));

        if (found && (next.from > span->to + AHEAD_GAP || next.to > span->from + AHEAD_STEP))
            break;
        if (!found)
            *span = next;
        else if (next.to > span->to)
            span->to = next.to;
        found = 1;
        ahead->unused += next.to - next.from;
        ahead->next++;
    }
    return found;
}

int ahead_take(struct ahead *ahead, uint32_t at, ahead_entry_at *entry_at, const void *arg,
               struct ahead_span *span)
{
    if (ahead->next > at)
        return 0;
    *span = ahead_span_of(ahead->dir, entry_at(arg, at));
    ahead->unused += span->to - span->from;
    ahead->next = at + 1;
    return 1;
}

void ahead_done(struct ahead *ahead, uint32_t entry)
{
    struct ahead_span span = ahead_span_of(ahead->dir, entry);
    uint64_t bytes = span.to - span.from;

    ahead->unused -= bytes < ahead->unused ? bytes : ahead->unused;
}
