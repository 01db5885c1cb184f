#include "rtc/sdp.h"

#include <inttypes.h>
#include <string.h>

static const char *const type_names[] = {"host", "srflx", "relay"};
static const char *const hash_names[] = {"sha-256", "sha-384", "sha-512"};

static void write_fingerprint(struct buf *out, const struct sdp_fingerprint *fingerprint)
{
    buf_printf(out, "a=fingerprint:%s ", hash_names[fingerprint->hash]);
    for (size_t i = 0; i < fingerprint->len; i++)
        buf_printf(out, "%s%02X", i ? ":" : "", fingerprint->digest[i]);
    buf_puts(out, "\r\n");
}

/* A candidate that is no host has a base; the machine's parser takes any, and needs none. */
static void write_candidate(struct buf *out, const struct sdp_candidate *candidate)
{
    buf_printf(out, "a=candidate:%s 1 udp %" PRIu32 " %s %u typ %s", candidate->foundation,
               candidate->priority, candidate->address, (unsigned)candidate->port,
               type_names[candidate->type]);
    if (candidate->type != SDP_HOST && candidate->base_address[0])
        buf_printf(out, " raddr %s rport %u", candidate->base_address,
                   (unsigned)candidate->base_port);
    buf_puts(out, "\r\n");
}

int sdp_write_offer(struct buf *out, const struct sdp_offer *offer)
{
    buf_printf(out,
               "v=0\r\n"
               "o=- %" PRIu64 " 1 IN IP4 0.0.0.0\r\n"
               "s=-\r\n"
               "t=0 0\r\n"
               "a=group:BUNDLE 0\r\n"
               "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
               "c=IN IP4 0.0.0.0\r\n"
               "a=mid:0\r\n"
               "a=sctp-port:5000\r\n"
               "a=max-message-size:%u\r\n"
               "a=setup:actpass\r\n",
               offer->session, SDP_MESSAGE_MAX);
    write_fingerprint(out, &offer->fingerprint);
    buf_printf(out, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", offer->ufrag, offer->pwd);
    for (size_t i = 0; i < offer->candidate_count; i++)
        write_candidate(out, &offer->candidates[i]);
    buf_puts(out, "a=end-of-candidates\r\n");
    return out->error;
}
