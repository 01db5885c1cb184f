/*
 * The current version of a task's archives. When what is known is too old, a candidate is opened
 * beside the archive that is known: if it is the same version, the known one stays, else it takes
 * its place.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "task/kept.h"
#include "task/tasks_internal.h"

#define CANDIDATES_MAX 2 /* in one step: one that an earlier op asked for, and one of our own */

/* All static functions but try_candidate want tasks->lock held. */

static int is_replaced(struct archive *archive, const char *path)
{
    return strcmp(archive_path(archive), path) != 0 || archive_is_stale(archive);
}

static struct archive_age archive_age_of(const struct task_archive *known, const char *path)
{
    struct archive_age age = {.is_known = known->is_known,
                              .is_absent = !known->archive,
                              .asked_when_done = known->asked_when_done,
                              .absences = known->absences,
                              .asked_at = known->asked_at};

    if (known->archive)
        age.is_outdated = is_replaced(known->archive, path) ||
                          archive_may_have_recovered(known->archive);
    return age;
}

static void release_archive(struct archive **archive)
{
    if (*archive)
        archive_unref(*archive);
    *archive = NULL;
}

/* Whether this mount has not asked for the archive yet, or has forgotten it without a reason to
 * think that there is another. */
static int is_first_look(const struct task_archive *known)
{
    return !known->archive && !known->absences;
}

static struct archive *new_candidate(struct task *task, enum archive_kind kind,
                                     const struct task_summary *summary, const char *path)
{
    int is_output = kind == ARCHIVE_OUTPUT;
    struct archive_spec spec = {.path = path,
                                .region = summary->region,
                                .folder = archive_folders[kind],
                                .dos_zone = is_output ? ZIP_DOS_UTC : ZIP_DOS_LOCAL,
                                .files = is_output ? summary->output_files : -1,
                                .size = is_output ? summary->output_zipped : -1,
                                .head = task->archives[kind].head,
                                .owner = task->identity.number,
                                .top = file_of_archive(kind)};

    spec.keep = kept_archive(task, kind, summary, is_first_look(&task->archives[kind]));
    task->archives[kind].head = 0;
    kept_write(task);
    return archive_new(&task->tasks->config.archive, &spec);
}

/* A candidate for this path, with a reference for the caller. NULL without memory. */
static struct archive *get_candidate(struct task *task, enum archive_kind kind,
                                     const struct task_summary *summary, const char *path)
{
    struct task_archive *known = &task->archives[kind];

    if (known->candidate &&
        (is_replaced(known->candidate, path) ||
         !freshness_candidate_counts(known->candidate_asked_when_done, summary->is_terminated)))
        release_archive(&known->candidate);
    if (!known->candidate) {
        known->candidate = new_candidate(task, kind, summary, path);
        known->candidate_asked_at = clock_ms();
        known->candidate_asked_when_done = summary->is_terminated;
    }
    if (known->candidate)
        archive_ref(known->candidate);
    return known->candidate;
}

/* The candidate is open, or the store has no such object: what was found becomes what is known. */
static void accept_candidate(struct task *task, enum archive_kind kind, struct archive *candidate,
                             int is_absent)
{
    struct task_archive *known = &task->archives[kind];
    int is_usable;

    if (known->candidate != candidate)
        return; /* another op has accepted it */
    known->absences = is_absent && known->candidate_asked_when_done ? known->absences + 1 : 0;
    known->is_known = 1;
    known->asked_when_done = known->candidate_asked_when_done;
    known->asked_at = known->candidate_asked_at;
    known->candidate = NULL;
    is_usable = known->archive && !archive_is_stale(known->archive) &&
                !archive_may_have_recovered(known->archive);
    if (!is_absent && is_usable && archive_is_same(known->archive, candidate)) {
        archive_unref(candidate);
        return;
    }
    if (known->archive)
        archive_retire(known->archive);
    release_archive(&known->archive);
    if (is_absent)
        archive_unref(candidate);
    else
        known->archive = candidate;
}

/* Opens a candidate. Without the lock. */
static int try_candidate(struct task *task, enum archive_kind kind, const struct task_state *state,
                         const char *path, struct op *op)
{
    struct archive *candidate;
    int rc;

    pthread_mutex_lock(&task->tasks->lock);
    candidate = get_candidate(task, kind, state->summary, path);
    pthread_mutex_unlock(&task->tasks->lock);
    if (!candidate)
        return -ENOMEM;
    rc = archive_open(candidate, op);
    if (!rc || rc == -ENOENT) {
        pthread_mutex_lock(&task->tasks->lock);
        accept_candidate(task, kind, candidate, rc == -ENOENT);
        pthread_mutex_unlock(&task->tasks->lock);
        rc = 0;
    }
    archive_unref(candidate);
    return rc;
}

/* Returns 0 with the archive that is known, -ENOENT when it is known that there is none, or -EAGAIN
 * when a candidate has to be opened. Takes the lock. */
static int get_known(struct task *task, enum archive_kind kind, const struct task_state *state,
                     const char *path, int64_t since, struct archive **archive, int *is_final)
{
    struct task_archive *known = &task->archives[kind];
    int is_terminal = state->summary->is_terminated;
    struct archive_need need = {.since = since, .is_terminal = is_terminal, .now = clock_ms()};
    struct archive_age age;

    LOCKED(&task->tasks->lock);
    age = archive_age_of(known, path);
    if (freshness_of_archive(&age, &need) != FRESHNESS_GOOD)
        return -EAGAIN;
    *is_final = freshness_archive_is_final(&age, is_terminal);
    if (!known->archive)
        return -ENOENT;
    archive_ref(known->archive);
    *archive = known->archive;
    evict_note_use(known);
    return 0;
}

void task_expect_reading(struct task *task, enum archive_kind kind, uint64_t bytes)
{
    LOCKED(&task->tasks->lock);
    task->archives[kind].head = bytes;
}

int task_archive(struct task *task, enum archive_kind kind, int64_t since, struct op *op,
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
    for (int tries = 0; rc == -EAGAIN && tries < CANDIDATES_MAX; tries++) {
        rc = try_candidate(task, kind, state, path, op);
        if (!rc)
            rc = get_known(task, kind, state, path, since, archive, is_final);
    }
    if (rc == -EAGAIN)
        rc = -ESTALE; /* it was replaced while we looked, and looked again */
    task_state_unref(state);
    if (!rc)
        tasks_evict_archives(task->tasks);
    return rc;
}
