/* One archive of one task that is downloaded. See download/download.h. */
#ifndef TASKFS_DOWNLOAD_JOB_H
#define TASKFS_DOWNLOAD_JOB_H

#include "download/ahead.h"
#include "download/cache_fill.h"
#include "download/download.h"
#include "download/plan.h"
#include "download/target.h"
#include "download/zip_copy.h"

enum job_phase {
    JOB_WAITS, /* with --wait: until the task has ended */
    JOB_TURN,  /* until few enough other jobs are loaded */
    JOB_FINDS, /* the task */
    JOB_OPENS, /* its archive */
    JOB_LOADS, /* the directory */
    JOB_COPIES_ZIP,
    JOB_FILLS, /* the cache on disk, and nothing else */
};

struct job {
    struct op op;
    struct download *download;
    char *id;
    enum archive_kind kind;
    const char *what;        /* "outputs" or "inputs" */
    int is_zip;              /* the archive itself is downloaded */
    struct strings names;    /* of its own, beside those of the options */
    int is_whole;            /* all is wanted, unless the options have names */
    struct job *then;        /* another of the task, which begins when this one has ended: both
                              * write below one folder. NULL none */
    int is_second;           /* it is such a one */
    struct task *task;       /* holds a reference */
    struct archive *archive; /* the same */
    char status[64];         /* of the task; "" not known */
    int is_terminated;
    double files;  /* of the outputs, as the service says; -1 unknown */
    int64_t since; /* how recent the task's state must be */
    struct target target;
    int has_target;
    struct selection selection; /* what the user has named of the tree */
    struct plan plan;
    struct zip_copy zip;
    struct cache_fill fill;
    unsigned unseen; /* entries that the tree cannot show */
    enum job_phase phase;

    /* Guarded by download->lock: */
    int has_turn;
    int is_ready; /* lanes may take its files */
    int has_ended;
    uint32_t next;      /* the first file of the plan that no lane has taken */
    uint32_t left;      /* files that are not done */
    uint32_t low;       /* files before it are done */
    uint8_t *done;      /* a bit for each file of the plan */
    uint64_t discarded; /* the archive's bytes before it are not needed any more */
    struct ahead ahead;
    uint64_t downloaded, failed; /* files */
    uint64_t downloaded_bytes;
};

/* A job for one archive of the task `id`, which is copied. Returns NULL without memory. */
struct job *job_new(struct download *download, const char *id, enum archive_kind kind);
/* Nobody uses the job any more. */
void job_free(struct job *job);

void job_start(struct job *job);
/* A file of the plan, the one at `at`, has become what copy_step says. Reports it. */
void job_note_file(struct job *job, uint32_t at, int rc);
/* All files are done: finishes the folders and says what has become of the task. Blocks. */
void job_finish(struct job *job);
/* The name of the archive in DIR/ID. */
const char *job_zip_name(const struct job *job);
/* Returns where the files are or would be, as the user names it: the target's folder, or the
 * path of the archive, which is written to `out`. */
const char *job_place(const struct job *job, char *out, size_t size);
/* Ends the job without its files, and says why. Returns 0. */
int job_end_early(struct job *job, const char *why);
/* The error in words for a user. */
const char *job_words_for(int error);
/* The archive is open: begins to fill the cache on disk with it. Returns 0 to go on, or 1 when the
 * job has ended. */
int job_start_filling(struct job *job);
/* cache_fill_step has returned `rc`: ends the job, and says what has become of it. Returns 0. */
int job_end_filling(struct job *job, int rc);
/* Writes what has become of the task, with --json; `why` may be NULL. */
void job_report(struct job *job, const char *result, const char *why);

/* Adds what the user has named to the selection; all, if nothing was. Returns 0; -ENOENT when a
 * name stands for nothing, which was said; or -ENOMEM. */
int job_select(const struct job *job, struct selection *selection);

#endif
