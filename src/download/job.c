#include "download/job.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "text/text.h"
#include "tree/attr.h"

static int job_step(struct op *op);
static void on_fail(struct op *op, int error);

static void on_release(struct op *op)
{
    (void)op; /* the job lives as long as the download */
}

static const struct op_type job_type = {.step = job_step, .fail = on_fail, .release = on_release};

struct job *job_new(struct download *download, const char *id, enum archive_kind kind)
{
    struct job *job = calloc(1, sizeof(*job));

    if (!job)
        return NULL;
    job->id = strdup(id);
    if (!job->id) {
        free(job);
        return NULL;
    }
    job->op.type = &job_type;
    job->op.deadline = CLOCK_NEVER;
    job->download = download;
    job->kind = kind;
    job->what = kind == ARCHIVE_OUTPUT ? "outputs" : "inputs";
    job->is_zip = download->options->wants_zip;
    job->zip.fd = -1;
    return job;
}

void job_free(struct job *job)
{
    if (job->archive)
        archive_unref(job->archive);
    if (job->task)
        task_unref(job->task);
    if (job->has_target)
        target_close(&job->target);
    selection_free(&job->selection);
    plan_free(&job->plan);
    free(job->done);
    free(job->names.at);
    free(job->id);
    free(job);
}

void job_start(struct job *job)
{
    op_start_later(job->download->workers, &job->op);
}

/* ---- what is said ---- */

int job_end_early(struct job *job, const char *why)
{
    atomic_store(&job->download->has_failed, 1);
    if (!atomic_load(&job->download->is_stopped))
        log_error("%s", why);
    job_report(job, "failed", why);
    download_ended(job->download, job);
    return 0;
}

const char *job_words_for(int error)
{
    switch (error) {
    case -EACCES:
        return "permission denied: the API key was refused, or does not allow it";
    case -EIO:
        return "the service could not be reached, or what it sent is damaged";
    case -ETIMEDOUT:
        return "the service did not answer in time: try again";
    case -ESTALE:
        return "it was replaced while it was read: try again";
    default:
        return strerror(-error);
    }
}

static int end_without_archive(struct job *job)
{
    char why[400];
    int may_come = job->kind == ARCHIVE_OUTPUT && !job->is_terminated;

    if (job->is_zip)
        snprintf(why, sizeof(why), "task '%s' (%s) has no %.*s archive%s", job->id, job->status,
                 (int)strlen(job->what) - 1, job->what,
                 may_come ? " yet: it will be there when the task has ended" : "");
    else
        snprintf(why, sizeof(why), "task '%s' (%s) has no %s%s", job->id, job->status, job->what,
                 may_come ? " yet: it will be there when the task has ended" : "");
    return job_end_early(job, why);
}

static int end_incomplete_zip(struct job *job, int error)
{
    char why[600];

    snprintf(why, sizeof(why),
             "the archive of task '%s' is not complete (%s): the same command continues from here",
             job->id, job_words_for(error));
    return job_end_early(job, why);
}

static void job_fail(struct job *job, int error)
{
    char why[600];

    download_note_failure(job->download, error);
    if (job->phase == JOB_COPIES_ZIP)
        zip_copy_end(&job->zip);
    if (error == -ENOENT && job->phase >= JOB_OPENS) {
        end_without_archive(job);
        return;
    }
    if (job->phase == JOB_COPIES_ZIP) {
        end_incomplete_zip(job, error);
        return;
    }
    if (job->phase == JOB_FILLS) {
        job_end_filling(job, error);
        return;
    }
    snprintf(why, sizeof(why), "task '%s': %s", job->id,
             error == -ENOENT ? "the service has no such task" : job_words_for(error));
    job_end_early(job, why);
}

static void on_fail(struct op *op, int error)
{
    job_fail(container_of(op, struct job, op), error);
}

