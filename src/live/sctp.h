/*
 * The data channel of a connection: SCTP (RFC 9260, RFC 8831) by usrsctp, without threads of its
 * own, and the channel's messages on it. We send INIT, and open one channel. One thread.
 */
#ifndef TASKFS_LIVE_SCTP_H
#define TASKFS_LIVE_SCTP_H

#include <stddef.h>
#include <stdint.h>

struct sctp;

/* What happens. They are called from within the functions of this header; none may call sctp_free.
 */
struct sctp_events {
    /* A packet that the other side has to get. */
    void (*send)(void *arg, const void *packet, size_t n);
    /* The other side has acknowledged the channel. */
    void (*on_open)(void *arg);
    /* It cannot go on: why, as a line of text. Nothing follows. */
    void (*on_failed)(void *arg, const char *why);
};

/* Called once, before anything else. */
void sctp_start(void);
/* Runs the timers of all associations; `elapsed_ms` have passed since the last call. */
void sctp_tick(uint32_t elapsed_ms);

/* Begins an association with the other side's port, and opens a channel with the label when it is
 * there. `events`, `label` and what `arg` points to must outlive it. Returns NULL when it
 * cannot. */
struct sctp *sctp_new(uint16_t port, const char *label, const struct sctp_events *events,
                      void *arg);
/* Aborts the association, which tells the other side. */
void sctp_free(struct sctp *sctp);

/* Takes a packet of the other side. */
void sctp_take_packet(struct sctp *sctp, const void *packet, size_t n);

/* Sends a text message of at most 1 MiB, once the channel is open. Returns 0, -EAGAIN when the
 * other side has not taken enough of earlier ones, or another negative errno. Never blocks. */
int sctp_send_text(struct sctp *sctp, const void *text, size_t n);

/*
 * Reads what has arrived: at most `size` bytes of one message, at least 1,024. Returns 1, and
 * stores their number, which may be 0, and whether the message ends with them; or 0 when there is
 * nothing now. What nobody reads fills the window of the association, of 256 KiB, and then the
 * other side stops. To be called after each sctp_take_packet and each sctp_tick, until it returns
 * 0: it also makes the events happen.
 */
int sctp_read(struct sctp *sctp, void *out, size_t size, size_t *n, int *is_last);

/* Whether sctp_read has something to do. */
int sctp_has_news(const struct sctp *sctp);

#endif
