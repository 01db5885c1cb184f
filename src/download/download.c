#include "download/download.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "download/copy.h"
#include "download/job.h"

#define LANES        16
#define LOADS_MAX    4
#define WORKERS      8 /* at most; as many as there are processors, and one for those that block */
#define WINDOW_MAX   (24u * 1024 * 1024) /* bytes of an archive that are fetched ahead */
#define HEAD_MAX     (12u * 1024 * 1024) /* bytes of it that are fetched with its directory */
#define FILE_MEMORY  128                 /* bytes that a file takes in directory and tree, about */
#define FILES_A_STEP 64                  /* files that a lane copies before it yields */
#define DISCARD      (1024u * 1024)      /* bytes of it that are discarded at a time */
#define LARGE_MAX    4   /* large files at once, at most: each has AHEAD_OF_LARGE bytes fetched */
#define MEMORY_MS    100 /* until a lane that got no memory asks again */

/* Copies one file at a time, of whatever job is first. */
struct lane {
    struct op op;
    struct download *download;
    struct job *job; /* whose file is copied; NULL none */
    uint32_t at;     /* of its plan */
    int is_large;    /* the file is */
    struct copy copy;
    struct copy_folder folder;
    uint8_t room[ZIP_PIECE]; /* for the content of a small file */
};

int download_init(struct download *download, const struct download_options *options,
                  struct engine *engine, struct tasks *tasks)
{
    *download = (struct download){.options = options, .engine = engine, .tasks = tasks};
    download->umask = umask(0); /* the permissions of files are those of the archive */
    report_init(&download->report, options->is_json);
    pthread_mutex_init(&download->lock, NULL);
    wait_queue_init(&download->turns);
    wait_queue_init(&download->idle);
    download->large_max = engine_processors(LARGE_MAX - 1) + 1;
    download->workers = executor_create(engine_processors(WORKERS - 1) + 1);
    download->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return download->workers && download->event >= 0 ? 0 : -ENOMEM;
}

void download_free(struct download *download)
{
    /* Its threads release the ops of jobs that had waited for the engine. */
    if (download->workers)
        executor_destroy(download->workers);
    for (size_t i = 0; i < download->count; i++)
        job_free(download->jobs[i]);
    free(download->jobs);
    if (download->event >= 0)
        close(download->event);
}

int download_add(struct download *download, struct job *job)
{
    struct job **jobs = realloc(download->jobs, (download->count + 1) * sizeof(struct job *));

    if (!jobs)
        return -ENOMEM;
    download->jobs = jobs;
    jobs[download->count++] = job;
    return 0;
}

void download_note_failure(struct download *download, int error)
{
    uint64_t fetched = stats_get(&download->engine->stats, STAT_BYTES_FETCHED);
    int is_away;

    if ((error != -EIO && error != -ETIMEDOUT) || atomic_load(&download->is_stopped))
        return;
    pthread_mutex_lock(&download->lock);
    is_away = outage_note_failure(&download->outage, fetched);
    pthread_mutex_unlock(&download->lock);
    if (is_away && !atomic_exchange(&download->is_away, 1))
        log_error("nothing comes from the service any more: the rest is left out");
}

/* ---- turns: with download->lock held ---- */

/* Whether another archive may be loaded. Directories and trees are large: while those that are
 * loaded take much of the budget, the next job waits. */
static int may_load(const struct download *download)
{
    struct cache *cache = download->engine->cache;

    return !download->loads ||
           (download->loads < LOADS_MAX && cache_charged(cache) < cache_budget(cache) / 2);
}

int download_take_turn(struct download *download, struct job *job, struct op *op)
{
    LOCKED(&download->lock);
    if (!job->has_turn && !may_load(download))
        return op_wait(op, &download->turns, 0);
    if (!job->has_turn)
        download->loads++;
    job->has_turn = 1;
    return 0;
}

static uint64_t window(const struct download *download)
{
    struct cache *cache = download->engine->cache;
    size_t budget = cache_budget(cache), charged = cache_charged(cache);
    uint64_t third = charged < budget ? (budget - charged) / 3 : 0;

    if (third < AHEAD_STEP)
        third = AHEAD_STEP;
    return third < WINDOW_MAX ? third : WINDOW_MAX;
}

uint64_t download_head(struct download *download, const struct job *job)
{
    struct cache *cache = download->engine->cache;
    double room = (double)cache_budget(cache) - (double)cache_charged(cache);

    if (job->files > 0)
        room -= job->files * FILE_MEMORY;
    LOCKED(&download->lock);
    if (download->jobs[download->first] != job || room <= 0)
        return 0;
    return room / 3 < HEAD_MAX ? (uint64_t)(room / 3) : HEAD_MAX;
}

