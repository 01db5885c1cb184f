/*
 * taskfs: a simulation service's tasks as files.
 *
 *      phase                                              where
 *      read options and environment                       cli/options.c
 *      load the key                                       api/key.c
 *      check the mount point                              kernel/mountpoint.c
 *      fork; the parent waits until the child has mounted cli/background.c
 *      lock the mount point, and check it again           cli/mount_lock.c
 *      start the net thread and the executors             engine/engine.c
 *      try the key: get the first page of the listing     api/client.c
 *      serve the mount until it is unmounted              fs/session.c
 *          names become nodes                             fs/lookup.c, fs/readdir.c
 *          reads become ranges                            fs/read.c, member/read.c,
 *                                                         store/object.c, net/range.c
 *          writes to ctl become calls                     fs/ctl.c, task/control.c
 *          live/ becomes requests to a machine            fs/live.c, task/live_ops.c,
 *                                                         machine/machine.h
 *      stop everything, in the opposite order             here
 *
 * Exit status: 0 unmounted; 1 it could not be mounted; 2 the arguments are wrong.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/client.h"
#include "api/task.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/background.h"
#include "cli/mount_lock.h"
#include "cli/options.h"
#include "engine/engine.h"
#include "fs/fs.h"
#include "fs/session.h"
#include "kernel/mountpoint.h"
#include "machine/machine.h"
#include "member/methods.h"
#include "net/transfer.h"
#include "net/url.h"
#include "task/kept.h"

#define FIRST_ANSWER_MS 4000 /* within 5 s the user shall know what is wrong */
#define MOUNT_LOCK_MS   6000 /* another process needs FIRST_ANSWER_MS at most */

struct program {
    struct options options;
    struct key key;
    struct background background;
    struct mount_lock mount_lock; /* until it is mounted */
    struct engine engine;
    struct machines *machines; /* NULL without memory: then none can be looked into */
    struct fs fs;
    struct buf config_text;
};

static void describe_config(struct program *program)
{
    const struct options *options = &program->options;
    struct buf *out = &program->config_text;
    char url[512];

    url_for_log(options->connection.api_url, url, sizeof(url));
    *out = BUF_INIT(16384);
    buf_printf(out, "version=%s\npid=%ld\nmountpoint=%s\napi_url=%s\n", TASKFS_VERSION,
               (long)getpid(), options->mountpoint, url);
    buf_printf(out, "key=%s\n", key_place(&program->key));
    buf_printf(out, "project=%s\nstatus=%s\n", options->project ? options->project : "",
               options->status ? options->status : "");
    buf_printf(out, "ttl=%g\ntimeout=%g\ncache_size=%zu\n", (double)options->ttl_ms / 1000,
               (double)options->connection.timeout_ms / 1000, options->cache_size);
    buf_printf(out, "cache_dir=%s\ndisk_cache_size=%zu\noffline=%d\n",
               options->disk.dir ? options->disk.dir : "", options->disk.limit,
               options->disk.is_offline);
    buf_printf(out, "ca_file=%s\nro=%d\nallow_other=%d\nnoexec=%d\n",
               options->connection.ca_file ? options->connection.ca_file : "", options->read_only,
               options->allow_other, options->no_exec);
    buf_printf(out, "uid=%u\ngid=%u\numask=%03o\n", options->uid, options->gid, options->umask);
}

/* The answer to the first call, which shows whether the key may list tasks. */
struct first_answer {
    struct program *program;
    int error;
};

static void on_first_page(void *arg, const struct client_answer *answer)
{
    struct first_answer *first = arg;
    struct task_page page;
    char why[160];

    first->error = answer->error;
    if (first->error)
        return; /* the client has logged it */
    first->error = task_page_decode(answer->body, answer->len, &page, why, sizeof(why));
    if (first->error == -EPROTO)
        log_error("'%s' does not answer as the service does: %s; check api_url",
                  first->program->engine.client.base_for_log, why);
    else if (first->error)
        log_error("cannot read the first page of the tasks: %s", strerror(-first->error));
    else
        tasks_take_first_page(&first->program->fs.tasks, &page, answer->asked_at);
}

