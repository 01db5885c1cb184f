/* What hangs on a task: its current archives, and its small files. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "task/layout.h"
#include "task/tasks_internal.h"
#include "task/text.h"

#define CANDIDATES 2           /* in one step: one from before what is asked for, and a new one */
#define QUEUED     "submitted" /* the one status with a place in the queue */

static const char *const strip_of[ARCHIVE_KINDS] = {"artifacts", "sim_dir"};

/* ---- archives; tasks->lock held by the static functions ---- */

/* What was found while the task lived is old once it is terminal, however young: its outputs come last. */
static int is_current(const struct task_archive *known, const char *path, int is_terminated,
                      int64_t since)
{
    if (!known->is_known)
        return 0;
    if (known->archive &&
        (strcmp(archive_path(known->archive), path) != 0 || archive_is_stale(known->archive) ||
         archive_is_long_broken(known->archive)))
        return 0;
    if (is_terminated && !known->has_vanished)
        return known->is_final;
    return known->asked_at >= since;
}

static void drop(struct archive **archive)
{
    if (*archive)
        archive_unref(*archive);
    *archive = NULL;
}

/* A candidate for this path, with a reference for the caller. */
static struct archive *get_candidate(struct task *task, int kind,
                                     const struct task_summary *summary, const char *path)
{
    struct task_archive *known = &task->archives[kind];

    if (known->candidate &&
        (strcmp(archive_path(known->candidate), path) != 0 || archive_is_stale(known->candidate) ||
         (summary->is_terminated && !known->candidate_is_final)))
        drop(&known->candidate);
    if (!known->candidate) {
        known->candidate = archive_new(&task->tasks->archive_context, path, summary->region,
                                       strip_of[kind],
                                       kind == ARCHIVE_OUTPUT ? summary->output_files : -1,
                                       kind == ARCHIVE_OUTPUT ? summary->output_zipped : -1);
        known->candidate_at = clock_ms();
        known->candidate_is_final = summary->is_terminated;
    }
    if (known->candidate)
        archive_ref(known->candidate);
    return known->candidate;
}

/* The candidate is open, or there is no such object: what is known becomes what was found. */
static void settle(struct task *task, int kind, struct archive *candidate, int is_absent)
{
    struct task_archive *known = &task->archives[kind];

    if (known->candidate != candidate)
        return; /* another op has done it */
    known->has_vanished = is_absent && (known->archive || known->has_vanished);
    known->is_known = 1;
    known->is_final = known->candidate_is_final && !known->has_vanished;
    known->asked_at = known->candidate_at;
    known->candidate = NULL;
    if (!is_absent && known->archive && !archive_is_stale(known->archive) &&
        !archive_is_long_broken(known->archive) && archive_is_same(known->archive, candidate)) {
        archive_unref(candidate);
        return;
    }
    if (known->archive)
        archive_retire(known->archive);
    drop(&known->archive);
    if (is_absent)
        archive_unref(candidate);
    else
        known->archive = candidate;
}

static int try_candidate(struct task *task, int kind, const struct task_state *state,
                         const char *path, struct op *op)
{
    struct archive *candidate;
    int rc;

    pthread_mutex_lock(&task->tasks->lock);
    candidate = get_candidate(task, kind, state->summary, path);
    pthread_mutex_unlock(&task->tasks->lock);
    if (!candidate)
        return -ENOMEM;
    rc = archive_probe(candidate, op);
    if (!rc || rc == -ENOENT) {
        pthread_mutex_lock(&task->tasks->lock);
        settle(task, kind, candidate, rc == -ENOENT);
        pthread_mutex_unlock(&task->tasks->lock);
        rc = 0;
    }
    archive_unref(candidate);
    return rc;
}

static int get_known(struct task *task, int kind, const struct task_state *state, const char *path,
                     int64_t since, struct archive **archive, int *is_final)
{
    struct task_archive *known = &task->archives[kind];

    LOCKED(&task->tasks->lock);
    if (!is_current(known, path, state->summary->is_terminated, since))
        return -EAGAIN;
    *is_final = known->is_final && state->summary->is_terminated;
    if (!known->archive)
        return -ENOENT;
    archive_ref(known->archive);
    *archive = known->archive;
    give_up_last(known);
    return 0;
}

int task_archive(struct task *task, int kind, int64_t since, struct op *op,
                 struct archive **archive, int *is_final)
{
    struct task_state *state;
    const char *path;
    int rc = task_get(task, since, 0, op, &state);

