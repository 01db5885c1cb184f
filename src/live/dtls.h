/*
 * The encryption of a connection: DTLS 1.2 (RFC 6347, RFC 8261) by OpenSSL. We are the server. The
 * other side is known by the fingerprints of its certificate. One thread.
 */
#ifndef TASKFS_LIVE_DTLS_H
#define TASKFS_LIVE_DTLS_H

#include "rtc/sdp.h"

/* What all connections share: a key, and a certificate that we have signed ourselves. */
struct dtls_identity;

/* Makes a new one. Returns NULL when OpenSSL cannot. */
struct dtls_identity *dtls_identity_new(void);
void dtls_identity_free(struct dtls_identity *identity);
/* Its SHA-256. */
void dtls_identity_fingerprint(const struct dtls_identity *identity,
                               struct sdp_fingerprint *fingerprint);

struct dtls;

/* What happens. They are called from within dtls_take_packet and the other functions of this
 * header; none may call dtls_free. */
struct dtls_events {
    /* A packet that the other side has to get. */
    void (*send)(void *arg, const void *packet, size_t n);
    /* The handshake is complete, and the other side has the certificate that it has announced. */
    void (*on_secure)(void *arg);
    /* A packet of the other side, decrypted; after on_secure. */
    void (*on_data)(void *arg, const void *data, size_t n);
    /* It cannot go on: why, as a line of text. Nothing follows. */
    void (*on_failed)(void *arg, const char *why);
};

/* `events`, and what `arg` points to, must outlive it, as must the identity. Returns NULL when
 * memory has run out. */
struct dtls *dtls_new(struct dtls_identity *identity, const struct dtls_events *events, void *arg);
void dtls_free(struct dtls *dtls);

/* The certificate must have all of these fingerprints, and at least one. Copied. Packets that are
 * taken before are dropped, and sent again by the other side. */
void dtls_expect(struct dtls *dtls, const struct sdp_fingerprint *fingerprints, size_t count);

/* Takes a packet of the other side. */
void dtls_take_packet(struct dtls *dtls, const void *packet, size_t n);

/* Sends a packet of at most 1,500 bytes, after on_secure; before, it is dropped. */
void dtls_send(struct dtls *dtls, const void *data, size_t n);

/* Repeats what was not answered in time. To be called every few dozen milliseconds. */
void dtls_tick(struct dtls *dtls);

/* Tells the other side that this was all. */
void dtls_close(struct dtls *dtls);

#endif
