/* The files of a job: what has become of each, and what is done when all are done. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "download/job.h"
#include "text/text.h"
#include "tree/attr.h"

/* ---- one file ---- */

static const char *words_for(int error)
{
    switch (error) {
    case -ENOTDIR:
        return "something is in the way of its folder";
    case -EEXIST:
        return "something else is in its place now, and is left alone";
    case -EINVAL: /* by FAT, for example */
    case -EPERM:
        return "the file system does not allow its name, or a link";
    case -EACCES:
        return "it is encrypted, or permission is denied";
    case -EOPNOTSUPP:
        return "its method of compression is not supported";
    case -ESTALE:
        return "the archive was replaced: try again";
    case -EHOSTDOWN:
        return "the service is away";
    default:
        return strerror(-error);
    }
}

static void note_failure(struct job *job, const char *path, int rc)
{
    struct download *download = job->download;

    atomic_store(&download->has_failed, 1);
    if (atomic_load(&download->is_stopped) || rc == -EHOSTDOWN)
        return;
    if (rc == -ENOSPC || rc == -EDQUOT) {
        if (!atomic_exchange(&download->is_full, 1))
            log_error("no space is left in '%s': complete files stay",
                      download->options->directory);
    } else {
        complain(&download->complaints, COMPLAINT_FAILED, "cannot download '%s' of task '%s': %s",
                 path, job->id, words_for(rc));
    }
}

void job_note_file(struct job *job, uint32_t at, int rc)
{
    const struct zip_tree *tree = archive_tree(job->archive);
    uint32_t node = job->plan.todo[at];
    struct report_file file = {.task = job->id,
                               .what = job->what,
                               .result = rc ? "failed" : "downloaded",
                               .bytes = tree->dir->entries[tree->nodes[node].entry].size,
                               .why = rc ? words_for(rc) : NULL};
    char path[NAME_TEXT_MAX];

    if (!rc && !job->download->report.is_json)
        return;
    if (zip_node_path(tree, node, path, sizeof(path)) < 0)
        snprintf(path, sizeof(path), "(a name that is too long)");
    if (rc)
        note_failure(job, path, rc);
    file.path = path;
    report_file(&job->download->report, &file);
}

/* ---- all of them ---- */

/* Makes the folder, and gives it the archive's time if it has one. */
static int finish_folder(struct job *job, uint32_t node)
{
    char path[NAME_TEXT_MAX], *slash;
    struct timespec times[2];
    struct zip_attr attr;
    int fd;

    if (zip_node_path(archive_tree(job->archive), node, path, sizeof(path)) < 0)
        return -ENAMETOOLONG;
    fd = target_enter(&job->target, path, 1);
    if (fd < 0)
        return fd;
    close(fd);
    zip_node_attr(archive_tree(job->archive), node, NULL, &attr);
    if (!attr.has_time)
        return 0;
    /* By its name in the folder above, as a descriptor that is only a path takes no times. */
    slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    fd = target_enter(&job->target, slash ? path : "", 0);
    if (fd < 0)
        return fd;
    times[0] = times[1] = clock_timespec(attr.time);
    utimensat(fd, slash ? slash + 1 : path, times, AT_SYMLINK_NOFOLLOW);
    close(fd);
    return 0;
}

/* Finishes the wanted folders, those below before those above: making a folder changes the time of
 * the one above. A folder's children have higher numbers than it. */
static void finish_folders(struct job *job)
{
    const struct zip_tree *tree = archive_tree(job->archive);

    for (uint32_t node = tree->count - 1; node > ZIP_ROOT; node--) {
        int rc = 0;

        if (tree->nodes[node].flags & ZIP_NODE_DIRECTORY && selection_has(&job->selection, node))
            rc = finish_folder(job, node);
        if (rc && rc != -ENOTDIR) /* the plan has complained of what is in the way */
            complain(&job->download->complaints, COMPLAINT_FAILED,
                     "cannot make a folder of task '%s': %s", job->id, strerror(-rc));
    }
}

static void say_what_is_there(struct job *job, uint64_t there)
{
    const struct plan *plan = &job->plan;
    char size[32], count[64], already[64] = "";

    text_size(plan->present_bytes + job->downloaded_bytes, size, sizeof(size));
    if (there == plan->files)
        snprintf(count, sizeof(count), "%" PRIu64 " %s", there, there == 1 ? "file" : "files");
    else
        snprintf(count, sizeof(count), "%" PRIu64 " of %" PRIu64 " files", there, plan->files);
    if (plan->present)
        snprintf(already, sizeof(already), ", %" PRIu64 " of them were there already",
                 plan->present);
    report_line(&job->download->report, "%s (%s) of task '%s' are in '%s'%s", count, size, job->id,
                job->target.shown, already);
}

const char *job_zip_name(const struct job *job)
{
    return job->kind == ARCHIVE_OUTPUT ? "output.zip" : "input.zip";
}

const char *job_place(const struct job *job, char *out, size_t size)
{
    if (!job->is_zip)
        return job->target.shown;
    snprintf(out, size, "%s/%s", job->target.folder, job_zip_name(job));
    return out;
}

void job_report(struct job *job, const char *result, const char *why)
{
    const struct plan *plan = &job->plan;
    char place[NAME_TEXT_MAX];
    struct report_task task = {.task = job->id,
                               .what = job->is_zip ? "archive" : job->what,
                               .status = *job->status ? job->status : NULL,
                               .place = job->has_target ? job_place(job, place, sizeof(place))
                                                        : NULL,
                               .result = result,
                               .why = why,
                               .files = plan->files,
                               .bytes = plan->bytes,
                               .downloaded = job->downloaded,
                               .present = plan->present,
                               .left = plan->files - plan->present - plan->count,
                               .failed = job->failed,
                               .wire = plan->todo_wire};

    report_task(&job->download->report, &task);
}

void job_finish(struct job *job)
{
    struct download *download = job->download;
    const struct plan *plan = &job->plan;
    uint64_t there = plan->present + job->downloaded;
    uint64_t absent = plan->files - there - plan->changed;

    finish_folders(job);
    target_remove_parts(&job->target, absent == 0);
    complaints_end(&download->complaints);
    say_what_is_there(job, there);
    if (absent) {
        atomic_store(&download->has_failed, 1);
        log_error("%" PRIu64 " of %" PRIu64 " files are not there: the same command tries again",
                  absent, plan->files);
    }
    if (job->unseen)
        log_warn("%u of the archive's entries cannot be shown as files: --zip copies it all",
                 job->unseen);
    job_report(job, there == plan->files ? "complete" : "incomplete", NULL);
    download_ended(download, job);
}