    if (rc)
        return rc;
    path = kind == ARCHIVE_OUTPUT ? state->summary->output_path : state->summary->input_path;
    *is_final = state->summary->is_terminated;
    rc = path ? get_known(task, kind, state, path, since, archive, is_final) : -ENOENT;
    for (int tries = 0; rc == -EAGAIN && tries < CANDIDATES; tries++) {
        rc = try_candidate(task, kind, state, path, op);
        if (!rc)
            rc = get_known(task, kind, state, path, since, archive, is_final);
    }
    if (rc == -EAGAIN)
        rc = -ESTALE; /* replaced while we looked, and looked again */
    task_state_unref(state);
    if (!rc)
        tasks_give_up_unused(task->tasks);
    return rc;
}

/* ---- small files ---- */

/* A text in the making, and what is known of it. */
struct draft {
    struct buf text;
    int64_t time;
    int is_final;
};

static void draft_cleanup(struct draft *draft)
{
    buf_free(&draft->text);
}

static int render_outputs_info(struct task *task, int64_t since, struct draft *draft, struct op *op)
{
    struct archive *archive;
    int is_final, rc = task_archive(task, ARCHIVE_OUTPUT, since, op, &archive, &is_final);

    draft->is_final &= is_final;
    if (rc)
        return rc == -ENOENT ? 0 : rc;
    rc = archive_load(archive, op);
    if (!rc)
        text_outputs_info(archive_tree(archive), archive_source(archive)->size, &draft->text);
    archive_unref(archive);
    return rc;
}

static int render_info(struct task *task, const struct task_detail *detail, int64_t since,
                       struct draft *draft, struct op *op)
{
    double ahead = detail->tasks_ahead;
    int rc = 0;

    if (ahead < 0 && strcmp(detail->summary.status, QUEUED) == 0)
        rc = task_queue_place(task, since, op, &ahead);
    if (!rc)
        text_info(detail, ahead, &draft->text);
    return rc;
}

static void render_ctl_error(struct task *task, struct draft *draft)
{
    LOCKED(&task->tasks->lock);
    buf_puts(&draft->text, task->ctl_error ? task->ctl_error : "ok");
    buf_putc(&draft->text, '\n');
    if (task->ctl_error_at)
        draft->time = task->ctl_error_at;
    draft->is_final = 0;
}

static int render(struct task *task, enum task_text kind, const struct task_state *state,
                  int64_t since, struct draft *draft, struct op *op)
{
    int64_t now = clock_wall_ns();
    int rc = 0;

    draft->time = task_state_time(state);
    draft->is_final = state->summary->is_terminated;
    switch (kind) {
    case TEXT_STATUS:
        text_status(state->summary, &draft->text);
        break;
    case TEXT_MACHINE_TYPE:
        text_machine_type(state->summary, &draft->text);
        break;
    case TEXT_COMPUTATION_TIME:
        text_computation_time(state->summary, now, &draft->text);
        break;
    case TEXT_INFO:
        rc = render_info(task, state->detail, since, draft, op);
        break;
    case TEXT_TASK_JSON:
        rc = json_pretty(state->json, state->json_len, &draft->text);
        break;
    case TEXT_OUTPUTS_INFO:
        rc = render_outputs_info(task, since, draft, op);
        break;
    default:
        render_ctl_error(task, draft);
        break;
    }
    return rc ? rc : draft->text.error;
}

/* The snapshot of this text: the last one, if nothing has changed. */
static int take_text(struct task *task, enum task_text kind, struct draft *draft,
                     struct snapshot **snapshot)
{
    uint64_t ino = node_id(&task->group, FILE_TEXT_FIRST + (uint32_t)kind);
    struct snapshot **current = &task->texts[kind];

    LOCKED(&task->tasks->lock);
    if (!*current || !snapshot_equals(*current, &draft->text, draft->time) ||
        (*current)->is_final != draft->is_final) {
        struct snapshot *made = snapshot_new(task->group.nodes, &draft->text, draft->time, ino);

        if (!made)
            return -ENOMEM;
        made->is_final = draft->is_final;
        if (*current)
            group_unref(&(*current)->group);
        *current = made;
    }
    group_ref(&(*current)->group);
    *snapshot = *current;
    return 0;
}

int task_text(struct task *task, enum task_text kind, struct op *op, struct snapshot **snapshot)
{
    int64_t since = tasks_since(task->tasks, op);
    int need_detail = kind == TEXT_INFO || kind == TEXT_TASK_JSON;
    __attribute__((cleanup(draft_cleanup))) struct draft draft = {.text = BUF_INIT(SNAPSHOT_MAX)};
    struct task_state *state = NULL;
    int rc;

    if (kind == TEXT_CTL_ERROR && (state = task_peek(task)))
        rc = 0; /* nothing of the service's in it */
    else
        rc = task_get(task, since, need_detail, op, &state);
    if (rc)
        return rc;
    rc = render(task, kind, state, since, &draft, op);
    if (!rc)
        rc = take_text(task, kind, &draft, snapshot);
    task_state_unref(state);
    return rc == -EPROTO ? -EIO : rc;
}