static uint32_t entry_of_file(const void *arg, uint32_t at)
{
    const struct job *job = arg;

    return archive_tree(job->archive)->nodes[job->plan.todo[at]].entry;
}

static void prefetch(const struct job *job, const struct ahead_span *span)
{
    if (!atomic_load(&job->download->is_away))
        archive_prefetch(job->archive, span->from, span->to);
}

static void fetch_ahead(struct job *job, uint64_t most)
{
    struct ahead_span span;

    job->ahead.window = most;
    while (ahead_next(&job->ahead, job->plan.count, entry_of_file, job, &span))
        prefetch(job, &span);
}

void download_ready(struct download *download, struct job *job)
{
    LOCKED(&download->lock);
    job->ahead.dir = archive_tree(job->archive)->dir;
    job->is_ready = 1;
    fetch_ahead(job, AHEAD_STEP);
    wait_queue_wake(&download->idle, 0);
}

static void announce_end(struct download *download)
{
    uint64_t one = 1;

    /* Cannot fail: the counter is far from its limit. */
    if (write(download->event, &one, sizeof(one)) < 0)
        return;
}

/* With the lock held. Returns the archive, which the caller gives up without it. */
static struct archive *note_end(struct download *download, struct job *job)
{
    struct archive *archive = job->archive;

    job->has_ended = 1;
    job->is_ready = 0;
    job->archive = NULL;
    download->ended++;
    while (download->first < download->count && download->jobs[download->first]->has_ended)
        download->first++;
    if (job->has_turn)
        download->loads--;
    job->has_turn = 0;
    return archive;
}

void download_ended(struct download *download, struct job *job)
{
    struct archive *archive;

    pthread_mutex_lock(&download->lock);
    archive = note_end(download, job);
    pthread_mutex_unlock(&download->lock);
    if (archive)
        archive_unref(archive);
    if (job->has_target)
        target_close(&job->target);
    job->has_target = 0;
    selection_free(&job->selection);
    plan_free(&job->plan);
    if (job->then)
        job_start(job->then);
    LOCKED(&download->lock);
    wait_queue_wake(&download->turns, 0);
    if (download->ended < download->count)
        return;
    announce_end(download);
    wait_queue_wake(&download->idle, 0);
}

/* ---- files ---- */

static const struct zip_entry *entry_of(const struct job *job, uint32_t at)
{
    return &archive_tree(job->archive)->dir->entries[entry_of_file(job, at)];
}

static int is_large(const struct job *job, uint32_t at)
{
    return entry_of(job, at)->compressed_size > AHEAD_LARGE;
}

/* Takes the next file for the lane. Returns 1; 0 when there will be none; or OP_PENDING. */
static int take_file(struct lane *lane)
{
    struct download *download = lane->download;
    int rc;

    LOCKED(&download->lock);
    for (size_t i = download->first; i < download->count; i++) {
        struct job *job = download->jobs[i];
        struct ahead_span span;

        if (!job->is_ready || job->next == job->plan.count)
            continue;
        lane->is_large = is_large(job, job->next);
        if (lane->is_large && download->large_files == download->large_max)
            continue;
        download->large_files += (unsigned)lane->is_large;
        lane->job = job;
        lane->at = job->next++;
        fetch_ahead(job, window(download));
        if (ahead_take(&job->ahead, lane->at, entry_of_file, job, &span))
            prefetch(job, &span);
        return 1;
    }
    if (download->ended == download->count)
        return 0;
    rc = op_wait(&lane->op, &download->idle, 0);
    /* If all lanes gave up where memory is short, nobody would end the jobs. */
    return rc == -ENOMEM ? op_sleep(&lane->op, clock_ms() + MEMORY_MS) : rc;
}

/* With download->lock held: the file is done. Returns the bytes of the archive up to which nothing
 * is needed any more, if they are worth discarding, or 0. */
static uint64_t mark_done(struct job *job, uint32_t at)
{
    const struct zip_directory *dir = archive_tree(job->archive)->dir;
    uint64_t from;

    job->done[at / 8] |= (uint8_t)(1u << at % 8);
    ahead_done(&job->ahead, entry_of_file(job, at));
    while (job->low < job->plan.count && job->done[job->low / 8] >> (job->low % 8) & 1)
        job->low++;
    if (job->low == job->plan.count)
        return 0;
    from = dir->entries[entry_of_file(job, job->low)].header_offset / OBJECT_BLOCK * OBJECT_BLOCK;
    return from >= job->discarded + DISCARD ? from : 0;
}

