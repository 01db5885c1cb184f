#include "task/tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/wrap.h"
#include "task/kept.h"
#include "task/live.h"
#include "task/live_text.h"
#include "task/tasks_internal.h"

#define OUTAGE_MS 5000 /* after a failure, until the service is asked again */

/* ---- the table; tasks->lock held ---- */

WRAPS static unsigned task_bucket(const char *id)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 16777619u;
    return hash % TASKS_BUCKETS;
}

static struct task *find_task(struct tasks *tasks, const char *id)
{
    struct task *task = tasks->buckets[task_bucket(id)];

    while (task && strcmp(task->id, id) != 0)
        task = task->chain;
    return task;
}

static void task_release(struct identity *identity)
{
    struct task *task = container_of(identity, struct task, identity);

    for (int i = 0; i < ARCHIVE_KINDS; i++) {
        if (task->archives[i].archive)
            archive_unref(task->archives[i].archive);
        if (task->archives[i].candidate)
            archive_unref(task->archives[i].candidate);
    }
    for (int i = 0; i < TEXT_KINDS; i++)
        if (task->texts[i])
            identity_unref(&task->texts[i]->identity);
    live_leave(task->live);
    task_state_unref(task->state);
    free(task->ctl_error);
    free(task->id);
    free(task);
}

struct task *tasks_enter(struct tasks *tasks, const char *id)
{
    struct task *task = find_task(tasks, id);
    unsigned bucket = task_bucket(id);

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
        list_init(&task->archives[i].evictable);
    }
    single_flight_init(&task->asking);
    single_flight_init(&task->position.asking);
    identity_add(&tasks->identities, &task->identity, IDENTITY_TASK, task_release);
    task->chain = tasks->buckets[bucket];
    tasks->buckets[bucket] = task;
    tasks->count++;
    atomic_store(&tasks->config.stats->value[STAT_TASKS], tasks->count);
    return task;
}

/* The service does not know it any more: it leaves the table, and can come back as another task. */
static void remove_gone_task(struct task *task)
{
    struct tasks *tasks = task->tasks;
    struct task **at = &tasks->buckets[task_bucket(task->id)];

    task->is_gone = 1;
    while (*at && *at != task)
        at = &(*at)->chain;
    if (!*at)
        return;
    *at = task->chain;
    evict_remove_task(task);
    tasks->count--;
    atomic_store(&tasks->config.stats->value[STAT_TASKS], tasks->count);
    identity_unref(&task->identity);
}

int task_names_changed(struct task *task)
{
    struct task_observer *observer = task->tasks->observer;

    return observer ? observer->on_names_changed(observer, task) : 0;
}

/* A terminal task runs again (it was resubmitted): nothing about it is final any more. */
static void on_task_restarted(struct task *task)
{
    for (int kind = 0; kind < ARCHIVE_KINDS; kind++) {
        task->archives[kind].asked_when_done = 0;
        task->archives[kind].candidate_asked_when_done = 0;
    }
    task_names_changed(task); /* without memory, `refresh` remains */
}

static struct state_age state_age_of(const struct task_state *state)
{
    if (!state)
        return (struct state_age){.is_known = 0};
    return (struct state_age){.is_known = 1,
                              .has_detail = state->detail != NULL,
                              .is_terminal = state->summary->is_terminated,
                              .asked_at = state->asked_at,
                              .era = state->era};
}

void task_take_state(struct task *task, struct task_state *state)
{
    struct task_state *old = task->state;
    struct state_age known = state_age_of(old), answer = state_age_of(state);

    if (!freshness_supersedes(&known, &answer, task->era)) {
        task_state_unref(state);
        return;
    }
    if (known.is_terminal && !answer.is_terminal)
        on_task_restarted(task);
    task->state = state;
    task_state_unref(old);
    if (state->detail)
        kept_write(task);
}

struct task *task_of(struct identity *identity)
{
    return container_of(identity, struct task, identity);
}

void task_ref(struct task *task)
{
    identity_ref(&task->identity);
}

void task_unref(struct task *task)
{
    identity_unref(&task->identity);
}

/* ---- life ---- */

/* Half of the budget, but at least the longest text. */
static size_t live_texts_most(struct cache *cache)
{
    size_t half = cache ? cache_budget(cache) / 2 : 0;

    return half > LIVE_TEXT_MAX ? half : LIVE_TEXT_MAX;
}

void tasks_init(struct tasks *tasks, const struct tasks_config *config)
{
    memset(tasks, 0, sizeof(*tasks));
    tasks->config = *config;
    tasks->config.archive.identities = &tasks->identities;
    identities_init(&tasks->identities);
    pthread_mutex_init(&tasks->lock, NULL);
    wait_queue_init(&tasks->listing_waiters);
    list_init(&tasks->evictable);
    live_texts_init(&tasks->live_texts, live_texts_most(config->archive.object.cache));
}

void tasks_observe(struct tasks *tasks, struct task_observer *observer)
{
    LOCKED(&tasks->lock);
    tasks->observer = observer;
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
    live_texts_destroy(&tasks->live_texts);
    pthread_mutex_destroy(&tasks->lock);
}

int64_t tasks_since(const struct tasks *tasks, const struct op *op)
{
    return op->started - tasks->config.ttl_ms;
}

