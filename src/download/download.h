/*
 * A run of taskfs-download: the jobs, one for each archive that is wanted, and the lanes that copy
 * their files.
 *
 * A job is an op that finds the task, opens and loads its archive and makes the plan. Then its
 * files are taken, one after the other, by lanes: ops of which each copies one file at a time, of
 * whatever job comes first. All of them run on the threads of one executor, the workers, which
 * block on the disk and never on the network. The lane that has finished the last file of a job
 * ends it.
 *
 * download->lock is taken before any other lock of the program. It guards what a comment says of
 * it, and is never held across I/O.
 */
#ifndef TASKFS_DOWNLOAD_DOWNLOAD_H
#define TASKFS_DOWNLOAD_DOWNLOAD_H

#include <pthread.h>
#include <stdatomic.h>

#include "download/complaints.h"
#include "download/options.h"
#include "download/outage.h"
#include "download/report.h"
#include "engine/engine.h"
#include "op/op.h"
#include "task/tasks.h"

struct job;

struct download {
    const struct download_options *options;
    struct engine *engine;
    struct tasks *tasks;
    struct executor *workers;
    unsigned large_max; /* large files that are copied at once */
    mode_t umask;       /* the user's */
    struct report report;
    struct complaints complaints;
    int event; /* an eventfd: readable when all jobs have ended */
    _Atomic int has_failed;
    _Atomic int is_full; /* the disk is: nothing more is written */
    _Atomic int is_away; /* the service is: nothing more is asked for */
    _Atomic int is_stopped;
    _Atomic uint64_t written;
    _Atomic uint64_t planned; /* bytes of the files that are or were to be downloaded */
    _Atomic uint64_t files_done, files_planned;

    pthread_mutex_t lock; /* guards what follows */
    struct job **jobs;
    size_t count;
    size_t first; /* jobs before it have ended */
    size_t ended; /* jobs */
    struct outage outage;
    unsigned large_files;    /* that are copied now */
    unsigned loads;          /* jobs that have their turn: they load, or their files are copied */
    struct wait_queue turns; /* jobs that wait for their turn */
    struct wait_queue idle;  /* lanes that wait for a file */
};

/* Sets up a run without jobs; what it points to outlives it. Returns 0 or a negative errno. */
int download_init(struct download *download, const struct download_options *options,
                  struct engine *engine, struct tasks *tasks);
/* No op of it runs any more. */
void download_free(struct download *download);

/* Adds a job; before download_start. Returns 0 or -ENOMEM. */
int download_add(struct download *download, struct job *job);
/* Starts all jobs, and the lanes, or as many as memory allows. Returns 0; or -ENOMEM without any
 * lane. */
int download_start(struct download *download);
/* Ends all jobs soon, with `error`, and waits until no op runs any more. */
void download_stop(struct download *download, int error);

/* ---- for jobs ---- */

/* A file or a task could not be had. After many failures of the service in a row, the rest of the
 * download is given up, which is said once. */
void download_note_failure(struct download *download, int error);

/* From within a step of the job's op: waits until few enough jobs are loaded. Returns 0 or
 * OP_PENDING or -ENOMEM. */
int download_take_turn(struct download *download, struct job *job, struct op *op);
/* How many bytes of the job's archive may be fetched before its directory is known: some for the
 * job whose files are copied first, none for the others. */
uint64_t download_head(struct download *download, const struct job *job);
/* The job's plan is made, and its files may be taken; or it has ended. */
void download_ready(struct download *download, struct job *job);
void download_ended(struct download *download, struct job *job);

#endif