static int try_key(struct program *program)
{
    struct first_answer first = {.program = program};
    int rc = client_list_now(&program->engine.client, FIRST_ANSWER_MS, on_first_page, &first);

    if (rc)
        log_error("cannot ask '%s' for the tasks: %s", program->engine.client.base_for_log,
                  strerror(-rc));
    else if (first.error == -ENOENT)
        log_error("'%s' is not the service: it has no tasks; check api_url",
                  program->engine.client.base_for_log);
    return rc ? rc : first.error;
}

static int start_engine(struct program *program)
{
    const struct options *options = &program->options;
    struct engine_config config = {.user_agent = "taskfs/" TASKFS_VERSION,
                                   .connection = &options->connection,
                                   .project = options->project,
                                   .status = options->status,
                                   .cache_size = options->cache_size,
                                   .disk = &options->disk,
                                   .key = &program->key};

    return engine_start(&program->engine, &config);
}

static void start_machines(struct program *program)
{
    struct engine *engine = &program->engine;
    struct machines_config config = {.client = &engine->client,
                                     .net = engine->net,
                                     .executor = engine->executor,
                                     .stats = &engine->stats,
                                     .program = program->options.live_program,
                                     .server = program->options.live_server};

    program->machines = machines_create(&config);
}

static void connect_filesystem(struct program *program)
{
    const struct options *options = &program->options;
    struct engine *engine = &program->engine;
    struct fs *fs = &program->fs;
    struct tasks_config tasks = {.client = &engine->client,
                                 .stats = &engine->stats,
                                 .archive = engine_archives(engine),
                                 .machines = program->machines,
                                 .ttl_ms = options->ttl_ms};

    fs->config = (struct fs_config){.owner = getuid(),
                                    .uid = options->uid,
                                    .gid = options->gid,
                                    .umask = options->umask,
                                    .timeout_ms = options->connection.timeout_ms,
                                    .config_text = program->config_text.data};
    fs->stats = &engine->stats;
    fs->executor = engine->executor;
    fs->mounted_at = clock_wall_ns();
    handles_init(&fs->handles);
    interrupts_init(&fs->interrupts, engine->executor);
    repeated_errors_init(&fs->repeated_lookups);
    repeated_errors_init(&fs->repeated_reads);
    watches_init(&fs->watches);
    pusher_init(&fs->pusher, &engine->stats);
    tasks.archive.pusher = &fs->pusher.archives;
    tasks_init(&fs->tasks, &tasks);
    fs_observe_tasks(fs);
}

static void on_mounted(void *arg)
{
    struct program *program = arg;

    log_info("mounted '%s' on '%s'", program->engine.client.base_for_log,
             program->options.mountpoint);
    mount_lock_release(&program->mount_lock);
    background_ready(&program->background);
}

static int mount_and_serve(struct program *program)
{
    const struct options *options = &program->options;
    struct session_config session = {.mountpoint = program->options.mountpoint,
                                     .allow_other = program->options.allow_other,
                                     .read_only = program->options.read_only,
                                     .no_exec = program->options.no_exec};
    int rc = start_engine(program);

    if (!rc) {
        start_machines(program);
        connect_filesystem(program);
        program->fs.ready = on_mounted;
        program->fs.ready_arg = program;
        rc = options->disk.is_offline ? kept_load(&program->fs.tasks) : try_key(program);
        if (!rc)
            rc = session_run(&program->fs, &session);
        engine_stop(&program->engine);
        identities_forget_all(&program->fs.tasks.identities);
        tasks_free(&program->fs.tasks);
        if (program->machines)
            machines_destroy(program->machines);
        repeated_errors_free(&program->fs.repeated_lookups);
        repeated_errors_free(&program->fs.repeated_reads);
        watches_free(&program->fs.watches);
        pusher_free(&program->fs.pusher);
        interrupts_free(&program->fs.interrupts);
    } else {
        engine_stop(&program->engine);
    }
    engine_free(&program->engine);
    return rc;
}

