#include "task/control.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/refcount.h"
#include "task/kept.h"
#include "task/verb.h"

#define PENDING_KILL "pending-kill"
#define KILLED       "killed"

/* ---- one opener ---- */

struct control {
    struct identity identity;
    struct task *task;  /* holds a reference */
    atomic_int failure; /* see control_failure */
};

static void control_release(struct identity *identity)
{
    struct control *control = control_of(identity);

    task_unref(control->task);
    free(control);
}

struct control *control_new(struct task *task)
{
    struct control *control = calloc(1, sizeof(*control));

    if (!control)
        return NULL;
    task_ref(task);
    control->task = task;
    identity_add(&task->tasks->identities, &control->identity, IDENTITY_CONTROL, control_release);
    return control;
}

struct control *control_of(struct identity *identity)
{
    return container_of(identity, struct control, identity);
}

struct identity *control_identity(struct control *control)
{
    return &control->identity;
}

struct task *control_task(struct control *control)
{
    return control->task;
}

int control_failure(struct control *control)
{
    return atomic_load(&control->failure);
}

int control_note_failure(struct control *control, int error)
{
    int none = 0;

    return atomic_compare_exchange_strong(&control->failure, &none, error);
}

void control_begin(struct control *control)
{
    atomic_store(&control->failure, 0);
}

/* ---- the call that kills ---- */

/* Shared by the run and the answer. A run that is interrupted leaves it to the answer. */
struct kill_call {
    struct refcount refs;
    pthread_mutex_t lock; /* guards what follows */
    int is_done;
    int error;
    int status;
    char why[256];
    struct wait_queue done;
};

static void kill_call_unref(struct kill_call *call)
{
    if (!refcount_put(&call->refs))
        return;
    pthread_mutex_destroy(&call->lock);
    free(call);
}

static void on_kill_answer(void *arg, const struct client_answer *answer)
{
    struct kill_call *call = arg;

    pthread_mutex_lock(&call->lock);
    call->is_done = 1;
    call->error = answer->error;
    call->status = answer->status;
    snprintf(call->why, sizeof(call->why), "%s", answer->why);
    wait_queue_wake(&call->done, 0);
    pthread_mutex_unlock(&call->lock);
    kill_call_unref(call);
}

static int kill_call_start(struct task *task, struct kill_call **out)
{
    struct kill_call *call = calloc(1, sizeof(*call));
    int rc;

    if (!call)
        return -ENOMEM;
    pthread_mutex_init(&call->lock, NULL);
    wait_queue_init(&call->done);
    refcount_init(&call->refs, 2);
    rc = client_kill(task->tasks->config.client, task->id, on_kill_answer, call);
    if (rc) {
        pthread_mutex_destroy(&call->lock);
        free(call);
        return rc;
    }
    *out = call;
    return 0;
}

/* ---- one run ---- */

enum control_phase {
    PHASE_VERB,    /* the next verb is to be parsed */
    PHASE_LOOK,    /* kill: whether the task can be killed */
    PHASE_CALL,    /* kill: the call is in flight */
    PHASE_REFUSED, /* kill: the call was refused; whether the task is terminal */
    PHASE_POLL,    /* waiting for the task to change */
    PHASE_REFRESH, /* refresh: waiting for the observer */
};

struct control_run {
    struct task *task;
    int64_t timeout_ms;
    char text[CONTROL_TEXT_MAX + 1];
    size_t len;
    size_t at; /* where the next line begins */
    enum control_phase phase;
    enum verb verb;
    int64_t seconds;
    int64_t since; /* how recent the task's state must be */
    struct kill_call *call;
    char why[320];
};

struct control_run *control_run_new(struct task *task, const char *text, size_t len,
                                    int64_t timeout_ms)
{
    struct control_run *run = calloc(1, sizeof(*run));

    if (!run)
        return NULL;
    run->task = task;
    run->timeout_ms = timeout_ms;
    run->len = len;
    if (len <= CONTROL_TEXT_MAX)
        memcpy(run->text, text, len);
    return run;
}

void control_run_free(struct control_run *run)
{
    if (run->call)
        kill_call_unref(run->call);
    free(run);
}

static int fail_because(struct control_run *run, int error, const char *why)
{
    snprintf(run->why, sizeof(run->why), "%s", why);
    return error;
}

/* From now on the op has the seconds that were given with the verb. The task may run for days, so
 * an outage is ridden out: nothing is known of the task meanwhile, as before. */
static void start_polling(struct control_run *run, struct op *op)
{
    run->phase = PHASE_POLL;
    op->rides_out_failures = 1;
    op->failure = 0;
    op->deadline = run->seconds == VERB_NO_SECONDS ? CLOCK_NEVER : clock_ms() + run->seconds * 1000;
}

static int is_status(const struct task_state *state, const char *status)
{
    return strcmp(state->summary->status, status) == 0;
}

static int fail_as_terminal(struct control_run *run, const struct task_state *state)
{
    snprintf(run->why, sizeof(run->why),
             "the task has already come to its end (%s): there is nothing to kill",
             state->summary->status);
    return -ESRCH;
}

static int step_look(struct control_run *run, struct op *op)
{
    struct task_state *state;
    int rc = task_get(run->task, run->since, 0, op, &state);

    if (rc)
        return rc;
    if (state->summary->is_terminated) {
        rc = fail_as_terminal(run, state);
    } else if (is_status(state, PENDING_KILL)) {
        start_polling(run, op);
    } else {
        rc = kill_call_start(run->task, &run->call);
        run->phase = PHASE_CALL;
    }
    task_state_unref(state);
    return rc;
}

