#include "zip/directory_log.h"

#include <inttypes.h>

#include "base/log.h"

#define MEMBERS_MAX 3u /* that are named */

static int is_unreadable(const struct zip_entry *entry)
{
    return entry->problem > ZIP_NAME_LAST_HIDDEN;
}

uint32_t zip_directory_log_problems(const struct zip_directory *dir, const char *name)
{
    uint32_t unreadable = 0;

    for (enum zip_oddity oddity = 0; oddity < ZIP_ODDITIES; oddity++)
        if (dir->end.oddities & 1u << oddity)
            log_warn("'%s' is read although %s", name, zip_oddity_text(oddity));
    for (uint32_t i = 0; i < dir->count; i++) {
        const struct zip_entry *entry = &dir->entries[i];

        if (is_unreadable(entry) && ++unreadable <= MEMBERS_MAX)
            log_warn("'%s': member '%.*s' cannot be read: %s", name, entry->name_len,
                     zip_entry_name(dir, entry),
                     zip_problem_text((enum zip_problem)entry->problem));
    }
    if (unreadable > MEMBERS_MAX)
        log_warn("'%s': %" PRIu32 " more members cannot be read", name, unreadable - MEMBERS_MAX);
    return unreadable;
}
