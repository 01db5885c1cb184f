/* With --cache-only: a job that fills the cache on disk, in place of one that writes files. */
#include <errno.h>
#include <stdio.h>

#include "download/job.h"
#include "text/text.h"

int job_start_filling(struct job *job)
{
    struct download *download = job->download;
    uint64_t size = archive_source(job->archive)->size;
    char why[400], text[32], limit[32];

    job->plan.files = job->plan.count = 1;
    job->plan.bytes = job->plan.todo_bytes = size;
    job->plan.todo_wire = size - archive_kept_bytes(job->archive, 0, size);
    text_size(size, text, sizeof(text));
    text_size(download->options->disk.limit, limit, sizeof(limit));
    if (!job->is_terminated)
        snprintf(why, sizeof(why), "task '%s' (%s) has not ended: only finished tasks are kept",
                 job->id, job->status);
    else if (size > disk_room(download->options->disk.limit))
        snprintf(why, sizeof(why),
                 "the %s archive (%s) of task '%s' is too large for a cache of %s: see "
                 "--disk-cache-size",
                 job->kind == ARCHIVE_OUTPUT ? "output" : "input", text, job->id, limit);
    else
        *why = '\0';
    if (*why) {
        job_end_early(job, why);
        return 1;
    }
    if (download->options->is_dry_run) {
        text_size(job->plan.todo_wire, limit, sizeof(limit));
        report_line(&download->report, "the %s (%s) of task '%s': %s over the wire", job->what,
                    text, job->id, limit);
        job_report(job, "planned", NULL);
        download_ended(download, job);
        return 1;
    }
    job->fill = (struct cache_fill){.task = job->task,
                                    .archive = job->archive,
                                    .disk = &download->engine->store_disk,
                                    .written = &download->written};
    atomic_fetch_add(&download->planned, size);
    atomic_fetch_add(&download->files_planned, 1);
    return 0;
}

int job_end_filling(struct job *job, int rc)
{
    const char *dir = job->download->options->disk.dir;
    char why[600], size[32];

    if (!rc) {
        text_size(job->plan.bytes, size, sizeof(size));
        report_line(&job->download->report, "the %s (%s) of task '%s' are in the cache '%s'",
                    job->what, size, job->id, dir);
        job->downloaded = 1;
        atomic_fetch_add(&job->download->files_done, 1);
        job_report(job, "complete", NULL);
        download_ended(job->download, job);
        return 0;
    }
    if (rc == -ENOSPC)
        snprintf(why, sizeof(why), "the cache '%s' has not taken all %s of task '%s'", dir,
                 job->what, job->id);
    else if (rc == -EOPNOTSUPP)
        snprintf(why, sizeof(why),
                 "the %s of task '%s' cannot be kept: the store does not tell their version",
                 job->what, job->id);
    else
        snprintf(why, sizeof(why),
                 "the %s of task '%s' are not all in the cache (%s): the same command goes on",
                 job->what, job->id, job_words_for(rc));
    return job_end_early(job, why);
}
