/*
 * taskfs-download: a task's outputs on disk, without a mount.
 *
 *      phase                                              where
 *      read options and environment                       download/options.c
 *      find out what is meant, and which service          download/requests.c, download/where.c
 *      load the key                                       api/key.c
 *      start the net thread and the executors             engine/engine.c
 *      for each task: find it, load its archive, plan     download/job.c, download/plan.c
 *      fetch ahead, copy files                            download/download.c, download/copy.c
 *      put them in their places                           download/target.c
 *      show how far it is, take signals                   here, download/progress.c
 *
 * Exit status: 0 everything is there; 1 something is not; 2 the arguments are wrong; 128 and the
 * number of the signal that interrupted it.
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/streams.h"
#include "download/download.h"
#include "download/names.h"
#include "download/progress.h"
#include "download/requests.h"
#include "engine/engine.h"
#include "op/sync.h"

#define CACHE_SIZE (56u * 1024 * 1024) /* bytes */
#define TTL_MS     1000
#define TICK_MS    250
#define WHY_SIZE   (3 * NAME_TEXT_MAX)

struct program {
    struct download_options options;
    struct requests requests;
    struct key key;
    struct engine engine;
    struct tasks tasks;
    struct download download;
    struct progress progress;
    sigset_t signals; /* that interrupt it */
};

/* ---- the tasks of a project, or in a status ---- */

struct listing_call {
    struct program *program;
    struct task_list *list;
};

static int list_step(struct op *op, void *arg)
{
    struct listing_call *call = arg;

    return tasks_list(&call->program->tasks, op, &call->list);
}

static int add_listed(struct program *program)
{
    struct listing_call call = {.program = program};
    int rc = op_run_sync(program->engine.executor, program->options.connection.timeout_ms,
                         list_step, &call);

    if (rc)
        return rc;
    for (size_t i = 0; i < call.list->count && !rc; i++)
        rc = requests_add_task(&program->download, call.list->tasks[i]->id);
    if (!call.list->count)
        log_error("there are no such tasks");
    tasks_list_unref(&program->tasks, call.list);
    return rc;
}

/* ---- running ---- */

/* Waits for the end of all jobs. Returns 0, or the number of the signal that interrupted it. */
static int wait_for_end(struct program *program)
{
    int signals = signalfd(-1, &program->signals, SFD_CLOEXEC | SFD_NONBLOCK), number = 0;
    struct pollfd polled[] = {{.fd = program->download.event, .events = POLLIN},
                              {.fd = signals, .events = POLLIN}};

    while (!number) {
        int n = poll(polled, 2, TICK_MS);
        struct signalfd_siginfo info;

        if (n > 0 && polled[0].revents)
            break;
        if (n > 0 && polled[1].revents && read(signals, &info, sizeof(info)) == sizeof(info))
            number = (int)info.ssi_signo;
        progress_show(&program->progress, &program->download);
    }
    close(signals);
    return number;
}

/* Returns the exit status. */
static int run_jobs(struct program *program)
{
    struct download *download = &program->download;
    int rc = download_start(download), number = 0;

    if (rc)
        log_error("cannot start: out of memory");
    else
        number = wait_for_end(program);
    if (number) {
        atomic_store(&download->is_stopped, 1);
        /* Another signal ends it at once, as it may have a large file to read to its end. */
        pthread_sigmask(SIG_UNBLOCK, &program->signals, NULL);
    }
    progress_end(&program->progress, download);
    if (number)
        log_error("interrupted: the same command continues from here");
    download_stop(download, number ? -EINTR : -ECANCELED);
    complaints_end(&download->complaints);
    if (number)
        return 128 + number;
    return rc || atomic_load(&download->has_failed) || !report_is_written(&download->report);
}

/* Adds the jobs, and runs them. Returns the exit status. */
static int run_download(struct program *program)
{
    const struct download_options *options = &program->options;
    char why[WHY_SIZE];
    int rc = requests_add_jobs(&program->requests, &program->download, why, sizeof(why));

    if (rc) {
        log_error(rc == -EINVAL ? "%s: see taskfs-download -h" : "%s", why);
        return rc == -EINVAL ? 2 : 1;
    }
    if (options->project || options->status) {
        rc = add_listed(program);
        if (rc)
            log_error("cannot list the tasks: %s", strerror(-rc));
        if (rc || !program->download.count)
            return 1;
    }
    return run_jobs(program);
}