int tasks_outlast_failure(struct op *op)
{
    int failure = op->failure;

    op->failure = 0;
    if (failure == -ENOENT || failure == -EACCES || failure == -ENOMEM)
        return failure;
    return op_sleep(op, clock_ms() + OUTAGE_MS);
}

/* ---- finding and asking ---- */

/* Ids consist of [a-z0-9]; their length is not fixed. */
static int can_be_id(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= TASK_ID_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") == len;
}

static void on_task_answer(void *arg, const struct client_answer *answer)
{
    struct task *task = arg;
    struct tasks *tasks = task->tasks;
    struct task_state *state = NULL;
    int error = answer->error;

    if (!error)
        state = task_state_from_answer(answer, task->id, &error);
    if (state && strcmp(state->summary->id, task->id) != 0) {
        log_error("cannot use the service's answer for task '%s': it is about another", task->id);
        task_state_unref(state);
        state = NULL;
        error = -EIO;
    }
    if (state)
        log_debug(LOG_FS, "task '%s' is '%s'", task->id, state->summary->status);
    pthread_mutex_lock(&tasks->lock);
    if (error && !task->state && !kept_look_in_outage(task, error)) {
        pthread_mutex_unlock(&tasks->lock);
        task_unref(task);
        return;
    }
    if (state) {
        state->era = task->asked_era;
        task_take_state(task, state);
    }
    if (error == -ENOENT || (error && !task->state))
        remove_gone_task(task); /* it is gone, or was never known: the next lookup asks again */
    single_flight_land(&task->asking, error);
    pthread_mutex_unlock(&tasks->lock);
    task_unref(task);
}

/* With the lock held. */
static int send_task_request(struct task *task)
{
    int rc;

    if (kept_is_offline(task->tasks)) {
        log_error("all that the service says of task '%s' is not on disk, and nothing is asked "
                  "offline",
                  task->id);
        return -ENODATA;
    }
    task_ref(task);
    rc = client_task(task->tasks->config.client, task->id, on_task_answer, task);
    if (rc)
        task_unref(task);
    else
        task->asked_era = task->tasks->era;
    return rc;
}

/* With the lock held. */
static int look_for_task(void *arg)
{
    struct task *task = arg;

    return kept_look_for_detail(task) ? send_task_request(task) : 0;
}

void kept_found(struct task *task, int is_found, int outage)
{
    int rc = is_found ? 0 : outage;

    LOCKED(&task->tasks->lock);
    if (!is_found && !outage)
        rc = send_task_request(task);
    if (outage && !is_found && !task->state)
        remove_gone_task(task);
    if (is_found || rc)
        single_flight_land(&task->asking, rc);
}

/* With the lock held: waits for an answer about the task. */
static int ask_task(struct task *task, struct op *op)
{
    return single_flight_join(&task->asking, op, look_for_task, task);
}

int tasks_find(struct tasks *tasks, const char *name, struct op *op, struct task **task)
{
    struct task *found;
    int rc;

    LOCKED(&tasks->lock);
    found = find_task(tasks, name);
    if (!found || !found->state) {
        if (!can_be_id(name) || kept_is_offline(tasks))
            return -ENOENT;
        found = tasks_enter(tasks, name);
        if (!found)
            return -ENOMEM;
        rc = ask_task(found, op);
        if (rc != OP_PENDING && !found->state)
            remove_gone_task(found);
        return rc;
    }
    identity_ref(&found->identity);
    *task = found;
    return 0;
}

int task_get(struct task *task, int64_t since, int need_detail, struct op *op,
             struct task_state **state)
{
    struct state_need need = {.since = since, .detail = need_detail};
    struct state_age known;

    LOCKED(&task->tasks->lock);
    if (task->is_gone)
        return -ENOENT;
    need.era = task->era;
    known = state_age_of(task->state);
    if (freshness_of_state(&known, &need, single_flight_is_up(&task->asking)) != FRESHNESS_GOOD)
        return ask_task(task, op);
    *state = task_state_ref(task->state);
    return 0;
}

struct task_state *task_peek(struct task *task)
{
    LOCKED(&task->tasks->lock);
    return task->state ? task_state_ref(task->state) : NULL;
}

int tasks_know(struct tasks *tasks, const char *name)
{
    struct task *task;

    LOCKED(&tasks->lock);
    task = find_task(tasks, name);
    return task && task->state;
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

int task_invalidate(struct task *task)
{
    struct task_observer *observer = task->tasks->observer;
    struct archive *old[ARCHIVE_KINDS];

    pthread_mutex_lock(&task->tasks->lock);
    for (int i = 0; i < ARCHIVE_KINDS; i++) {
        struct task_archive *known = &task->archives[i];

        old[i] = known->archive;
        if (known->candidate)
            archive_unref(known->candidate);
        known->candidate = NULL;
        known->archive = NULL;
        known->is_known = 0;
        known->absences = 0;
    }
    task->era = ++task->tasks->era;
    pthread_mutex_unlock(&task->tasks->lock);
    for (int i = 0; i < ARCHIVE_KINDS; i++) {
        if (!old[i])
            continue;
        archive_retire(old[i]);
        if (observer)
            observer->on_archive_stale(observer, old[i]);
        archive_unref(old[i]);
    }
    task_live_forget(task);
    return task_names_changed(task);
}

void task_set_ctl_error(struct task *task, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    LOCKED(&task->tasks->lock);
    free(task->ctl_error);
    task->ctl_error = copy;
    task->ctl_error_at = clock_wall_ns();
}