static int step_call(struct control_run *run, struct op *op)
{
    struct kill_call *call = run->call;
    int rc = 0;

    pthread_mutex_lock(&call->lock);
    if (!call->is_done)
        rc = op_wait(op, &call->done, 0);
    pthread_mutex_unlock(&call->lock);
    if (rc)
        return rc;
    task_expire(run->task);
    run->since = clock_ms();
    if (!call->error) {
        log_info("task '%s': the service has accepted the kill", run->task->id);
        start_polling(run, op);
        return 0;
    }
    if (call->error == -EACCES)
        return fail_because(run, -EACCES, "the service does not allow it: check the API key");
    if (call->error == -ENOENT)
        return -ENOENT;
    if (call->status < 400 || call->status > 499)
        return fail_because(run, call->error, call->why);
    run->phase = PHASE_REFUSED;
    return 0;
}

/*
 * Which status the service gives to the kill of a terminal task is not known, so the task itself
 * decides. If it is being killed, or was killed, the kill has succeeded: the answer to an earlier
 * try may have been lost.
 */
static int step_refused(struct control_run *run, struct op *op)
{
    struct task_state *state;
    int rc = task_get(run->task, run->since, 0, op, &state);

    if (rc)
        return rc;
    if (is_status(state, KILLED) || is_status(state, PENDING_KILL))
        start_polling(run, op);
    else if (state->summary->is_terminated)
        rc = fail_as_terminal(run, state);
    else
        rc = fail_because(run, -EIO, run->call->why);
    task_state_unref(state);
    return rc;
}

static int has_happened(const struct control_run *run, const struct task_state *state)
{
    if (run->verb == VERB_WAIT)
        return state->summary->is_terminated;
    return !is_status(state, PENDING_KILL);
}

static void finish_verb(struct control_run *run, struct op *op)
{
    run->phase = PHASE_VERB;
    op->rides_out_failures = 0;
    op->deadline = clock_ms() + run->timeout_ms;
    if (run->call)
        kill_call_unref(run->call);
    run->call = NULL;
}

static int step_poll(struct control_run *run, struct op *op)
{
    struct task_state *state;
    int rc;

    if (run->verb == VERB_KILL && run->seconds == VERB_NO_SECONDS) {
        finish_verb(run, op);
        return 0;
    }
    if (op->failure)
        return tasks_outlast_failure(op);
    rc = task_get(run->task, run->since, 0, op, &state);
    if (rc)
        return rc;
    if (has_happened(run, state)) {
        finish_verb(run, op);
    } else {
        run->since = state->asked_at + TASKS_POLL_MS;
        rc = op_sleep(op, run->since);
    }
    task_state_unref(state);
    return rc;
}

/* A refresh has succeeded when the observer, too, has dropped what it had cached. */
static int step_refresh(struct control_run *run, struct op *op)
{
    struct task_observer *observer = run->task->tasks->observer;
    int rc = observer ? observer->await_names(observer, run->task, op) : 0;

    if (!rc)
        finish_verb(run, op);
    return rc;
}

/* Parses the next line and starts its verb. */
static int step_verb(struct control_run *run, struct op *op)
{
    const char *line = run->text + run->at;
    const char *end = memchr(line, '\n', run->len - run->at);
    size_t len = end ? (size_t)(end - line) : run->len - run->at;
    int rc = verb_parse(line, len, &run->verb, &run->seconds, run->why, sizeof(run->why));

    if (rc)
        return rc;
    run->at += len + (end != NULL);
    switch (run->verb) {
    case VERB_KILL:
        run->phase = PHASE_LOOK;
        run->since = op->started;
        break;
    case VERB_WAIT:
        run->since = clock_ms() - TASKS_POLL_MS;
        start_polling(run, op);
        break;
    case VERB_REFRESH:
        if (kept_is_offline(run->task->tasks))
            return fail_because(run, -ENETDOWN,
                                "the mount is offline: nothing can be fetched anew");
        run->phase = PHASE_REFRESH;
        return task_invalidate(run->task);
    case VERB_NONE:
        break;
    }
    return 0;
}

static int step_phase(struct control_run *run, struct op *op)
{
    switch (run->phase) {
    case PHASE_VERB:
        return step_verb(run, op);
    case PHASE_LOOK:
        return step_look(run, op);
    case PHASE_CALL:
        return step_call(run, op);
    case PHASE_REFUSED:
        return step_refused(run, op);
    case PHASE_POLL:
        return step_poll(run, op);
    default:
        return step_refresh(run, op);
    }
}

int control_run_step(struct control_run *run, struct op *op)
{
    if (run->len > CONTROL_TEXT_MAX) {
        snprintf(run->why, sizeof(run->why), "over %d bytes at once", CONTROL_TEXT_MAX);
        return -EINVAL;
    }
    while (run->phase != PHASE_VERB || run->at < run->len) {
        int rc = step_phase(run, op);

        if (rc)
            return rc;
    }
    task_set_ctl_error(run->task, NULL);
    return 0;
}

static const char *words_for(int error)
{
    switch (error) {
    case -ENOENT:
        return "the service knows no such task any more";
    case -EACCES:
        return "the API key was refused, or does not allow it";
    case -ETIMEDOUT:
        return "the time given has run out";
    case -EINTR:
        return "interrupted; the task goes on";
    case -EIO:
        return "the service could not be reached, or gave an answer that makes no sense; see the "
               "log";
    default:
        return strerror(-error);
    }
}

void control_run_failed(struct control_run *run, int error)
{
    const char *why = run->why[0] ? run->why : words_for(error);
    BUF_SCOPED text = BUF_INIT(1024);

    escape_append(&text, why, strlen(why), 0);
    task_set_ctl_error(run->task, text.data ? text.data : "");
    log_info("ctl of task '%s': %s", run->task->id, why);
}
