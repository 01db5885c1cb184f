/* The small files of a task: from what is known to the current version of each. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "task/live.h"
#include "task/tasks_internal.h"
#include "text/text.h"

#define QUEUED "submitted" /* the one status in which a task has a position in the queue */

/* A text that is being rendered, and what will be known of it. */
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

static void summary_cleanup(struct live_summary *summary)
{
    buf_free(&summary->path);
}

static int render_info(struct task *task, const struct task_detail *detail, int64_t since,
                       struct draft *draft, struct op *op)
{
    double ahead = detail->tasks_ahead;
    __attribute__((cleanup(summary_cleanup))) struct live_summary summary = {
        .path = BUF_INIT(SNAPSHOT_MAX), .time = TIME_UNKNOWN};
    int rc = task_live_summary(task, since, op, &summary);

    if (!rc && ahead < 0 && strcmp(detail->summary.status, QUEUED) == 0)
        rc = task_queue_position(task, since, op, &ahead);
    if (rc)
        return rc;
    text_info(detail, ahead, &draft->text);
    if (summary.is_running)
        text_info_live(summary.path.data, summary.time, summary.seen, &draft->text);
    return 0;
}

/* What it shows changes all the time, and is dated by when it was asked for. */
static int render_load(struct task *task, int64_t since, struct draft *draft, struct op *op)
{
    int rc = task_live_load(task, since, op, &draft->text);

    if (!rc && draft->text.len)
        draft->time = clock_wall_ns();
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

static int render_text(struct task *task, enum task_text kind, const struct task_state *state,
                       int64_t since, struct draft *draft, struct op *op)
{
    int64_t now = client_server_now(task->tasks->config.client);
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
    case TEXT_TOP:
        rc = render_load(task, since, draft, op);
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

/* Returns the current snapshot if the draft is the same, else makes the draft the current one. */
static int publish_text(struct task *task, enum task_text kind, struct draft *draft,
                        struct snapshot **snapshot)
{
    struct snapshot_file file = {.owner = task->identity.number,
                                 .index = FILE_TEXT_FIRST + (uint32_t)kind};
    struct snapshot **current = &task->texts[kind];

    LOCKED(&task->tasks->lock);
    if (!*current || !snapshot_equals(*current, &draft->text, draft->time) ||
        (*current)->is_final != draft->is_final) {
        struct snapshot *made = snapshot_new(&task->tasks->identities, &draft->text, draft->time,
                                             file);

        if (!made)
            return -ENOMEM;
        made->is_final = draft->is_final;
        if (*current)
            identity_unref(&(*current)->identity);
        *current = made;
    }
    identity_ref(&(*current)->identity);
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
        rc = 0; /* nothing in it comes from the service */
    else
        rc = task_get(task, since, need_detail, op, &state);
    if (rc)
        return rc;
    rc = render_text(task, kind, state, since, &draft, op);
    if (!rc)
        rc = publish_text(task, kind, &draft, snapshot);
    task_state_unref(state);
    return rc == -EPROTO ? -EIO : rc;
}

int task_has_text(struct task *task, enum task_text kind)
{
    LOCKED(&task->tasks->lock);
    return task->texts[kind] != NULL;
}
