#include "kernel/repeated_lookup.h"

#include <stdio.h>
#include <string.h>

#include "base/lock.h"

void repeated_lookups_init(struct repeated_lookups *lookups)
{
    memset(lookups, 0, sizeof(*lookups));
    pthread_mutex_init(&lookups->lock, NULL);
}

void repeated_lookups_free(struct repeated_lookups *lookups)
{
    pthread_mutex_destroy(&lookups->lock);
}

void repeated_lookups_expect(struct repeated_lookups *lookups, uint64_t parent, const char *name,
                             pid_t caller, int error, int64_t now)
{
    struct repeated_lookup *lookup;

    LOCKED(&lookups->lock);
    lookup = &lookups->entries[lookups->next++ % REPEATED_LOOKUPS];
    lookup->parent = parent;
    lookup->caller = caller;
    snprintf(lookup->name, sizeof(lookup->name), "%s", name);
    lookup->error = error;
    lookup->at = now;
}

int repeated_lookups_take(struct repeated_lookups *lookups, uint64_t parent, const char *name,
                          pid_t caller, int64_t now)
{
    LOCKED(&lookups->lock);
    for (unsigned i = 0; i < REPEATED_LOOKUPS; i++) {
        struct repeated_lookup *lookup = &lookups->entries[i];
        int error = lookup->error;

        if (!error || lookup->parent != parent || lookup->caller != caller ||
            strcmp(lookup->name, name) != 0)
            continue;
        lookup->error = 0;
        if (now - lookup->at <= REPEATED_LOOKUP_MS)
            return error;
    }
    return 0;
}
