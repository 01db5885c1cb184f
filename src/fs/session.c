#include "fs/session.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mount_table.h"
#include "fs/ops.h"
#include "kernel/wire.h"
#include "op/op.h"

#define SERVING_THREADS 8 /* none of them ever waits */
#define POLL_MS         20
#define REFUSE_MS       1000 /* until the connection is aborted, if the notifier has not ended */

/* libfuse's messages, one a line, through our log. */
__attribute__((format(printf, 2, 0))) static void fuse_message(enum fuse_log_level level,
                                                               const char *format, va_list args)
{
    char line[512];
    size_t len;

    vsnprintf(line, sizeof(line), format, args);
    len = strlen(line);
    while (len && line[len - 1] == '\n')
        line[--len] = '\0';
    if (!len)
        return;
    if (level <= FUSE_LOG_ERR)
        log_error("%s", line);
    else if (level <= FUSE_LOG_WARNING)
        log_warn("%s", line);
    else
        log_debug(LOG_FUSE, "%s", line);
}

static struct fuse_session *new_session(struct fs *fs, const struct session_config *config)
{
    char options[256];
    const char *argv[] = {"taskfs", "-o", options, NULL};
    struct fuse_args args = FUSE_ARGS_INIT(3, (char **)argv);
    struct fuse_session *session;

    snprintf(options, sizeof(options),
             "fsname=taskfs,subtype=taskfs,default_permissions,nosuid,nodev%s%s%s",
             config->allow_other ? ",allow_other" : "", config->read_only ? ",ro" : "",
             config->no_exec ? ",noexec" : "");
    session = fuse_session_new(&args, &fs_ops, sizeof(fs_ops), fs);
    fuse_opt_free_args(&args);
    return session;
}

static int session_serve(struct fuse_session *session)
{
    struct fuse_loop_config *loop = fuse_loop_cfg_create();
    int rc;

    if (!loop)
        return -ENOMEM;
    fuse_loop_cfg_set_max_threads(loop, SERVING_THREADS);
    fuse_loop_cfg_set_idle_threads(loop, SERVING_THREADS);
    fuse_loop_cfg_set_clone_fd(loop, 0);
    rc = fuse_session_loop_mt(session, loop);
    fuse_loop_cfg_destroy(loop);
    return rc < 0 ? rc : 0; /* a positive number is the signal that ended it */
}

/*
 * The serving threads have ended, but the kernel may still send requests, and the notifier may
 * block in the kernel behind one. So requests are read and refused until the notifier has ended.
 * libfuse drops a request that it reads while it is told to end: if the notifier waits for such a
 * one, only the end of the connection ends it.
 */
static void refuse_the_rest(struct fs *fs, struct fuse_session *session,
                            const struct mount_id *mount)
{
    int fd = fuse_session_fd(session);
    int64_t abort_at = clock_ms() + REFUSE_MS;
    struct fuse_buf buf = {.mem = NULL};

    notify_stop(fs->notify);
    /* A request that poll(2) has seen is gone when its program is killed: never wait in read(2). */
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (!notify_is_done(fs->notify)) {
        struct pollfd kernel = {.fd = fd, .events = POLLIN};

        if (clock_ms() >= abort_at) {
            mount_abort(mount);
            abort_at = CLOCK_NEVER;
        }
        if (poll(&kernel, 1, POLL_MS) <= 0)
            continue;
        fuse_session_reset(session); /* a second signal is no reason to stop */
        if (fuse_session_receive_buf(session, &buf) > 0)
            fuse_session_process_buf(session, &buf);
        else
            poll(NULL, 0, 1);
    }
    free(buf.mem);
}

/*
 * libfuse unmounts whatever is at the path where it once mounted. To prevent that, its descriptor
 * is replaced by one that looks like /dev/fuse after an unmount: a pipe without a reader.
 */
static int detach_libfuse(struct fuse_session *session)
{
    int fds[2], rc = 0;

    if (pipe2(fds, O_CLOEXEC))
        return -errno;
    if (dup3(fds[1], fuse_session_fd(session), O_CLOEXEC) < 0)
        rc = -errno;
    close(fds[0]);
    close(fds[1]);
    return rc;
}

/* Unmounts our mount, wherever it is now, and nothing else. */
static void end_mount(struct fuse_session *session, const struct mount_id *id)
{
    struct pollfd kernel = {.fd = fuse_session_fd(session), .events = POLLIN};
    int is_unmounted = poll(&kernel, 1, 0) == 1 && kernel.revents & POLLERR;
    char path[4096];
    int rc;

    if (!is_unmounted && id->mount[0] && !detach_libfuse(session)) {
        rc = mount_find(id, path, sizeof(path));
        if (rc == -EBUSY)
            log_warn("'%s' stays, dead, below another mount: unmount both", path);
        else if (!rc && (rc = mount_detach(path)))
            log_warn("cannot unmount '%s': %s", path, strerror(-rc));
    }
    fuse_session_unmount(session);
}

int session_run(struct fs *fs, const struct session_config *config)
{
    struct fuse_session *session;
    struct mount_id mount;
    int rc = -EIO;

    fuse_set_log_func(fuse_message);
    session = new_session(fs, config);
    if (!session)
        return -EIO;
    fs->notify = notify_create(session);
    if (!fs->notify) {
        log_error("cannot start a thread: out of memory or threads");
        goto destroy;
    }
    tasks_observe(&fs->tasks, &fs->observer);
    pusher_use(&fs->pusher, fs->notify);
    if (fuse_set_signal_handlers(session))
        goto notify;
    if (fuse_session_mount(session, config->mountpoint))
        goto signals;
    mount_identify(config->mountpoint, &mount);
    rc = wire_install(session);
    if (!rc)
        rc = session_serve(session);
    /* Parked requests are answered before the unmount: the notifier may block in the kernel until
     * reads that are parked here are answered. */
    executor_cancel_all(fs->executor, -ENODEV);
    executor_drain(fs->executor);
    refuse_the_rest(fs, session, &mount);
    end_mount(session, &mount);
    handles_close_all(&fs->handles);
  signals:
    fuse_remove_signal_handlers(session);
notify:
    tasks_observe(&fs->tasks, NULL);
    pusher_use(&fs->pusher, NULL);
    notify_destroy(fs->notify);
    wire_collect_interrupts(&fs->wire, session);
destroy:
    fuse_session_destroy(session);
    return rc;
}
