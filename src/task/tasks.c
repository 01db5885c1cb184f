#include "task/tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/wrap.h"
#include "task/layout.h"
#include "task/tasks_internal.h"

/* ---- states ---- */

static struct task_state *state_new(int64_t asked_at)
{
    struct task_state *state = calloc(1, sizeof(*state));

    if (!state)
        return NULL;
    atomic_init(&state->refs, 1);
    state->asked_at = asked_at;
    return state;
}

struct task_state *task_state_of_summary(struct task_summary *summary, int64_t asked_at)
{
    struct task_state *state = state_new(asked_at);

    if (!state)
        return NULL;
    state->own_summary = *summary;
    memset(summary, 0, sizeof(*summary));
    state->summary = &state->own_summary;
    return state;
}

/* Of the answer of GET /tasks/{id}. Returns NULL and *error. */
static struct task_state *state_of_answer(const struct client_answer *answer, const char *id,
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

static struct task_state *state_ref(struct task_state *state)
{
    atomic_fetch_add(&state->refs, 1);
    return state;
}

void task_state_unref(struct task_state *state)
{
    if (!state || atomic_fetch_sub(&state->refs, 1) != 1)
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

/* ---- the table; tasks->lock held ---- */

WRAPS static unsigned bucket_of(const char *id)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 16777619u;
    return hash % TASKS_BUCKETS;
}

static struct task *find_task(struct tasks *tasks, const char *id)
{
    struct task *task = tasks->buckets[bucket_of(id)];

    while (task && strcmp(task->id, id) != 0)
        task = task->chain;
    return task;
}

static void task_release(struct group *group)
{
    struct task *task = container_of(group, struct task, group);

    for (int i = 0; i < ARCHIVE_KINDS; i++) {
        if (task->archives[i].archive)
            archive_unref(task->archives[i].archive);
        if (task->archives[i].candidate)
            archive_unref(task->archives[i].candidate);
    }
    for (int i = 0; i < TEXT_KINDS; i++)
        if (task->texts[i])
            group_unref(&task->texts[i]->group);
    task_state_unref(task->state);
    free(task->ctl_error);
    free(task->id);
    free(task);
}

struct task *tasks_enter(struct tasks *tasks, const char *id)
{
    struct task *task = find_task(tasks, id);
    unsigned bucket = bucket_of(id);

    if (task)
        return task;
    task = calloc(1, sizeof(*task));
    if (!task || !(task->id = strdup(id))) {
        free(task);
        return NULL;
    }
    task->tasks = tasks;
    for (int i = 0; i < ARCHIVE_KINDS; i++) {
        task->archives[i].task = task;
        list_init(&task->archives[i].listed);
    }
    wait_queue_init(&task->news);
    wait_queue_init(&task->place.news);
    group_add(tasks->nodes, &task->group, GROUP_TASK, task_release);
    task->chain = tasks->buckets[bucket];
    tasks->buckets[bucket] = task;
    tasks->count++;
    atomic_store(&tasks->stats->value[STAT_TASKS], tasks->count);
    return task;
}

/* The service knows it no more: out of the table, so that it may come back as another. */
static void remove_task(struct task *task)
{
    struct tasks *tasks = task->tasks;
    struct task **at = &tasks->buckets[bucket_of(task->id)];

    task->is_gone = 1;
    while (*at && *at != task)
        at = &(*at)->chain;
    if (!*at)
        return;
    *at = task->chain;
    give_up_none_of(task);
    tasks->count--;
    atomic_store(&tasks->stats->value[STAT_TASKS], tasks->count);
    group_unref(&task->group);
}

int task_tell_names(struct task *task)
{
    int rc = 0;

    for (const struct file_name *file = file_names; file->name && !rc; file++)
        rc = notify_name(task->tasks->notify, node_id(&task->group, FILE_TASK_DIR), file->name);
    return rc;
}

/* A terminal task lives again (it was resubmitted): what was for ever is not. */
static void come_back(struct task *task)
{
    for (int kind = 0; kind < ARCHIVE_KINDS; kind++) {
        task->archives[kind].is_final = 0;
        task->archives[kind].candidate_is_final = 0;
    }
    task_tell_names(task); /* without memory, refresh is left */
}

void task_take_state(struct task *task, struct task_state *state)
{
    struct task_state *old = task->state;

    if (old && (old->asked_at > state->asked_at ||
                (old->summary->is_terminated && state->summary->is_terminated && old->detail &&
                 !state->detail && old->era >= task->era))) {
        task_state_unref(state);
        return;
    }
    if (old && old->summary->is_terminated && !state->summary->is_terminated)
        come_back(task);
    task->state = state;
    task_state_unref(old);
}

void task_unref(struct task *task)
{
    group_unref(&task->group);
}

/* ---- life ---- */

void tasks_init(struct tasks *tasks, struct client *client, struct nodes *nodes,
                struct stats *stats, const struct archive_context *context, int64_t ttl_ms)
{
    memset(tasks, 0, sizeof(*tasks));
    tasks->client = client;
    tasks->nodes = nodes;
    tasks->stats = stats;
    tasks->archive_context = *context;
    tasks->ttl_ms = ttl_ms;
    pthread_mutex_init(&tasks->lock, NULL);
    wait_queue_init(&tasks->listed);
    list_init(&tasks->archives);
}

void tasks_free(struct tasks *tasks)
{
    tasks_drop_listing(tasks);
    for (unsigned bucket = 0; bucket < TASKS_BUCKETS; bucket++) {
        struct task *task = tasks->buckets[bucket];

        while (task) {
            struct task *next = task->chain;

            task_unref(task);
            task = next;
        }
    }
    pthread_mutex_destroy(&tasks->lock);
}

int64_t tasks_since(const struct tasks *tasks, const struct op *op)
{
    return op->started - tasks->ttl_ms;
}

/* ---- finding and asking ---- */

/* Ids are of [a-z0-9] and of no known length. */
static int can_be_id(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= TASK_ID_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") == len;
}

static void state_come(void *arg, const struct client_answer *answer)
{
    struct task *task = arg;
    struct tasks *tasks = task->tasks;
    struct task_state *state = NULL;
    int error = answer->error;

    if (!error)
        state = state_of_answer(answer, task->id, &error);
    if (state && strcmp(state->summary->id, task->id) != 0) {
        log_error("cannot use the service's answer for task '%s': it is about another", task->id);
        task_state_unref(state);
        state = NULL;
        error = -EIO;
    }
    if (state)
        log_debug(LOG_FS, "task '%s' is '%s'", task->id, state->summary->status);
    pthread_mutex_lock(&tasks->lock);
    task->is_asking = 0;
    if (state) {
        state->era = task->asked_era;
        task_take_state(task, state);
    }
    if (error == -ENOENT || (error && !task->state))
        remove_task(task); /* gone, or never known: the next lookup asks again */
    wait_queue_wake(&task->news, error);
    pthread_mutex_unlock(&tasks->lock);
    task_unref(task);
}

/* With the lock held: has the task asked for, unless it is already, and waits. */
static int ask(struct task *task, struct op *op)
{
    if (!task->is_asking) {
        int rc;

        group_ref(&task->group);
        rc = client_task(task->tasks->client, task->id, state_come, task);
        if (rc) {
            group_unref(&task->group);
            return rc;
        }
        task->is_asking = 1;
        task->asked_era = task->tasks->era;
    }
    return op_wait(op, &task->news, 0);
}

int tasks_find(struct tasks *tasks, const char *name, struct op *op, struct task **task)
{
    struct task *found;
    int rc;

    LOCKED(&tasks->lock);
    found = find_task(tasks, name);
    if (!found || !found->state) {
        if (!can_be_id(name))
            return -ENOENT;
        found = tasks_enter(tasks, name);
        if (!found)
            return -ENOMEM;
        rc = ask(found, op);
        if (rc != OP_PENDING && !found->state)
            remove_task(found);
        return rc;
    }
    group_ref(&found->group);
    *task = found;
    return 0;
}

int task_get(struct task *task, int64_t since, int need_detail, struct op *op,
             struct task_state **state)
{
    struct task_state *known;

    LOCKED(&task->tasks->lock);
    if (task->is_gone)
        return -ENOENT;
    known = task->state;
    if (known && (!need_detail || known->detail) && known->era >= task->era &&
        (known->summary->is_terminated || known->asked_at >= since)) {
        *state = state_ref(known);
        return 0;
    }
    return ask(task, op);
}

struct task_state *task_peek(struct task *task)
{
    LOCKED(&task->tasks->lock);
    return task->state ? state_ref(task->state) : NULL;
}

int tasks_know(struct tasks *tasks, const char *name)
{
    struct task *task;

    LOCKED(&tasks->lock);
    task = find_task(tasks, name);
    return task && task->state;
}

int task_has_text(struct task *task, enum task_text kind)
{
    LOCKED(&task->tasks->lock);
    return task->texts[kind] != NULL;
}

int task_is_gone(struct task *task)
{
    LOCKED(&task->tasks->lock);
    return task->is_gone;
}

void task_expire(struct task *task)
{
    LOCKED(&task->tasks->lock);
    task->era = ++task->tasks->era;
}

void task_forget(struct task *task, struct notify *notify)
{
    struct archive *old[ARCHIVE_KINDS];

    pthread_mutex_lock(&task->tasks->lock);
    for (int i = 0; i < ARCHIVE_KINDS; i++) {
        old[i] = task->archives[i].archive;
        if (task->archives[i].candidate)
            archive_unref(task->archives[i].candidate);
        task->archives[i].candidate = NULL;
        task->archives[i].archive = NULL;
        task->archives[i].is_known = 0;
    }
    task->era = ++task->tasks->era;
    pthread_mutex_unlock(&task->tasks->lock);
    for (int i = 0; i < ARCHIVE_KINDS; i++) {
        if (!old[i])
            continue;
        archive_retire(old[i]);
        archive_tell_stale(old[i], notify);
        archive_unref(old[i]);
    }
}

void task_set_ctl_error(struct task *task, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    LOCKED(&task->tasks->lock);
    free(task->ctl_error);
    task->ctl_error = copy;
    task->ctl_error_at = clock_wall_ns();
}
