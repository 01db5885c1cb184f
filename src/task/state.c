#include "task/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static struct task_state *state_new(int64_t asked_at)
{
    struct task_state *state = calloc(1, sizeof(*state));

    if (!state)
        return NULL;
    refcount_init(&state->refs, 1);
    state->asked_at = asked_at;
    return state;
}

struct task_state *task_state_from_summary(struct task_summary *summary, int64_t asked_at)
{
    struct task_state *state = state_new(asked_at);

    if (!state)
        return NULL;
    state->own_summary = *summary;
    memset(summary, 0, sizeof(*summary));
    state->summary = &state->own_summary;
    return state;
}

struct task_state *task_state_from_answer(const struct client_answer *answer, const char *id,
                                          int *error)
{
    struct task_state *state = state_new(answer->asked_at);
    char why[160];

    *error = -ENOMEM;
    if (!state)
        return NULL;
    *error = task_detail_decode(answer->body, answer->len, &state->own_detail, why, sizeof(why));
    if (*error == -EPROTO) {
        log_error("cannot use the service's answer for task '%s': %s", id, why);
        *error = -EIO;
    }
    if (*error) {
        free(state);
        return NULL;
    }
    state->summary = &state->own_detail.summary;
    state->detail = &state->own_detail;
    state->json = malloc(answer->len + 1);
    if (!state->json) {
        *error = -ENOMEM;
        task_state_unref(state);
        return NULL;
    }
    memcpy(state->json, answer->body, answer->len + 1);
    state->json_len = answer->len;
    return state;
}

struct task_state *task_state_ref(struct task_state *state)
{
    refcount_get(&state->refs);
    return state;
}

void task_state_unref(struct task_state *state)
{
    if (!state || !refcount_put(&state->refs))
        return;
    if (state->detail)
        task_detail_free(&state->own_detail);
    task_summary_free(&state->own_summary);
    free(state->json);
    free(state);
}

int64_t task_state_time(const struct task_state *state)
{
    return state->summary->changed == TIME_UNKNOWN ? 0 : state->summary->changed;
}
