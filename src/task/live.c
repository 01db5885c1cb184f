#include "task/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "task/live_internal.h"

#define RUNNING  "computation-started" /* the one status in which machines are looked into */
#define CHECK_MS 5000                  /* how old the state of a task may be whose files are open */
#define SWEEP_MS 2000                  /* how often it is looked whether something can be dropped */
#define IDLE_MS  8000                  /* without a look, until it is */
#define AGO_MAX  1e9                   /* seconds since a file was modified that are believed */

/* ---- one task's ---- */

static int take_listing(struct live_question *question, const struct buf *answer, char *why);
static int take_load(struct live_question *question, const struct buf *answer, char *why);
static int take_modified(struct live_question *question, const struct buf *answer, char *why);

static void question_init(struct live_question *question, struct live *live,
                          void (*put)(struct buf *out),
                          int (*take)(struct live_question *, const struct buf *, char *))
{
    question->live = live;
    question->take = take;
    question->asked_at = LIVE_NEVER;
    question->json = BUF_INIT(256);
    put(&question->json);
    single_flight_init(&question->asking);
}

static void live_release(struct identity *identity)
{
    struct live *live = live_of(identity);

    live_nodes_free(live);
    live_tree_unref(live->tree);
    machine_unref(live->machine);
    buf_free(&live->listing.json);
    buf_free(&live->load.json);
    buf_free(&live->modified.json);
    buf_free(&live->load_text);
    buf_free(&live->modified_path);
    pthread_mutex_destroy(&live->lock);
    free(live->id);
    free(live);
}

static struct live *live_new(struct task *task)
{
    struct live *live = calloc(1, sizeof(*live));

    if (!live)
        return NULL;
    live->tasks = task->tasks;
    live->owner = task->identity.number;
    live->id = strdup(task->id);
    live->machine = machine_new(task->tasks->config.machines, task->id);
    question_init(&live->listing, live, tracker_put_ls, take_listing);
    question_init(&live->load, live, tracker_put_top, take_load);
    question_init(&live->modified, live, tracker_put_last_modified, take_modified);
    live->load_text = live->modified_path = BUF_INIT(0);
    pthread_mutex_init(&live->lock, NULL);
    identity_add(&task->tasks->identities, &live->identity, IDENTITY_LIVE, live_release);
    if (live->id && live->machine && !live->listing.json.error && !live->load.json.error &&
        !live->modified.json.error)
        return live;
    identity_unref(&live->identity);
    return NULL;
}

struct live *live_of(struct identity *identity)
{
    return container_of(identity, struct live, identity);
}

struct identity *live_identity(struct live *live)
{
    return &live->identity;
}

void live_unref(struct live *live)
{
    identity_unref(&live->identity);
}

void live_leave(struct live *live)
{
    if (live)
        live_unref(live);
}

/* Whether the machine can be looked into in this state: 0, or -ENODATA. */
static int can_look(const struct task_state *state)
{
    return !state->summary->is_terminated && strcmp(state->summary->status, RUNNING) == 0
               ? 0
               : -ENODATA;
}

static int check_task(struct task *task, int64_t since, struct op *op)
{
    struct task_state *state;
    int rc = task_get(task, since, 0, op, &state);

    if (rc)
        return rc;
    rc = can_look(state);
    task_state_unref(state);
    return rc;
}

/* The task's, which is made if there is none; with a reference. */
static struct live *get_live(struct task *task)
{
    LOCKED(&task->tasks->lock);
    if (!task->live)
        task->live = live_new(task);
    if (task->live)
        identity_ref(&task->live->identity);
    return task->live;
}

int task_live(struct task *task, struct op *op, struct live **live)
{
    int rc = check_task(task, tasks_since(task->tasks, op), op);

    if (rc)
        return rc;
    if (!task->tasks->config.machines)
        return -ENOPKG;
    *live = get_live(task);
    return *live ? 0 : -ENOMEM;
}

int live_check(struct live *live, struct op *op)
{
    struct identity *owner = identities_find(&live->tasks->identities, live->owner);
    int rc;

    if (!owner)
        return -ESTALE;
    rc = check_task(task_of(owner), op->started - CHECK_MS, op);
    identity_unref(owner);
    return rc == -ENODATA || rc == -ENOENT ? -ESTALE : rc;
}

/* ---- questions ---- */

static void on_answer(struct machine_request *request, int error)
{
    struct live_question *question = container_of(request, struct live_question, request);
    struct live *live = question->live;
    char why[MACHINE_WHY_MAX];

    strcpy(why, request->why);
    if (!error)
        error = question->take(question, &request->answer, why);
    if (error == -EPROTO) {
        log_error("cannot use what the machine of task '%s' answers: %s", live->id, why);
        error = -EIO;
    }
    buf_free(&request->answer);
    pthread_mutex_lock(&live->lock);
    question->error = error;
    question->asked_at = error ? clock_ms() : request->asked_at;
    strcpy(question->why, error ? why : "");
    if (error == -ENOMEM)
        question->asked_at = LIVE_NEVER;
    single_flight_land(&question->asking, error == -ENOMEM ? error : 0);
    live_start_sweep(live);
    pthread_mutex_unlock(&live->lock);
    identity_unref(&live->identity);
}