/* The target cannot be written to. */
static int end_at_target(struct job *job, int error)
{
    char why[2 * NAME_TEXT_MAX];
    struct target *target = &job->target;

    if (error == -ENOTDIR && target->id_fd >= 0)
        snprintf(why, sizeof(why), "'%s' is not a folder, and in the way of one: move it away",
                 target->shown);
    else if (error == -EWOULDBLOCK)
        snprintf(why, sizeof(why), "another taskfs-download is at work in '%s'", target->folder);
    else if (error == -ENOSPC || error == -EDQUOT)
        snprintf(why, sizeof(why), "no space is left in '%s': complete files stay",
                 job->download->options->directory);
    else
        snprintf(why, sizeof(why), "cannot write to '%s': %s; name another directory with -o",
                 target->folder, strerror(-error));
    return job_end_early(job, why);
}

/* ---- the task ---- */

static void note_state(struct job *job, const struct task_state *state)
{
    snprintf(job->status, sizeof(job->status), "%s", state->summary->status);
    job->is_terminated = state->summary->is_terminated;
    job->files = state->summary->output_files;
}

static int find_task(struct job *job, struct op *op)
{
    struct task_state *state;
    int rc;

    if (!job->since)
        job->since = tasks_since(job->download->tasks, op);
    if (!job->task) {
        rc = tasks_find(job->download->tasks, job->id, op, &job->task);
        if (rc)
            return rc;
    }
    rc = task_get(job->task, job->since, 0, op, &state);
    if (rc)
        return rc;
    note_state(job, state);
    if (!state->summary->is_terminated && job->phase == JOB_WAITS) {
        job->since = state->asked_at + TASKS_POLL_MS;
        rc = op_sleep(op, job->since);
    }
    task_state_unref(state);
    return rc;
}

/* Waits for the task's end, for as long as it takes: an outage is ridden out. */
static int wait_for_end(struct job *job, struct op *op)
{
    int rc;

    op->rides_out_failures = 1;
    if (op->failure)
        return tasks_outlast_failure(op);
    rc = find_task(job, op);
    if (!rc)
        op->rides_out_failures = 0;
    return rc;
}

/* ---- the archive ---- */

/* Whether all of the archive is to be fetched, as far as can be told without it: nothing of it is
 * in the target yet. */
static int begins_anew(const struct job *job)
{
    const struct download_options *options = job->download->options;
    struct target look;
    int rc;

    if (!job->is_whole || options->files.count || options->is_dry_run || options->is_cache_only)
        return 0;
    rc = target_open(&look, options->directory, job->id, job->what, job->download->umask);
    if (!rc && (job->is_zip ? look.id_fd : look.root) != -ENOENT)
        rc = -EEXIST;
    target_close(&look);
    return !rc;
}

static int open_archive(struct job *job, struct op *op)
{
    int is_final, rc;

    rc = task_archive(job->task, job->kind, job->since, op, &job->archive, &is_final);
    if (rc || job->download->options->is_cache_only)
        return rc;
    rc = target_open(&job->target, job->download->options->directory, job->id, job->what,
                     job->download->umask);
    job->has_target = 1;
    return rc;
}

static void count_unseen(struct job *job)
{
    const struct zip_tree *tree = archive_tree(job->archive);

    for (uint32_t i = 0; i < tree->dir->count; i++) {
        uint8_t problem = tree->dir->entries[i].problem;

        job->unseen += problem != ZIP_OK && problem <= ZIP_NAME_LAST_HIDDEN;
    }
}

static void on_present(void *arg, const char *path, uint64_t bytes)
{
    struct job *job = arg;

    report_file(
        &job->download->report,
        &(struct report_file){
            .task = job->id, .what = job->what, .path = path, .bytes = bytes, .result = "present"});
}

static void on_left(void *arg, const char *path, const char *why)
{
    struct job *job = arg;

    atomic_store(&job->download->has_failed, 1);
    report_file(
        &job->download->report,
        &(struct report_file){
            .task = job->id, .what = job->what, .path = path, .result = "left", .why = why});
}

static int make_plan(struct job *job)
{
    struct download *download = job->download;
    struct plan_rules rules = {.is_forced = download->options->is_forced,
                               .complaints = &download->complaints,
                               .on_present = on_present,
                               .on_left = on_left,
                               .arg = job};
    int rc = selection_init(&job->selection, archive_tree(job->archive));

    if (!rc)
        rc = job_select(job, &job->selection);
    if (rc == -ENOENT) /* which was said */
        atomic_store(&download->has_failed, 1);
    if (!rc || rc == -ENOENT)
        rc = plan_make(&job->plan, &job->selection, &job->target, &rules) ? -ENOMEM : rc;
    atomic_fetch_add(&download->planned, job->plan.todo_bytes);
    atomic_fetch_add(&download->files_planned, job->plan.count);
    return rc;
}

