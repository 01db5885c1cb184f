#include "machine/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define OUT_MAX    (4u << 20)                                   /* bytes that wait to be written */
#define IN_FIRST   (LIVE_FRAME_HEADER + LIVE_MESSAGE_CHUNK + 1) /* enough for what it sends */
#define IN_MOST    (LIVE_FRAME_HEADER + LIVE_PAYLOAD_MAX)
#define TURN_MAX   (256u << 10) /* bytes that are read before others have their turn */
#define RESTART_MS 100          /* after it ended by itself, until it is started again */

static void on_link_ready(struct net_watch *watch);

void link_init(struct link *link)
{
    link->process = (struct program_process){.fd = -1};
    link->watch = (struct net_watch){.fd = -1, .on_ready = on_link_ready};
    list_init(&link->watch.link);
    link->out = BUF_INIT(OUT_MAX);
    link->written = 0;
    link->in = NULL;
    link->in_len = link->in_max = 0;
    link->ended_at = 0;
}

int link_is_open(const struct link *link)
{
    return link->process.fd >= 0;
}

int link_open(struct link *link)
{
    char found[4096];
    const char *path = link->path ? link->path : found;
    int rc;

    if (link_is_open(link))
        return 0;
    if (link->ended_at && clock_ms() - link->ended_at < RESTART_MS)
        return -EAGAIN;
    if (!link->path && program_find(found, sizeof(found)))
        return -ENOPKG;
    link->in = malloc(IN_FIRST);
    if (!link->in)
        return -ENOMEM;
    rc = program_start(path, &link->process);
    if (rc) {
        free(link->in);
        link->in = NULL;
        return rc;
    }
    link->in_max = IN_FIRST;
    link->watch.fd = link->process.fd;
    link->watch.wants_write = 0;
    net_watch_add(link->net, &link->watch);
    log_debug(LOG_NET, "started '%s', process %ld", path, (long)link->process.pid);
    return 0;
}

void link_close(struct link *link)
{
    net_watch_remove(&link->watch);
    program_end(&link->process);
    buf_free(&link->out);
    link->written = 0;
    free(link->in);
    link->in = NULL;
    link->in_len = link->in_max = 0;
}

void link_free(struct link *link)
{
    link_close(link);
}

static void end(struct link *link, const char *why)
{
    link_close(link);
    link->ended_at = clock_ms();
    link->on_end(link, why);
}

/* Returns 0, or a negative errno when the program does not read any more. */
static int write_pending(struct link *link)
{
    while (link->written < link->out.len) {
        ssize_t n = send(link->process.fd, link->out.data + link->written,
                         link->out.len - link->written, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            return -errno;
        if (n < 0)
            break;
        link->written += (size_t)n;
    }
    link->watch.wants_write = link->written < link->out.len;
    if (!link->watch.wants_write) {
        buf_free(&link->out);
        link->out = BUF_INIT(OUT_MAX);
        link->written = 0;
    }
    return 0;
}

int link_send(struct link *link, enum live_frame_type type, uint32_t connection,
              const void *payload, size_t len)
{
    unsigned char header[LIVE_FRAME_HEADER];
    size_t before = link->out.len;

    if (!link_is_open(link))
        return -EPIPE;
    if (len > live_frame_ceiling(type) || before + sizeof(header) + len > OUT_MAX)
        return -EFBIG;
    live_frame_header(header, type, connection, len);
    if (buf_append(&link->out, header, sizeof(header)) || buf_append(&link->out, payload, len)) {
        link->out.len = before; /* half a frame would break all that follow */
        link->out.error = 0;
        return -ENOMEM;
    }
    write_pending(link); /* an error is seen by the next read */
    return 0;
}

/* Hands on the whole frames. Returns 0 or -EPROTO. */
static int take_frames(struct link *link)
{
    size_t at = 0;
    pid_t pid = link->process.pid;

    for (;;) {
        struct live_frame frame;
        ssize_t n = live_frame_parse(LIVE_FROM_PROGRAM, link->in + at, link->in_len - at, &frame);

        if (n < 0)
            return -EPROTO;
        if (!n)
            break;
        at += (size_t)n;
        link->on_frame(link, &frame);
        if (link->process.pid != pid)
            return 0; /* it was ended */
    }
    memmove(link->in, link->in + at, link->in_len - at);
    link->in_len -= at;
    return 0;
}

/* A frame is longer than the buffer. */
static int make_room(struct link *link)
{
    unsigned char *larger;

    if (link->in_len < link->in_max)
        return 0;
    larger = link->in_max < IN_MOST ? realloc(link->in, IN_MOST) : NULL;
    if (!larger)
        return -ENOMEM;
    link->in = larger;
    link->in_max = IN_MOST;
    return 0;
}

/* Reads what has come. Returns 0, or a negative errno: -EPIPE at the end. */
static int read_some(struct link *link)
{
    size_t left = TURN_MAX;

    while (link_is_open(link) && left) {
        ssize_t n;
        int rc = make_room(link);

        if (rc)
            return rc;
        n = recv(link->process.fd, link->in + link->in_len, link->in_max - link->in_len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -EPIPE;
        if (!n)
            return -EPIPE;
        link->in_len += (size_t)n;
        left -= (size_t)n < left ? (size_t)n : left;
        rc = take_frames(link);
        if (rc)
            return rc;
    }
    return 0;
}

/* How the program ended. It has closed its socket, so it has ended or will at once. */
static void describe_end(struct link *link, char *why, size_t size)
{
    int status = 0;
    pid_t pid = link->process.pid;

    if (waitpid(pid, &status, WNOHANG) == pid) {
        link->process.pid = 0;
        if (WIFSIGNALED(status)) {
            snprintf(why, size, PROGRAM_NAME " was ended by signal %d", WTERMSIG(status));
            return;
        }
        if (WIFEXITED(status) && WEXITSTATUS(status)) {
            snprintf(why, size, PROGRAM_NAME " ended with status %d", WEXITSTATUS(status));
            return;
        }
    }
    snprintf(why, size, PROGRAM_NAME " has ended");
}

static void on_link_ready(struct net_watch *watch)
{
    struct link *link = container_of(watch, struct link, watch);
    char why[128];
    int rc = write_pending(link);

    if (!rc || rc == -EPIPE || rc == -ECONNRESET)
        rc = read_some(link);
    if (!rc || !link_is_open(link))
        return;
    if (rc == -EPROTO)
        snprintf(why, sizeof(why), PROGRAM_NAME " does not speak as it should");
    else if (rc == -ENOMEM)
        snprintf(why, sizeof(why), "out of memory");
    else
        describe_end(link, why, sizeof(why));
    end(link, why);
}