static int start_question(void *arg)
{
    struct live_question *question = arg;
    int rc;

    question->request.json = question->json.data;
    question->request.done = on_answer;
    rc = machine_ask(question->live->machine, &question->request);
    if (!rc)
        identity_ref(&question->live->identity);
    return rc;
}

int live_question_get(struct live_question *question, struct op *op, int64_t since)
{
    question->live->used_at = clock_ms();
    /* A failure is for those who have waited for it. */
    if (question->asked_at >= (question->error ? op->started : since))
        return question->error;
    return single_flight_join(&question->asking, op, start_question, question);
}

static int take_listing(struct live_question *question, const struct buf *answer, char *why)
{
    struct live *live = question->live;
    struct live_tree *tree, *old;
    char reason[TRACKER_WHY_MAX];
    size_t skipped;
    int rc = live_tree_decode(answer->data ? answer->data : "", answer->len, &tree, &skipped,
                              reason);

    if (rc) {
        memcpy(why, reason, sizeof(reason));
        return rc;
    }
    pthread_mutex_lock(&live->lock);
    old = live->tree;
    live->tree = tree;
    if (skipped && !live->skipped)
        log_warn("%zu names on the machine of task '%s' are no names of files, and not shown",
                 skipped, live->id);
    live->skipped = skipped;
    pthread_mutex_unlock(&live->lock);
    live_tree_unref(old);
    return 0;
}

/* Decoded text takes the place of what was known. */
static void keep_text(struct live *live, struct buf *kept, struct buf *text)
{
    LOCKED(&live->lock);
    buf_free(kept);
    *kept = *text;
    *text = BUF_INIT(0);
}

static int take_load(struct live_question *question, const struct buf *answer, char *why)
{
    BUF_SCOPED text = BUF_INIT(LIVE_TEXT_MAX);
    int rc = tracker_top_decode(answer->data ? answer->data : "", answer->len, &text, why);

    if (!rc)
        keep_text(question->live, &question->live->load_text, &text);
    return rc;
}

static int take_modified(struct live_question *question, const struct buf *answer, char *why)
{
    BUF_SCOPED path = BUF_INIT(TRACKER_PATH_MAX);
    int64_t now = clock_wall_ns();
    double ago;
    int rc = tracker_last_modified_decode(answer->data ? answer->data : "", answer->len, &path,
                                          &ago, why);

    if (rc)
        return rc;
    keep_text(question->live, &question->live->modified_path, &path);
    LOCKED(&question->live->lock);
    question->live->modified_at = ago < 0 || ago > AGO_MAX ? TIME_UNKNOWN
                                                           : now - (int64_t)(ago * 1e9);
    question->live->modified_seen = now;
    return 0;
}

/* ---- what is known without asking ---- */

/* The task's, with a reference; NULL when nobody has looked yet. */
static struct live *peek_live(struct task *task)
{
    LOCKED(&task->tasks->lock);
    if (task->live)
        identity_ref(&task->live->identity);
    return task->live;
}

int task_live_knows(struct task *task, const char *name)
{
    struct live *live = peek_live(task);
    int knows = live && live_knows(live, 0, name);

    if (live)
        live_unref(live);
    return knows;
}

static void forget_answers(struct live *live)
{
    LOCKED(&live->lock);
    live->listing.asked_at = live->load.asked_at = live->modified.asked_at = LIVE_NEVER;
    for (uint32_t i = 1; i < live->node_count; i++) {
        struct live_file *file = live->nodes[i]->file;

        if (file)
            file->asked_at = file->whole_at = LIVE_NEVER;
    }
}

void task_live_forget(struct task *task)
{
    struct live *live = peek_live(task);

    if (!live)
        return;
    machine_try_again(live->machine);
    forget_answers(live);
    live_unref(live);
}

/* What is known of the failure that live/ has now. */
static int copy_failure(struct task *task, struct buf *why)
{
    struct live *live = peek_live(task);
    int has_failed = 0;

    if (!live)
        return 0;
    pthread_mutex_lock(&live->lock);
    if (live->listing.error) {
        has_failed = 1;
        buf_puts(why, live->listing.why[0] ? live->listing.why : strerror(-live->listing.error));
    }
    pthread_mutex_unlock(&live->lock);
    live_unref(live);
    return has_failed;
}

/* ---- the small texts ---- */