/* With --json, names the files that would be downloaded. */
static void report_plan(struct job *job)
{
    const struct zip_tree *tree = archive_tree(job->archive);
    char path[NAME_TEXT_MAX];

    for (uint32_t i = 0; i < job->plan.count; i++) {
        uint32_t node = job->plan.todo[i];
        struct report_file file = {.task = job->id,
                                   .what = job->what,
                                   .path = path,
                                   .bytes = tree->dir->entries[tree->nodes[node].entry].size,
                                   .result = "planned"};

        if (zip_node_path(tree, node, path, sizeof(path)) >= 0)
            report_file(&job->download->report, &file);
    }
}

static int say_plan(struct job *job)
{
    const struct plan *plan = &job->plan;
    char disk[32], wire[32], place[NAME_TEXT_MAX], present[64] = "";

    text_size(plan->todo_bytes, disk, sizeof(disk));
    text_size(plan->todo_wire, wire, sizeof(wire));
    if (plan->present)
        snprintf(present, sizeof(present), "; %" PRIu64 " of them are there already",
                 plan->present);
    report_line(&job->download->report,
                "task '%s': %" PRIu64 " %s, %" PRIu32
                " to download: %s over the wire, %s on disk in '%s'%s",
                job->id, plan->files, plan->files == 1 ? "file" : "files", plan->count, wire, disk,
                job_place(job, place, sizeof(place)), present);
    job_report(job, "planned", NULL);
    download_ended(job->download, job);
    return 0;
}

/* The plan is made: hands its files to the lanes, or ends. */
static int start_copies(struct job *job)
{
    int rc;

    if (job->download->options->is_dry_run) {
        if (job->download->options->is_json)
            report_plan(job);
        return say_plan(job);
    }
    rc = target_lock(&job->target);
    if (!rc)
        rc = target_create(&job->target);
    if (!rc && job->plan.count)
        job->done = calloc(job->plan.count / 8 + 1, 1);
    if (!rc && job->plan.count && !job->done)
        rc = -ENOMEM;
    if (rc)
        return end_at_target(job, rc);
    job->left = job->plan.count;
    if (job->left)
        download_ready(job->download, job);
    else
        job_finish(job);
    return 0;
}

static int load_archive(struct job *job, struct op *op)
{
    int rc = archive_load(job->archive, op);

    if (rc)
        return rc;
    count_unseen(job);
    rc = make_plan(job);
    if (rc == -ENOENT && !job->plan.files) {
        job_report(job, "failed", "none of the files that were named is there");
        download_ended(job->download, job);
        return 0;
    }
    return rc && rc != -ENOENT ? rc : start_copies(job);
}

/* ---- the archive as it is ---- */

/* Returns 0 to go on, or 1 when the job has ended. */
static int start_zip(struct job *job)
{
    int rc;

    if (job->download->options->is_dry_run) {
        job->plan.files = job->plan.count = 1;
        job->plan.bytes = job->plan.todo_bytes = job->plan.todo_wire =
            archive_source(job->archive)->size;
        say_plan(job);
        return 1;
    }
    rc = target_lock(&job->target);
    if (rc) {
        end_at_target(job, rc);
        return 1;
    }
    job->zip = (struct zip_copy){.archive = job->archive,
                                 .target = &job->target,
                                 .name = job_zip_name(job),
                                 .is_forced = job->download->options->is_forced,
                                 .written = &job->download->written,
                                 .fd = -1};
    atomic_fetch_add(&job->download->planned, archive_source(job->archive)->size);
    atomic_fetch_add(&job->download->files_planned, 1);
    return 0;
}

