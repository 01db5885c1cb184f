#include "kernel/repeated_lookup.h"

#include <stdio.h>
#include <string.h>

#include "base/lock.h"

void repeats_init(struct repeats *repeats)
{
    memset(repeats, 0, sizeof(*repeats));
    pthread_mutex_init(&repeats->lock, NULL);
}

void repeats_free(struct repeats *repeats)
{
    pthread_mutex_destroy(&repeats->lock);
}

void repeats_expect(struct repeats *repeats, uint64_t parent, const char *name, pid_t caller,
                    int error, int64_t now)
{
    struct repeat *repeat;

    LOCKED(&repeats->lock);
    repeat = &repeats->entries[repeats->next++ % REPEATS];
    repeat->parent = parent;
    repeat->caller = caller;
    snprintf(repeat->name, sizeof(repeat->name), "%s", name);
    repeat->error = error;
    repeat->at = now;
}

int repeats_take(struct repeats *repeats, uint64_t parent, const char *name, pid_t caller,
                 int64_t now)
{
    LOCKED(&repeats->lock);
    for (unsigned i = 0; i < REPEATS; i++) {
        struct repeat *repeat = &repeats->entries[i];
        int error = repeat->error;

        if (!error || repeat->parent != parent || repeat->caller != caller ||
            strcmp(repeat->name, name) != 0)
            continue;
        repeat->error = 0;
        if (now - repeat->at <= REPEAT_MS)
            return error;
    }
    return 0;
}
