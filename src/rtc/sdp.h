/*
 * The session descriptions (SDP, RFC 8866) of a WebRTC connection with one data channel, RFC 8841:
 * the offer that we write, and the answer of a machine, which is hostile input. Pure functions: no
 * library, no network.
 */
#ifndef TASKFS_RTC_SDP_H
#define TASKFS_RTC_SDP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define SDP_CANDIDATES_MAX   32
#define SDP_FINGERPRINTS_MAX 8
#define SDP_ADDRESS_MAX      46         /* bytes of an address as text, with its NUL */
#define SDP_FOUNDATION_MAX   33         /* bytes, with its NUL; RFC 8839, 5.1 */
#define SDP_UFRAG_MAX        257        /* bytes, with its NUL; RFC 8839, 5.4 */
#define SDP_PWD_MAX          257        /* the same */
#define SDP_DIGEST_MAX       64         /* bytes */
#define SDP_MESSAGE_MAX      268435456u /* bytes; the max-message-size of the offer */

enum sdp_candidate_type { SDP_HOST, SDP_SERVER_REFLEXIVE, SDP_RELAYED };

/* A transport address that a side can be reached at: component 1, over UDP. */
struct sdp_candidate {
    enum sdp_candidate_type type;
    char foundation[SDP_FOUNDATION_MAX];
    uint32_t priority;
    char address[SDP_ADDRESS_MAX]; /* IPv4 or IPv6, without a zone */
    uint16_t port;                 /* not 0 */
    /* What `address` was seen for, in an offer; empty for hosts and when it is not told. */
    char base_address[SDP_ADDRESS_MAX];
    uint16_t base_port;
};

enum sdp_hash { SDP_SHA_256, SDP_SHA_384, SDP_SHA_512 };

/* The digest of a certificate. */
struct sdp_fingerprint {
    enum sdp_hash hash;
    unsigned char digest[SDP_DIGEST_MAX];
    size_t len; /* bytes: 32, 48 or 64, as the hash has it */
};

struct sdp_offer {
    uint64_t session; /* any number; at most INT64_MAX */
    const char *ufrag, *pwd;
    struct sdp_fingerprint fingerprint;
    const struct sdp_candidate *candidates;
    size_t candidate_count;
};

struct sdp_answer {
    char ufrag[SDP_UFRAG_MAX], pwd[SDP_PWD_MAX];
    struct sdp_fingerprint fingerprints[SDP_FINGERPRINTS_MAX];
    size_t fingerprint_count; /* at least 1 */
    struct sdp_candidate candidates[SDP_CANDIDATES_MAX];
    size_t candidate_count; /* may be 0 */
    uint16_t sctp_port;
};

/* Appends the offer: one data channel section, complete with all candidates, `actpass`. Returns 0,
 * -ENOMEM, or -EFBIG when it passes the ceiling of the buffer. */
int sdp_write_offer(struct buf *out, const struct sdp_offer *offer);

/*
 * Parses an answer to such an offer, `n` bytes. Returns 0 and fills *answer; or returns -EPROTO and
 * sets *why to a text that says what is wrong with it ("it has no fingerprint").
 *
 * Candidates that cannot be used (of other components, over TCP, names instead of addresses, with a
 * zone, behind the first SDP_CANDIDATES_MAX) and attributes that are not known are skipped. All
 * else that is wrong makes it an error: the other side must be the DTLS client (`setup:active`).
 */
int sdp_parse_answer(const char *text, size_t n, struct sdp_answer *answer, const char **why);

/* Whether a text is an IPv4 or IPv6 address and not 0.0.0.0 or the like. */
int sdp_is_address(const char *text);

#endif
