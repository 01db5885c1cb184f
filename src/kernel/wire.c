#include "kernel/wire.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel/trace.h"

static size_t iov_len(const struct iovec *iov, int count)
{
    size_t len = 0;

    for (int i = 0; i < count; i++)
        len += iov[i].iov_len;
    return len;
}

/* The answer to INIT is the first that is written: a header, then struct fuse_init_out. */
static ssize_t wire_writev(int fd, struct iovec *iov, int count, void *userdata)
{
    struct wire *wire = userdata; /* its first member */
    struct fuse_init_out init;
    struct iovec parts[2];

    if (wire->collects_interrupts) {
        wire->discarded_answers++;
        return (ssize_t)iov_len(iov, count);
    }
    trace_answer(iov, count);
    if (wire->init_answered || count != 2 || iov[1].iov_len != sizeof(init))
        return writev(fd, iov, count);
    wire->init_answered = 1;
    memcpy(&init, iov[1].iov_base, sizeof(init));
    init.flags |= FUSE_PARALLEL_DIROPS;
    parts[0] = iov[0];
    parts[1] = (struct iovec){.iov_base = &init, .iov_len = sizeof(init)};
    return writev(fd, parts, 2);
}

static _Thread_local uint64_t polled_file;

/* libfuse handles a request on the thread that has read it. */
static void note_poll(const void *bytes, size_t len)
{
    struct {
        struct fuse_in_header head;
        struct fuse_poll_in poll;
    } request;

    if (len < sizeof(request))
        return;
    memcpy(&request, bytes, sizeof(request));
    if (request.head.opcode == FUSE_POLL)
        polled_file = request.poll.kh;
}

uint64_t wire_polled_file(void)
{
    return polled_file;
}

/* When an unmount meets a request that is being read, the kernel says ECONNABORTED
 * (fuse_dev_do_read in Linux), which libfuse would take for a broken device. */
static ssize_t wire_read(int fd, void *buf, size_t len, void *userdata)
{
    struct wire *wire = userdata; /* its first member */
    ssize_t n = read(fd, buf, len);
    int cancel_state;

    if (n > 0) {
        upcalls_note(&wire->upcalls, buf, (size_t)n);
        note_poll(buf, (size_t)n);
        /* libfuse cancels a thread that reads. In the middle of a message the log's lock would stay
         * locked. */
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
        trace_request(buf, (size_t)n);
        pthread_setcancelstate(cancel_state, NULL);
    } else if (n < 0 && errno == ECONNABORTED) {
        errno = ENODEV;
    }
    return n;
}

int wire_install(struct fuse_session *session)
{
    static const struct fuse_custom_io io = {.writev = wire_writev, .read = wire_read};

    return fuse_session_custom_io(session, &io, fuse_session_fd(session));
}

void wire_collect_interrupts(struct wire *wire, struct fuse_session *session)
{
    struct {
        struct fuse_in_header head;
        struct fuse_bmap_in place;
    } request = {
        .head = {.len = sizeof(request), .opcode = FUSE_BMAP}}; /* not an operation of ours */
    struct fuse_buf buf = {.mem = &request, .size = sizeof(request)};

    if (!wire->init_answered)
        return; /* no request ever came */
    wire->collects_interrupts = 1;
    do {
        wire->discarded_answers = 0;
        fuse_session_process_buf(session, &buf);
    } while (wire->discarded_answers > 1); /* one for this request, and one for an interrupt */
}
