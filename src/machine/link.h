/*
 * The link to taskfs-live: its process, started when it is needed, and the frames between it and us
 * (base/live_frame.h). Net thread only, but for link_init and link_free.
 */
#ifndef TASKFS_MACHINE_LINK_H
#define TASKFS_MACHINE_LINK_H

#include <stdint.h>

#include "base/buf.h"
#include "base/live_frame.h"
#include "machine/program.h"
#include "net/net.h"

struct link {
    struct net *net;
    const char *path; /* of the program; NULL: it is looked for. Borrowed */
    /* A frame has come; it is valid until this returns. `link` may be ended in it. */
    void (*on_frame)(struct link *link, const struct live_frame *frame);
    /* The program has ended, or broke the rules; `why` in words. It is started again by the next
     * link_open. */
    void (*on_end)(struct link *link, const char *why);
    /* Private. */
    struct program_process process;
    struct net_watch watch;
    struct buf out;        /* to be written */
    size_t written;        /* bytes of `out` that were */
    unsigned char *in;     /* bytes that are no whole frame yet */
    size_t in_len, in_max; /* bytes in it; its size */
    int64_t ended_at;      /* clock_ms() when it ended by itself; 0 never */
};

/* The owner has filled in what is not private. */
void link_init(struct link *link);
/* Starts the program unless it runs. Returns 0; -ENOPKG when it is not installed; -EAGAIN when it
 * has ended a moment ago; or a negative errno. */
int link_open(struct link *link);
/* Whether the program runs. */
int link_is_open(const struct link *link);
/* Sends a frame; the payload is copied. Returns 0; -EPIPE without a program; -ENOMEM; or -EFBIG
 * when too much waits to be written. */
int link_send(struct link *link, enum live_frame_type type, uint32_t connection,
              const void *payload, size_t len);
/* Ends the program; on_end is not called. Harmless without one. */
void link_close(struct link *link);
/* Ends the program, when the net thread has ended and the net is still there, and frees what the
 * link holds. */
void link_free(struct link *link);

#endif
