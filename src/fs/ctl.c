/*
 * Carrying out what is written to ctl. A write is a request like any other: its step looks at how
 * far the current verb has come and goes on from there, so a thousand that wait cost no thread.
 * Polling is shared: every waiter asks for what is at most TASKS_POLL_MS older than the last answer, and
 * the tasks' table asks the service once for all of them.
 */
#include "fs/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/lock.h"
#include "base/log.h"
#include "task/layout.h"
#include "fs/ops.h"
#include "fs/request.h"

#define PENDING_KILL "pending-kill"
#define KILLED       "killed"

/* ---- nodes ---- */

struct ctl_node {
    struct group group;
    struct task *task; /* holds a reference */
};

static void ctl_release(struct group *group)
{
    struct ctl_node *ctl = container_of(group, struct ctl_node, group);

    task_unref(ctl->task);
    free(ctl);
}

struct group *ctl_new(struct nodes *nodes, struct task *task)
{
    struct ctl_node *ctl = calloc(1, sizeof(*ctl));

    if (!ctl)
        return NULL;
    group_ref(&task->group);
    ctl->task = task;
    group_add(nodes, &ctl->group, GROUP_CTL, ctl_release);
    return &ctl->group;
}

struct task *ctl_task(struct group *group)
{
    return container_of(group, struct ctl_node, group)->task;
}

/* ---- the call that kills ---- */

/* Shared by the write and the answer; an interrupted write leaves it to the answer. */
struct kill_call {
    pthread_mutex_t lock;
    unsigned refs;
    int is_done;
    int error;
    int status;
    char why[256];
    struct wait_queue done;
};

static void kill_call_unref(struct kill_call *call)
{
    unsigned left;

    pthread_mutex_lock(&call->lock);
    left = --call->refs;
    pthread_mutex_unlock(&call->lock);
    if (left)
        return;
    pthread_mutex_destroy(&call->lock);
    free(call);
}

static void kill_come(void *arg, const struct client_answer *answer)
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
    call->refs = 2;
    rc = client_kill(task->tasks->client, task->id, kill_come, call);
    if (rc) {
        pthread_mutex_destroy(&call->lock);
        free(call);
        return rc;
    }
    *out = call;
    return 0;
}

/* ---- one write ---- */

enum phase {
    PHASE_VERB,    /* the verb is to be read */
    PHASE_LOOK,    /* kill: can it be killed? */
    PHASE_CALL,    /* kill: the call is out */
    PHASE_REFUSED, /* kill: it was refused; is it terminal? */
    PHASE_POLL,    /* waits for the task */
    PHASE_TELL,    /* refresh: the kernel is being told */
};

struct ctl_write {
    char data[CTL_WRITE_MAX + 1];
    size_t len;
    size_t at; /* of the current line */
    enum phase phase;
    enum ctl_verb verb;
    int64_t seconds;
    int64_t since; /* of the knowledge that is wanted */
    struct kill_call *call;
    char why[320];
};

static int fail(struct ctl_write *write, int error, const char *why)
{
    snprintf(write->why, sizeof(write->why), "%s", why);
    return error;
}

/* From now on at most the seconds that were given. */
static void start_polling(struct request *request, struct ctl_write *write)
{
    write->phase = PHASE_POLL;
    request->op.deadline = write->seconds == CTL_NO_SECONDS ? CLOCK_NEVER
                                                            : clock_ms() + write->seconds * 1000;
}

static int is_status(const struct task_state *state, const char *status)
{
    return strcmp(state->summary->status, status) == 0;
}

static int no_longer_killable(struct ctl_write *write, const struct task_state *state)
{
    snprintf(write->why, sizeof(write->why),
             "the task has already come to its end (%s): there is nothing to kill",
             state->summary->status);
    return -ESRCH;
}

static int step_look(struct request *request, struct ctl_write *write)
{
    struct task *task = request_task(request);
    struct task_state *state;
    int rc = task_get(task, write->since, 0, &request->op, &state);

    if (rc)
        return rc;
    if (state->summary->is_terminated) {
        rc = no_longer_killable(write, state);
    } else if (is_status(state, PENDING_KILL)) {
        rc = 0;
        start_polling(request, write);
    } else {
        rc = kill_call_start(task, &write->call);
        write->phase = PHASE_CALL;
    }
    task_state_unref(state);
    return rc;
}

static int step_call(struct request *request, struct ctl_write *write)
{
    struct kill_call *call = write->call;
    int rc = 0;

    pthread_mutex_lock(&call->lock);
    if (!call->is_done)
        rc = op_wait(&request->op, &call->done, 0);
    pthread_mutex_unlock(&call->lock);
    if (rc)
        return rc;
    task_expire(request_task(request));
    write->since = clock_ms();
    if (!call->error) {
        log_info("task '%s': the service has accepted the kill", request_task(request)->id);
        start_polling(request, write);
        return 0;
    }
    if (call->error == -EACCES)
        return fail(write, -EACCES, "the service does not allow it: check the API key");
    if (call->error == -ENOENT)
        return -ENOENT;
    if (call->status < 400 || call->status > 499)
        return fail(write, call->error, call->why);
    write->phase = PHASE_REFUSED;
    return 0;
}

/*
 * Which status a service gives to the kill of a terminal task is not known: the task tells. If it is
 * being killed, or is killed, what was wanted has come about: the answer to an earlier try may have been
 * lost.
 */
