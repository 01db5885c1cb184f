#include "live/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define IN_SIZE (LIVE_FRAME_HEADER + LIVE_PAYLOAD_MAX)
/* While so much is unsent, nothing is read: answers would add to it. */
#define OUT_MUCH (1024 * 1024)
/* What may be unsent all in all: of each connection an offer and the end, and messages. */
#define OUT_MAX (OUT_MUCH + IN_SIZE + LIVE_CONNECTIONS_MAX * (LIVE_SDP_MAX + 2 * LIVE_WHY_MAX))
/* Sent bytes at the front of the queue are dropped at once, or when they are so many. */
#define OUT_SLACK (256 * 1024)

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data);
static gboolean on_writable(gint fd, GIOCondition condition, gpointer data);

static size_t unsent(const struct parent *parent)
{
    return parent->out.len - parent->out_sent;
}

int parent_has_room(const struct parent *parent)
{
    return unsent(parent) < PARENT_FULL && !parent->has_ended;
}

static void end(struct parent *parent, int rc)
{
    if (parent->has_ended)
        return;
    parent->has_ended = 1;
    parent->events->on_end(parent->arg, rc);
}

/* ---- out ---- */

static void drop_sent(struct parent *parent)
{
    struct buf *out = &parent->out;

    if (!unsent(parent)) {
        if (out->capacity > 2 * OUT_SLACK)
            buf_free(out);
        else
            buf_clear(out);
        parent->out_sent = 0;
    } else if (parent->out_sent >= OUT_SLACK) {
        out->len -= parent->out_sent;
        memmove(out->data, out->data + parent->out_sent, out->len);
        parent->out_sent = 0;
    }
}

/* Writes what the socket takes. */
static void write_some(struct parent *parent)
{
    while (unsent(parent) && !parent->has_ended) {
        ssize_t n = send(parent->fd, parent->out.data + parent->out_sent, unsent(parent),
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            end(parent, errno == EPIPE || errno == ECONNRESET ? 0 : -errno);
        else
            parent->out_sent += (size_t)n;
    }
    drop_sent(parent);
}

/* Has on_writable called when the socket takes more, if there is more. */
static void await_writable(struct parent *parent)
{
    if (unsent(parent) && !parent->has_ended && !parent->writing)
        parent->writing = g_unix_fd_add(parent->fd, G_IO_OUT, on_writable, parent);
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer data)
{
    struct parent *parent = data;

    (void)fd;
    (void)condition;
    parent->writing = 0;
    write_some(parent);
    if (!parent->has_ended && unsent(parent) < OUT_MUCH && !parent->reading)
        parent->reading = g_unix_fd_add(parent->fd, G_IO_IN | G_IO_HUP, on_readable, parent);
    if (parent_has_room(parent))
        parent->events->on_room(parent->arg);
    await_writable(parent);
    return G_SOURCE_REMOVE;
}

void parent_send(struct parent *parent, enum live_frame_type type, uint32_t connection,
                 const void *head, size_t head_len, const void *body, size_t body_len)
{
    unsigned char header[LIVE_FRAME_HEADER];

    if (parent->has_ended)
        return;
    live_frame_header(header, type, connection, head_len + body_len);
    buf_append(&parent->out, header, sizeof(header));
    buf_append(&parent->out, head, head_len);
    if (buf_append(&parent->out, body, body_len)) {
        end(parent, parent->out.error);
        return;
    }
    if (parent->writing)
        return;
    write_some(parent);
    await_writable(parent);
}

/* ---- in ---- */

/* Handles the frames that are complete. */
static void take_frames(struct parent *parent)
{
    size_t used = 0;

    while (!parent->has_ended) {
        struct live_frame frame;
        ssize_t n = live_frame_parse(LIVE_FROM_MOUNT, parent->in + used, parent->in_len - used,
                                     &frame);

        if (n < 0)
            end(parent, (int)n);
        if (n <= 0)
            break;
        parent->events->on_frame(parent->arg, &frame);
        used += (size_t)n;
    }
    parent->in_len -= used;
    memmove(parent->in, parent->in + used, parent->in_len);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct parent *parent = data;
    ssize_t n = recv(fd, parent->in + parent->in_len, IN_SIZE - parent->in_len, MSG_DONTWAIT);

    (void)condition;
    if (n > 0) {
        parent->in_len += (size_t)n;
        take_frames(parent);
    } else if (n == 0) {
        end(parent, parent->in_len ? -EPROTO : 0);
    } else if (errno != EAGAIN && errno != EINTR) {
        end(parent, errno == ECONNRESET ? 0 : -errno);
    }
    if (!parent->has_ended && unsent(parent) < OUT_MUCH)
        return G_SOURCE_CONTINUE;
    parent->reading = 0;
    return G_SOURCE_REMOVE;
}

int parent_init(struct parent *parent, int fd, const struct parent_events *events, void *arg)
{
    memset(parent, 0, sizeof(*parent));
    parent->fd = fd;
    parent->events = events;
    parent->arg = arg;
    parent->out = BUF_INIT(OUT_MAX);
    parent->in = malloc(IN_SIZE); /* memory that is not touched is not there */
    if (!parent->in)
        return -ENOMEM;
    parent->reading = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP, on_readable, parent);
    return 0;
}

void parent_free(struct parent *parent)
{
    if (parent->reading)
        g_source_remove(parent->reading);
    if (parent->writing)
        g_source_remove(parent->writing);
    buf_free(&parent->out);
    free(parent->in);
}
