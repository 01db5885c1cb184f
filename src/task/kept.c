#include "task/kept.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "disk/format.h"
#include "disk/task.h"
#include "task/tasks_internal.h"

static struct store_disk *disk_of(const struct tasks *tasks)
{
    return tasks->config.archive.object.disk;
}

int kept_is_offline(const struct tasks *tasks)
{
    return disk_of(tasks) && disk_of(tasks)->is_offline;
}

uint64_t kept_stamp(const struct task_summary *summary)
{
    char text[160];
    uint64_t stamp;

    snprintf(text, sizeof(text), "%" PRId64 " %" PRId64 " %.17g %.17g %.17g",
             summary->computation_start, summary->computation_end, summary->computation_seconds,
             summary->output_files, summary->output_zipped);
    stamp = disk_hash(disk_hash(0, summary->status), text);
    return stamp ? stamp : 1;
}

struct object_keep kept_archive(struct task *task, enum archive_kind kind,
                                const struct task_summary *summary, int is_first)
{
    struct object_keep keep = {.kind = (unsigned)kind};

    if (!disk_of(task->tasks) || !summary->is_terminated)
        return keep;
    keep.task = task->id;
    keep.stamp = kept_stamp(summary);
    keep.is_trusted = is_first && !task->era;
    return keep;
}

/* ---- writing ---- */

struct kept_write {
    struct op op;
    struct store_disk *side;
    struct task_state *state; /* holds a reference */
};

static enum disk_task_depth depth_of(const struct task_state *state)
{
    return state->json ? DISK_TASK_DETAIL : DISK_TASK_SUMMARY;
}

/* What is there may say more of the same state. */
static int is_worse(struct disk *disk, const struct disk_task *task)
{
    struct disk_task earlier;
    int is_worse;

    if (disk_task_read(disk, task->id, &earlier))
        return 0;
    is_worse = earlier.stamp == task->stamp && earlier.depth >= task->depth;
    disk_task_free(&earlier);
    return is_worse;
}

static int write_step(struct op *op)
{
    struct kept_write *write = container_of(op, struct kept_write, op);
    const struct task_state *state = write->state;
    BUF_SCOPED text = BUF_INIT(DISK_RECORD_MAX);
    struct disk_task task = {
        .id = state->summary->id, .depth = depth_of(state), .stamp = kept_stamp(state->summary)};

    if (is_worse(write->side->disk, &task))
        return 0;
    if (!state->json)
        task_summary_encode(state->summary, &text);
    task.json = state->json ? state->json : text.data;
    if (!text.error)
        disk_task_write(write->side->disk, &task);
    return 0;
}

static void write_fail(struct op *op, int error)
{
    (void)op;
    (void)error;
}

static void write_release(struct op *op)
{
    struct kept_write *write = container_of(op, struct kept_write, op);

    store_disk_end_write(write->side);
    task_state_unref(write->state);
    free(write);
}

static const struct op_type write_type = {
    .step = write_step, .fail = write_fail, .release = write_release};

void kept_write(struct task *task)
{
    struct store_disk *side = disk_of(task->tasks);
    struct task_state *state = task->state;
    struct kept_write *write;
    uint64_t stamp;

    if (!side || side->is_offline || !state || !state->summary->is_terminated)
        return;
    stamp = kept_stamp(state->summary);
    if (task->kept_stamp == stamp && task->kept_depth >= (unsigned)depth_of(state))
        return;
    write = calloc(1, sizeof(*write));
    if (!write)
        return;
    task->kept_stamp = stamp;
    task->kept_depth = (unsigned)depth_of(state);
    write->side = side;
    write->state = task_state_ref(state);
    write->op.type = &write_type;
    write->op.deadline = CLOCK_NEVER;
    store_disk_begin_write(side);
    op_start_later(side->executor, &write->op);
}

/* ---- reading ---- */

/* The state that was kept, as if it had been asked for at `asked_at`. NULL when it cannot be
 * used. */
static struct task_state *state_of(const struct disk_task *kept, int64_t asked_at)
{
    struct client_answer answer = {.body = kept->json, .len = kept->len, .asked_at = asked_at};
    int error;
    struct task_state *state = task_state_from_answer(&answer, kept->id, &error);

    if (!state || strcmp(state->summary->id, kept->id) != 0 || !state->summary->is_terminated) {
        task_state_unref(state);
        return NULL;
    }
    if (kept->depth == DISK_TASK_SUMMARY) {
        struct task_state *summary = task_state_from_summary(&state->own_detail.summary, asked_at);

        task_state_unref(state);
        state = summary;
    }
    return state;
}

struct kept_look {
    struct op op;
    struct task *task; /* holds a reference */
    int outage;        /* the service could not be asked; 0: it has said in short what it knows */
};

/* With tasks->lock held. */
static void take_state(struct task *task, const struct disk_task *kept, struct task_state *state)
{
    task->kept_stamp = kept->stamp;
    task->kept_depth = kept->depth;
    task_take_state(task, state);
}