/* The lane's file has come to its end. */
static void finish_file(struct lane *lane, int rc)
{
    struct download *download = lane->download;
    struct job *job = lane->job;
    uint64_t size = entry_of(job, lane->at)->size, from, to;
    int is_last;

    copy_end(&lane->copy);
    job_note_file(job, lane->at, rc);
    atomic_fetch_add(&download->files_done, 1);
    lane->job = NULL;
    pthread_mutex_lock(&download->lock);
    if (rc) {
        job->failed++;
    } else {
        job->downloaded++;
        job->downloaded_bytes += size;
        outage_note_success(&download->outage);
    }
    to = mark_done(job, lane->at);
    from = job->discarded;
    if (to) {
        job->discarded = to;
        source_discard(archive_source(job->archive), from, to - from, SOURCE_UNNEEDED);
    }
    if (lane->is_large) {
        download->large_files--;
        wait_queue_wake(&download->idle, 0);
    }
    is_last = --job->left == 0;
    pthread_mutex_unlock(&download->lock);
    if (is_last)
        job_finish(job);
}

/* Copies the lane's file, or takes one first. Returns 0 when it is done, 1 when there will be no
 * file; OP_PENDING or -ENOMEM. */
static int copy_file(struct lane *lane, struct op *op)
{
    struct download *download = lane->download;
    int rc;

    if (!lane->job) {
        rc = take_file(lane);
        if (rc != 1)
            return rc ? rc : 1;
        copy_init(&lane->copy, lane->job->archive, &lane->job->target,
                  lane->job->plan.todo[lane->at]);
        lane->copy.is_forced = download->options->is_forced;
        lane->copy.written = &download->written;
        lane->copy.room = lane->room;
    }
    if (atomic_load(&download->is_full))
        rc = -ENOSPC;
    else if (atomic_load(&download->is_away))
        rc = -EHOSTDOWN;
    else
        rc = copy_step(&lane->copy, &lane->folder, op);
    if (rc == OP_PENDING)
        return rc;
    finish_file(lane, rc);
    return 0;
}

static int lane_step(struct op *op)
{
    struct lane *lane = container_of(op, struct lane, op);
    int failure = op->failure, rc = 0;

    op->failure = 0;
    if (failure && lane->job) {
        if (!lane->copy.member || !zip_member_is_damaged(lane->copy.member))
            download_note_failure(lane->download, failure);
        finish_file(lane, failure);
    }
    /* What is fetched ahead is enough for very many small files. */
    for (int i = 0; i < FILES_A_STEP && !rc && !atomic_load(&lane->download->is_stopped); i++)
        rc = copy_file(lane, op);
    if (!rc)
        return op_yield(op);
    return rc == 1 ? 0 : rc;
}

/* The download ends early, or memory is short. */
static void lane_fail(struct op *op, int error)
{
    struct lane *lane = container_of(op, struct lane, op);

    (void)error;
    if (lane->job)
        copy_end(&lane->copy);
}

static void lane_release(struct op *op)
{
    struct lane *lane = container_of(op, struct lane, op);

    copy_folder_close(&lane->folder);
    free(lane);
}

static const struct op_type lane_type = {
    .step = lane_step, .fail = lane_fail, .release = lane_release};

static int start_lane(struct download *download)
{
    struct lane *lane = calloc(1, sizeof(*lane));

    if (!lane)
        return -ENOMEM;
    lane->op.type = &lane_type;
    lane->op.deadline = CLOCK_NEVER;
    lane->op.rides_out_failures = 1; /* they are the file's, and not the lane's */
    lane->download = download;
    lane->folder.fd = -1;
    op_start_later(download->workers, &lane->op);
    return 0;
}

/* ---- the whole ---- */

int download_start(struct download *download)
{
    int lanes = 0;

    if (!download->count)
        announce_end(download);
    for (size_t i = 0; i < download->count; i++)
        if (!download->jobs[i]->is_second)
            job_start(download->jobs[i]);
    while (lanes < LANES && !start_lane(download))
        lanes++;
    return lanes ? 0 : -ENOMEM;
}

void download_stop(struct download *download, int error)
{
    atomic_store(&download->is_stopped, 1);
    executor_cancel_all(download->workers, error);
    executor_drain(download->workers);
    /* All ops are over: those that waited here are released as they leave the queues. */
    pthread_mutex_lock(&download->lock);
    wait_queue_wake(&download->turns, error);
    wait_queue_wake(&download->idle, error);
    pthread_mutex_unlock(&download->lock);
    executor_drain(download->workers);
}
