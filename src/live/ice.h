/*
 * The way to a machine: ICE (RFC 8445) over UDP, by libnice. We are the controlling side. One
 * thread, that of GLib's default main context, in which the callbacks are called too.
 */
#ifndef TASKFS_LIVE_ICE_H
#define TASKFS_LIVE_ICE_H

#include "rtc/sdp.h"
#include "rtc/servers.h"

struct ice;

/* What happens. None is called from within ice_new; none may call ice_free. */
struct ice_events {
    /* All candidates are there, or the time for that is over. Once. */
    void (*on_gathered)(void *arg);
    /* There is a way; packets can be sent. Once. */
    void (*on_connected)(void *arg);
    /* There is no way, or the other side no longer answers. Once. */
    void (*on_failed)(void *arg);
    /* A packet that is not one of ICE. */
    void (*on_packet)(void *arg, const void *packet, size_t n);
};

/*
 * Starts to gather candidates: all addresses of this machine but 127.0.0.1 and ::1 (or those when
 * there is no other), and what the servers add in 5 s. Names are looked up without blocking.
 * `events`, and what `arg` points to, must outlive it. Returns NULL when no socket can be opened or
 * memory has run out.
 */
struct ice *ice_new(const struct servers *servers, const struct ice_events *events, void *arg);
/* Ends it; no event follows. Its relays are given back later. */
void ice_free(struct ice *ice);

/* What an offer says of us: fills credentials and candidates, which must have room for
 * SDP_UFRAG_MAX, SDP_PWD_MAX and SDP_CANDIDATES_MAX. Returns the number of candidates, or -EIO. */
int ice_describe(struct ice *ice, char *ufrag, char *pwd, struct sdp_candidate *candidates);

/* Begins to look for a way to the other side. Returns 0, or -EIO when libnice refuses the
 * answer. */
int ice_set_answer(struct ice *ice, const struct sdp_answer *answer);

/* What is to be said when no way was found. */
const char *ice_why_no_way(const struct ice *ice);

/* Sends a packet once there is a way. Like UDP, it may lose it without a word. Never blocks. */
void ice_send(struct ice *ice, const void *packet, size_t n);

#endif