static int start_engine(struct program *program)
{
    const struct download_options *options = &program->options;
    struct engine_config config = {.user_agent = "taskfs-download/" TASKFS_VERSION,
                                   .connection = &options->connection,
                                   .project = options->project,
                                   .status = options->status,
                                   .cache_size = CACHE_SIZE,
                                   .disk = &options->disk,
                                   .key = &program->key};

    return engine_start(&program->engine, &config);
}

/* With the engine running. Returns the exit status. */
static int serve(struct program *program)
{
    struct engine *engine = &program->engine;
    struct tasks_config tasks = {.client = &engine->client,
                                 .stats = &engine->stats,
                                 .archive = engine_archives(engine),
                                 .ttl_ms = TTL_MS};
    int status = 1;

    tasks.archive.is_read_once = 1;
    tasks_init(&program->tasks, &tasks);
    if (!download_init(&program->download, &program->options, engine, &program->tasks)) {
        program->download.report.is_below_bar = program->progress.is_drawn;
        status = run_download(program);
    } else {
        log_error("cannot start: out of memory, threads or descriptors");
    }
    engine_stop(engine);
    download_free(&program->download);
    tasks_free(&program->tasks);
    return status;
}

/* ---- before anything is started ---- */

/* Signals come by signalfd(2) alone. One that was ignored before, as by nohup(1), stays ignored. */
static void block_signals(struct program *program)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction before;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&program->signals);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (!sigaction(numbers[i], NULL, &before) && before.sa_handler != SIG_IGN)
            sigaddset(&program->signals, numbers[i]);
    pthread_sigmask(SIG_BLOCK, &program->signals, NULL);
}

/* Finds out what is asked of whom. Returns 0, or the exit status after saying why. */
static int prepare(struct program *program)
{
    struct download_options *options = &program->options;
    struct connection *connection = &options->connection;
    char why[WHY_SIZE];
    int rc = requests_read(&program->requests, options, why, sizeof(why));

    if (rc == -EINVAL) {
        log_error("%s: see taskfs-download -h", why);
        return 2;
    }
    if (!rc)
        rc = requests_choose_service(&program->requests, options, why, sizeof(why));
    if (!rc && !connection->api_url) {
        snprintf(why, sizeof(why), "bad value for 'INDUCTIVA_API_URL': it is not a URL");
        rc = -EINVAL;
    }
    if (!rc)
        rc = connection_load_authorities(connection, why, sizeof(why));
    if (!rc)
        rc = key_load(&program->key, connection->key_env, connection->key_file, why, sizeof(why));
    if (rc)
        log_error("%s", why);
    return rc ? 1 : 0;
}

static int run(struct program *program)
{
    int status = prepare(program);

    if (status)
        return status;
    block_signals(program);
    progress_init(&program->progress, program->options.is_quiet || program->options.is_json);
    status = start_engine(program) ? 1 : serve(program);
    engine_free(&program->engine);
    return status;
}

int main(int argc, char **argv)
{
    static struct program program;
    char why[WHY_SIZE];
    int status;

    if (streams_fill())
        return 1;
    /* As of taskfs: few arenas, and pieces outside of the heaps. */
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, CACHE_SPARE);
    tzset(); /* libzip uses local times: the time zone is read while there is one thread */
    log_setup(LOG_LEVEL_WARN);
    log_set_program("taskfs-download");
    if (download_options_parse(&program.options, argc, argv, why, sizeof(why))) {
        log_error("%s: see taskfs-download -h", why);
        status = 2;
    } else if (program.options.show_help) {
        status = streams_print(download_help);
    } else if (program.options.show_version) {
        status = streams_print("taskfs-download " TASKFS_VERSION "\n");
    } else {
        status = run(&program);
    }
    requests_free(&program.requests);
    download_options_free(&program.options);
    return status;
}
