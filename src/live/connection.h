/*
 * One connection with a machine, from the gathering of candidates to its end: ICE carries DTLS,
 * which carries SCTP, which carries the data channel. One thread.
 */
#ifndef TASKFS_LIVE_CONNECTION_H
#define TASKFS_LIVE_CONNECTION_H

#include <stdint.h>

#include "base/list.h"
#include "live/dtls.h"
#include "live/parent.h"
#include "rtc/servers.h"

#define CONNECTION_MESSAGE_MAX (128 * 1024 * 1024) /* bytes of a message of the machine */

struct connection {
    struct list in_all;
    uint32_t number; /* the mount's */
    int is_closing;  /* CLOSED was sent: only connection_free may follow */
    struct parent *parent;
    struct dtls_identity *identity;
    struct ice *ice;
    struct dtls *dtls;
    struct sctp *sctp;
    int has_offer, has_answer, has_way, is_secure, is_ready;
    uint16_t sctp_port;    /* of the machine */
    unsigned timer;        /* until it is ready; 0: none */
    uint64_t message_size; /* bytes of the message that is arriving */
};

/* Begins a connection, which will send its OFFER. What it is given must outlive it. Returns NULL
 * and sets *why to a line of text when it cannot. */
struct connection *connection_new(uint32_t number, const struct servers *servers,
                                  struct parent *parent, struct dtls_identity *identity,
                                  const char **why);
/* Ends it, telling the machine. Not from within a callback of its parts. */
void connection_free(struct connection *connection);

/* Sends CLOSED, once, with a line of at most LIVE_WHY_MAX bytes; then it does nothing but wait for
 * connection_free. */
void connection_close(struct connection *connection, const char *why);

/* Takes an ANSWER or a SEND of the mount. */
void connection_take_answer(struct connection *connection, const char *sdp, size_t n);
void connection_take_send(struct connection *connection, const void *text, size_t n);

/* Repeats what was not answered in time. */
void connection_tick(struct connection *connection);

/* Passes messages to the mount, as long as it has room. */
void connection_pump(struct connection *connection);

#endif