/* Does what can fail before the program goes into the background. Returns 0, or the exit status
 * after logging why. */
static int prepare_mount(struct program *program)
{
    struct options *options = &program->options;
    struct connection *connection = &options->connection;
    char why[4400];

    if (connection_load_authorities(connection, why, sizeof(why))) {
        log_error("%s", why);
        return 2;
    }
    if ((!options->disk.is_offline &&
         key_load(&program->key, connection->key_env, connection->key_file, why, sizeof(why))) ||
        mountpoint_check(options->mountpoint, why, sizeof(why))) {
        log_error("%s", why);
        return 1;
    }
    if (options_resolve(options)) {
        log_error("cannot find out where '%s' is: %s", options->mountpoint, strerror(errno));
        return 1;
    }
    if (disk_options_is_within(&options->disk, options->mountpoint)) {
        log_error("cannot use '%s' as a disk cache: it is within the mount point",
                  options->disk.dir);
        return 1;
    }
    return 0;
}

/* Keeps others from mounting on the same directory, until on_mounted. Returns 0, or 1 after logging
 * why when another process has mounted there meanwhile. */
static int claim_mountpoint(struct program *program)
{
    char why[4400];

    mount_lock_take(&program->mount_lock, program->options.mountpoint, MOUNT_LOCK_MS);
    if (!mountpoint_check(program->options.mountpoint, why, sizeof(why)))
        return 0;
    log_error("%s", why);
    return 1;
}

static void on_debug_signal(int number)
{
    (void)number;
    log_toggle_debug();
}

static void handle_signals(void)
{
    struct sigaction debug = {.sa_handler = on_debug_signal, .sa_flags = SA_RESTART};

    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGUSR1, &debug, NULL);
}

static int run_mount(struct program *program)
{
    int rc = prepare_mount(program);

    if (rc)
        return rc;
    if (!program->options.foreground) {
        rc = background_start(&program->background);
        if (rc != BACKGROUND_CHILD)
            return rc;
    }
    handle_signals();
    describe_config(program);
    rc = claim_mountpoint(program);
    if (!rc)
        rc = mount_and_serve(program);
    mount_lock_release(&program->mount_lock);
    return rc ? 1 : 0;
}

static int print(const char *text)
{
    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
        return 0;
    log_error("cannot write to standard output: %s", strerror(errno));
    return 1;
}

static int print_version(void)
{
    BUF_SCOPED text = BUF_INIT(4096);

    buf_puts(&text, "taskfs " TASKFS_VERSION "\n");
    methods_describe(&text);
    return print(text.error ? "taskfs " TASKFS_VERSION "\n" : text.data);
}

int main(int argc, char **argv)
{
    static struct program program;
    char why[4400];
    int rc;

    if (background_fill_streams())
        return 1; /* there is no stream for a message */
    /* With many threads and blocks of one size, few arenas keep the heap from fragmenting. */
    mallopt(M_ARENA_MAX, 2);
    /* A fixed threshold, as malloc would raise it: pieces (CACHE_SPARE) are to stay out of the
     * heaps, which they would fragment. */
    mallopt(M_MMAP_THRESHOLD, CACHE_SPARE);
    /* libzip uses local times: the time zone is read while there is one thread. */
    tzset();
    log_setup(LOG_LEVEL_INFO);
    background_init(&program.background);
    if (options_parse(&program.options, argc, argv, why, sizeof(why))) {
        log_error("%s", why);
        rc = 2;
    } else if (program.options.show_help) {
        rc = print(options_help);
    } else if (program.options.show_version) {
        rc = print_version();
    } else {
        log_set_level(LOG_LEVEL_WARN);
        log_set_debug(program.options.debug);
        rc = run_mount(&program);
    }
    buf_free(&program.config_text);
    options_free(&program.options);
    return rc;
}