static int step_refused(struct request *request, struct ctl_write *write)
{
    struct task_state *state;
    int rc = task_get(request_task(request), write->since, 0, &request->op, &state);

    if (rc)
        return rc;
    if (is_status(state, KILLED) || is_status(state, PENDING_KILL))
        start_polling(request, write);
    else if (state->summary->is_terminated)
        rc = no_longer_killable(write, state);
    else
        rc = fail(write, -EIO, write->call->why);
    task_state_unref(state);
    return rc;
}

/* Returns 1 when what is waited for has come. */
static int has_come(const struct ctl_write *write, const struct task_state *state)
{
    if (write->verb == CTL_WAIT)
        return state->summary->is_terminated;
    return write->seconds == CTL_NO_SECONDS || !is_status(state, PENDING_KILL);
}

static int step_poll(struct request *request, struct ctl_write *write)
{
    struct task_state *state;
    int rc;

    if (write->verb == CTL_KILL && write->seconds == CTL_NO_SECONDS)
        return 1;
    rc = task_get(request_task(request), write->since, 0, &request->op, &state);
    if (rc)
        return rc;
    if (has_come(write, state)) {
        rc = 1;
    } else {
        write->since = state->asked_at + TASKS_POLL_MS;
        rc = op_sleep(&request->op, write->since);
    }
    task_state_unref(state);
    return rc;
}

/* Has the kernel look at everything of this task anew, too; a refresh that it has not been told of is
 * none. */
static int start_refresh(struct request *request, struct ctl_write *write)
{
    struct task *task = request_task(request);

    task_forget(task, request->fs->notify);
    write->phase = PHASE_TELL;
    return task_tell_names(task);
}

static int step_tell(struct request *request)
{
    uint64_t directory = node_id(&request_task(request)->group, FILE_TASK_DIR);

    return notify_wait(request->fs->notify, directory, &request->op);
}

/* Begins the verb of the current line. */
static int step_verb(struct request *request, struct ctl_write *write)
{
    const char *line = write->data + write->at;
    const char *end = memchr(line, '\n', write->len - write->at);
    size_t len = end ? (size_t)(end - line) : write->len - write->at;
    int rc = ctl_parse(line, len, &write->verb, &write->seconds, write->why, sizeof(write->why));

    if (rc)
        return rc;
    write->at += len + (end != NULL);
    switch (write->verb) {
    case CTL_KILL:
        write->phase = PHASE_LOOK;
        write->since = request->op.started;
        break;
    case CTL_WAIT:
        write->since = clock_ms() - TASKS_POLL_MS;
        start_polling(request, write);
        break;
    case CTL_REFRESH:
        return start_refresh(request, write);
    default:
        break;
    }
    return 0;
}

static void verb_over(struct request *request, struct ctl_write *write)
{
    write->phase = PHASE_VERB;
    request->op.deadline = clock_ms() + request->fs->config.timeout_ms;
    if (write->call)
        kill_call_unref(write->call);
    write->call = NULL;
}

static int run_write(struct request *request)
{
    struct ctl_write *write = request->write;

    for (;;) {
        int rc = 0;

        switch (write->phase) {
        case PHASE_VERB:
            if (write->at == write->len) {
                task_set_ctl_error(request_task(request), NULL);
                return request_reply_write(request, write->len);
            }
            rc = step_verb(request, write);
            break;
        case PHASE_LOOK:
            rc = step_look(request, write);
            break;
        case PHASE_CALL:
            rc = step_call(request, write);
            break;
        case PHASE_REFUSED:
            rc = step_refused(request, write);
            break;
        case PHASE_POLL:
            rc = step_poll(request, write);
            if (rc == 1) {
                verb_over(request, write);
                rc = 0;
            }
            break;
        case PHASE_TELL:
            rc = step_tell(request);
            if (!rc)
                verb_over(request, write);
            break;
        }
        if (rc)
            return rc;
    }
}

static const char *words_of(int error)
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

static void write_failed(struct request *request, int error)
{
    struct ctl_write *write = request->write;
    const char *why = write->why[0] ? write->why : words_of(error);
    BUF_SCOPED text = BUF_INIT(1024);

    escape_append(&text, why, strlen(why), 0);
    task_set_ctl_error(request_task(request), text.data ? text.data : "");
    log_info("ctl of task '%s': %s", request_task(request)->id, why);
}

static void write_cleanup(struct request *request)
{
    if (request->write->call)
        kill_call_unref(request->write->call);
    free(request->write);
}

static int run_too_large(struct request *request)
{
    (void)request;
    return -EINVAL;
}

void fs_write(fuse_req_t req, fuse_ino_t node, const char *data, size_t size, off_t offset,
              struct fuse_file_info *fi)
{
    struct request *request = request_new(req, node, run_write);
    struct ctl_write *write;

    (void)offset;
    (void)fi;
    if (!request)
        return;
    if (!request->group || request->group->kind != GROUP_CTL) {
        request_refuse(request, EROFS);
        return;
    }
    write = calloc(1, sizeof(*write));
    if (!write) {
        request_refuse(request, ENOMEM);
        return;
    }
    request->write = write;
    request->failed = write_failed;
    request->cleanup = write_cleanup;
    if (size > CTL_WRITE_MAX) {
        snprintf(write->why, sizeof(write->why), "over %d bytes at once", CTL_WRITE_MAX);
        request->run = run_too_large;
    } else {
        memcpy(write->data, data, size);
        write->len = size;
    }
    request_start(request);
}
