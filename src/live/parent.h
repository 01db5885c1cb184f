/*
 * The frames from and to the mount (base/live_frame.h) on a socket, in GLib's default main context.
 * One thread; nothing blocks.
 */
#ifndef TASKFS_LIVE_PARENT_H
#define TASKFS_LIVE_PARENT_H

#include "base/buf.h"
#include "base/live_frame.h"

/* Messages wait in SCTP's window, and not here, while so many bytes are unsent. */
#define PARENT_FULL (256 * 1024)

struct parent_events {
    void (*on_frame)(void *arg, const struct live_frame *frame);
    /* The mount has ended: 0; or has broken the protocol: -EPROTO; or another negative errno. It is
     * the last event. */
    void (*on_end)(void *arg, int rc);
    /* parent_has_room may have become true. */
    void (*on_room)(void *arg);
};

struct parent {
    int fd;
    unsigned reading, writing; /* sources of GLib; 0: none */
    int has_ended;
    unsigned char *in; /* a frame that is not complete */
    size_t in_len;
    struct buf out; /* unsent from out_sent on */
    size_t out_sent;
    const struct parent_events *events;
    void *arg;
};

/* Makes the socket non-blocking, and begins to read. `events`, and what `arg` points to, must
 * outlive it. Returns 0, or -ENOMEM. */
int parent_init(struct parent *parent, int fd, const struct parent_events *events, void *arg);
/* Frees what it holds; the socket stays open. */
void parent_free(struct parent *parent);

/* Sends a frame whose payload is `head` and then `body`; either may be empty. It is queued when the
 * mount does not read. Messages are sent only while parent_has_room. */
void parent_send(struct parent *parent, enum live_frame_type type, uint32_t connection,
                 const void *head, size_t head_len, const void *body, size_t body_len);

/* Whether messages may be sent. */
int parent_has_room(const struct parent *parent);

#endif
