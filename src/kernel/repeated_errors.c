#include "kernel/repeated_errors.h"

#include <stdio.h>
#include <string.h>

#include "base/lock.h"

void repeated_errors_init(struct repeated_errors *errors)
{
    memset(errors, 0, sizeof(*errors));
    pthread_mutex_init(&errors->lock, NULL);
}

void repeated_errors_free(struct repeated_errors *errors)
{
    pthread_mutex_destroy(&errors->lock);
}

void repeated_errors_expect(struct repeated_errors *errors, const struct repeated_call *call,
                            int error, int64_t now)
{
    struct repeated_error *entry;

    LOCKED(&errors->lock);
    entry = &errors->entries[errors->next++ % REPEATED_ERRORS];
    entry->call = *call;
    if (call->name) {
        snprintf(entry->name, sizeof(entry->name), "%s", call->name);
        entry->call.name = entry->name;
    }
    entry->error = error;
    entry->at = now;
}

static int is_repeated_by(const struct repeated_call *first, const struct repeated_call *second)
{
    if (first->node != second->node || first->caller != second->caller)
        return 0;
    if (first->name)
        return strcmp(first->name, second->name) == 0;
    return second->offset >= first->offset && second->offset - first->offset < first->size;
}

int repeated_errors_take(struct repeated_errors *errors, const struct repeated_call *call,
                         int64_t now)
{
    LOCKED(&errors->lock);
    for (unsigned i = 0; i < REPEATED_ERRORS; i++) {
        struct repeated_error *entry = &errors->entries[i];
        int error = entry->error;

        if (!error || !is_repeated_by(&entry->call, call))
            continue;
        entry->error = 0;
        if (now - entry->at <= REPEATED_ERROR_MS)
            return error;
    }
    return 0;
}