int task_live_why(struct task *task, struct op *op, struct buf *why)
{
    struct task_state *state;
    int rc = task_get(task, tasks_since(task->tasks, op), 0, op, &state);

    if (rc)
        return rc;
    if (state->summary->is_terminated)
        buf_puts(why, "the task has ended: its files are in outputs/");
    else if (can_look(state))
        buf_printf(why, "the machine of a task can be looked into in the status '" RUNNING
                        "' alone, and this is another");
    else if (!task->tasks->config.machines)
        buf_puts(why, "the package taskfs-live is not installed");
    else if (!copy_failure(task, why))
        buf_puts(why, "ok");
    buf_putc(why, '\n');
    task_state_unref(state);
    return why->error;
}

int task_live_load(struct task *task, int64_t since, struct op *op, struct buf *text)
{
    struct live *live;
    int rc = task_live(task, op, &live);

    if (rc)
        return rc == -ENODATA ? 0 : rc;
    pthread_mutex_lock(&live->lock);
    rc = live_question_get(&live->load, op, since);
    if (!rc && live->load_text.len)
        buf_append(text, live->load_text.data, live->load_text.len);
    pthread_mutex_unlock(&live->lock);
    live_unref(live);
    return rc ? rc : text->error;
}

int task_live_summary(struct task *task, int64_t since, struct op *op, struct live_summary *summary)
{
    struct live *live;
    int rc = task_live(task, op, &live);

    summary->is_running = !rc || (rc != OP_PENDING && rc != -ENODATA);
    if (rc)
        return rc == OP_PENDING ? rc : 0;
    pthread_mutex_lock(&live->lock);
    if (machine_is_ready(live->machine))
        rc = live_question_get(&live->modified, op, since);
    if (rc != OP_PENDING && live->modified_path.len) {
        buf_append(&summary->path, live->modified_path.data, live->modified_path.len);
        summary->time = live->modified_at;
        summary->seen = live->modified_seen;
    }
    pthread_mutex_unlock(&live->lock);
    live_unref(live);
    return rc == OP_PENDING ? rc : 0;
}

/* ---- dropping what nobody looks at ---- */

static void drop_answers(struct live *live)
{
    live_tree_unref(live->tree);
    live->tree = NULL;
    buf_free(&live->load_text);
    live->listing.asked_at = live->load.asked_at = live->modified.asked_at = LIVE_NEVER;
    live->listing.error = 0;
}

static int is_asking(const struct live *live)
{
    return single_flight_is_up(&live->listing.asking) || single_flight_is_up(&live->load.asking) ||
           single_flight_is_up(&live->modified.asking);
}

/* With the lock held. Returns 1 when something is still held. */
static int sweep_all(struct live *live)
{
    int64_t now = clock_ms();
    int is_held = 0;

    for (uint32_t i = 1; i < live->node_count; i++)
        if (live->nodes[i]->file)
            is_held |= live_file_sweep(live->nodes[i]->file, now);
    if (is_held || is_asking(live) || now - live->used_at < IDLE_MS)
        return 1;
    drop_answers(live);
    return 0;
}

/* An op of its own each time: it ends while another may be about to start. */
struct live_sweep {
    struct op op;
    struct live *live; /* with a reference */
};

static int sweep_step(struct op *op)
{
    struct live *live = container_of(op, struct live_sweep, op)->live;
    struct identity_usage usage;

    LOCKED(&live->lock);
    if (sweep_all(live))
        return op_sleep(op, clock_ms() + SWEEP_MS);
    if (live->tasks->config.archive.object.cache)
        cache_trim(live->tasks->config.archive.object.cache);
    /* The task holds it, and this op. */
    usage = identity_usage(&live->identity);
    if (!usage.lookups && usage.holders <= 2)
        live_nodes_free(live);
    live->is_sweeping = 0;
    return 0;
}

static void sweep_fail(struct op *op, int error)
{
    struct live *live = container_of(op, struct live_sweep, op)->live;

    (void)error;
    LOCKED(&live->lock);
    live->is_sweeping = 0;
}

static void sweep_release(struct op *op)
{
    struct live_sweep *sweep = container_of(op, struct live_sweep, op);

    live_unref(sweep->live);
    free(sweep);
}

static const struct op_type sweep_type = {
    .step = sweep_step, .fail = sweep_fail, .release = sweep_release};

void live_start_sweep(struct live *live)
{
    struct live_sweep *sweep;

    if (live->is_sweeping)
        return;
    sweep = calloc(1, sizeof(*sweep));
    if (!sweep)
        return; /* the next answer starts one */
    live->is_sweeping = 1;
    identity_ref(&live->identity);
    sweep->live = live;
    sweep->op.type = &sweep_type;
    sweep->op.deadline = CLOCK_NEVER;
    op_start_later(live->tasks->config.archive.executor, &sweep->op);
}