static int end_zip(struct job *job, int rc)
{
    const char *folder = job->target.folder, *name = job->zip.name;
    uint64_t size = archive_source(job->archive)->size;
    char why[2 * NAME_TEXT_MAX], text[32];

    zip_copy_end(&job->zip);
    if (rc >= 0) {
        text_size(size, text, sizeof(text));
        if (rc)
            report_line(&job->download->report, "the archive is in '%s/%s' already", folder, name);
        else
            report_line(&job->download->report, "the archive (%s) is in '%s/%s'", text, folder,
                        name);
        job->plan.files = 1;
        job->plan.bytes = size;
        job->plan.present = rc > 0;
        job->plan.count = job->downloaded = rc == 0;
        job->plan.todo_wire = rc ? 0 : size;
        job_report(job, "complete", NULL);
        download_ended(job->download, job);
        return 0;
    }
    if (rc == -EEXIST)
        snprintf(why, sizeof(why),
                 "'%s/%s' differs from the archive, and is left alone: --force replaces it", folder,
                 name);
    else if (rc == -EISDIR)
        snprintf(why, sizeof(why),
                 "'%s/%s' is a folder, and in the way of the archive: move it away", folder, name);
    else if (rc == -ENOTEMPTY)
        snprintf(why, sizeof(why), "'%s/.%s.part' is in the way: move it away", folder, name);
    else if (job->zip.is_targets_error)
        return end_at_target(job, rc);
    else
        return end_incomplete_zip(job, rc);
    return job_end_early(job, why);
}

/* ---- the op ---- */

static int end_of_wait(struct job *job)
{
    char why[400];

    job->phase = JOB_TURN;
    if (strcmp(job->status, "success") == 0 || job->download->options->takes_any_status)
        return 0;
    snprintf(why, sizeof(why),
             "task '%s' has ended as '%s': nothing is downloaded; --any-status takes what there is",
             job->id, job->status);
    job_end_early(job, why);
    return 1;
}

/* Makes one step in its phase. Returns 0 to go on; 1 when the job is over, or its files are with
 * the lanes; OP_PENDING or an error. */
static int step_phase(struct job *job, struct op *op)
{
    int rc = 0;

    switch (job->phase) {
    case JOB_WAITS:
        if (job->download->options->waits) {
            rc = wait_for_end(job, op);
            return rc ? rc : end_of_wait(job);
        }
        job->phase = JOB_TURN;
        return 0;
    case JOB_TURN:
        rc = download_take_turn(job->download, job, op);
        if (!rc)
            job->phase = JOB_FINDS;
        return rc;
    case JOB_FINDS:
        rc = find_task(job, op);
        if (!rc && begins_anew(job))
            task_expect_reading(job->task, job->kind, download_head(job->download, job));
        if (!rc)
            job->phase = JOB_OPENS;
        return rc;
    case JOB_OPENS:
        rc = open_archive(job, op);
        if (rc && rc != -ENOMEM && job->has_target) {
            end_at_target(job, rc);
            return 1;
        }
        if (rc)
            return rc;
        if (job->download->options->is_cache_only) {
            job->phase = JOB_FILLS;
            return job_start_filling(job);
        }
        job->phase = job->is_zip ? JOB_COPIES_ZIP : JOB_LOADS;
        return job->is_zip ? start_zip(job) : 0;
    case JOB_LOADS:
        rc = load_archive(job, op);
        return rc ? rc : 1;
    case JOB_COPIES_ZIP:
        rc = zip_copy_step(&job->zip, op);
        if (rc == OP_PENDING)
            return rc;
        end_zip(job, rc);
        return 1;
    case JOB_FILLS:
        rc = cache_fill_step(&job->fill, op);
        if (rc == OP_PENDING)
            return rc;
        job_end_filling(job, rc);
        return 1;
    default:
        return 1;
    }
}

static int job_step(struct op *op)
{
    struct job *job = container_of(op, struct job, op);
    int rc = 0;

    if (job->phase != JOB_WAITS && job->phase < JOB_COPIES_ZIP &&
        atomic_load(&job->download->is_away))
        rc = -EIO;
    while (!rc)
        rc = step_phase(job, op);
    if (rc < 0 && rc != OP_PENDING)
        job_fail(job, rc);
    return rc == OP_PENDING ? rc : 0;
}