/* Takes the state over if it is still what the service says in short. Returns whether it is. */
static int take_detail(struct task *task, const struct disk_task *kept)
{
    struct task_state *state = kept->depth == DISK_TASK_DETAIL ? state_of(kept, 0) : NULL;
    const struct task_state *known;

    if (!state)
        return 0;
    LOCKED(&task->tasks->lock);
    known = task->state;
    if (!known || known->detail || kept->stamp != kept_stamp(known->summary) ||
        kept->stamp != kept_stamp(state->summary)) {
        task_state_unref(state);
        return 0;
    }
    state->asked_at = known->asked_at;
    state->era = known->era;
    take_state(task, kept, state);
    return 1;
}

/* Takes the state over, as nothing else is known. Returns whether it is one. */
static int take_any(struct task *task, const struct disk_task *kept)
{
    struct task_state *state = state_of(kept, clock_ms());

    if (!state)
        return 0;
    LOCKED(&task->tasks->lock);
    state->era = task->era;
    take_state(task, kept, state);
    return 1;
}

static int look_step(struct op *op)
{
    struct kept_look *look = container_of(op, struct kept_look, op);
    struct task *task = look->task;
    struct disk_task kept;
    int is_found = 0;

    if (!disk_task_read(disk_of(task->tasks)->disk, task->id, &kept)) {
        is_found = look->outage ? take_any(task, &kept) : take_detail(task, &kept);
        disk_task_free(&kept);
    }
    kept_found(task, is_found, look->outage);
    return 0;
}

static void look_fail(struct op *op, int error)
{
    struct kept_look *look = container_of(op, struct kept_look, op);

    kept_found(look->task, 0, look->outage ? look->outage : error);
}

static void look_release(struct op *op)
{
    struct kept_look *look = container_of(op, struct kept_look, op);

    task_unref(look->task);
    free(look);
}

static const struct op_type look_type = {
    .step = look_step, .fail = look_fail, .release = look_release};

static int start_look(struct task *task, int outage)
{
    struct kept_look *look = calloc(1, sizeof(*look));

    if (!look)
        return -ENOMEM;
    task_ref(task);
    look->task = task;
    look->outage = outage;
    look->op.type = &look_type;
    look->op.deadline = CLOCK_NEVER;
    op_start_later(disk_of(task->tasks)->executor, &look->op);
    return 0;
}

int kept_look_for_detail(struct task *task)
{
    int rc;

    if (!disk_of(task->tasks) || task->was_looked_for || task->era || !task->state ||
        task->state->detail || !task->state->summary->is_terminated)
        return -ENOENT;
    rc = start_look(task, 0);
    if (!rc)
        task->was_looked_for = 1;
    return rc;
}

int kept_look_in_outage(struct task *task, int outage)
{
    if (!disk_of(task->tasks) || outage == -ENOENT || outage == -EACCES || outage == -ENOMEM ||
        outage == -ECANCELED)
        return -ENOENT;
    return start_look(task, outage);
}

/* ---- offline ---- */

struct loading {
    struct tasks *tasks;
    struct task **found; /* each with a reference */
    size_t count, capacity;
};

static int add_found(struct loading *loading, struct task *task)
{
    if (loading->count == loading->capacity) {
        size_t capacity = loading->capacity ? loading->capacity * 2 : 64;
        struct task **found = realloc(loading->found, capacity * sizeof(struct task *));

        if (!found)
            return -ENOMEM;
        loading->found = found;
        loading->capacity = capacity;
    }
    task_ref(task);
    loading->found[loading->count++] = task;
    return 0;
}

/* One that cannot be used is passed over. */
static int load_task(void *arg, const struct disk_task *kept)
{
    struct loading *loading = arg;
    struct tasks *tasks = loading->tasks;
    struct task_state *state = state_of(kept, clock_ms());
    struct task *task;

    if (!state)
        return 0;
    LOCKED(&tasks->lock);
    task = tasks_enter(tasks, kept->id);
    if (!task || task->state) { /* or two accounts have it */
        task_state_unref(state);
        return task ? 0 : -ENOMEM;
    }
    task->state = state;
    return add_found(loading, task);
}

/* The task that changed last comes first. */
static int compare_tasks(const void *a, const void *b)
{
    const struct task *const *left = a, *const *right = b;
    int64_t before = (*left)->state->summary->changed, after = (*right)->state->summary->changed;

    return (before < after) - (before > after);
}

int kept_load(struct tasks *tasks)
{
    struct loading loading = {.tasks = tasks};
    struct task_list *list = calloc(1, sizeof(*list));
    int rc = list ? disk_task_each(disk_of(tasks)->disk, load_task, &loading) : -ENOMEM;

    if (rc) {
        for (size_t i = 0; i < loading.count; i++)
            task_unref(loading.found[i]);
        free(loading.found);
        free(list);
        return rc;
    }
    if (loading.count)
        qsort(loading.found, loading.count, sizeof(*loading.found), compare_tasks);
    list->refs = 1;
    list->tasks = loading.found;
    list->count = loading.count;
    list->asked_at = list->started_at = clock_ms();
    log_info("offline: %zu tasks are on disk", loading.count);
    LOCKED(&tasks->lock);
    tasks->list = list;
    return 0;
}
