/* What is known of a task as of one moment. A state never changes and is shared without a lock. */
#ifndef TASKFS_TASK_STATE_H
#define TASKFS_TASK_STATE_H

#include "api/client.h"
#include "api/task.h"
#include "base/refcount.h"

struct task_state {
    struct refcount refs;
    const struct task_summary *summary;
    const struct task_detail *detail; /* NULL when the state came from the listing */
    char *json;                       /* the service's own object; only with the detail */
    size_t json_len;
    int64_t asked_at; /* clock_ms() when the service was asked */
    uint64_t era;     /* tasks->era at that time */
    struct task_summary own_summary;
    struct task_detail own_detail;
};

/* A state with one reference from an item of the listing; takes over the contents of `summary`.
 * NULL without memory; then `summary` is unchanged. */
struct task_state *task_state_from_summary(struct task_summary *summary, int64_t asked_at);
/* The same from the answer of GET /tasks/{id}. Returns NULL with *error: -ENOMEM, or -EIO after
 * logging which field of the answer cannot be used. */
struct task_state *task_state_from_answer(const struct client_answer *answer, const char *id,
                                          int *error);
struct task_state *task_state_ref(struct task_state *state);
/* Harmless on NULL. */
void task_state_unref(struct task_state *state);

/* When the task last changed, in ns since 1970; 0 when the service does not say. */
int64_t task_state_time(const struct task_state *state);

#endif
