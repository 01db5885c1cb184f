/*
 * Whatever a machine sends: the SDP of an answer, and messages of the Data Channel Establishment
 * Protocol; and answers of STUN servers. What is understood must be as the headers say. Frames and
 * lists of servers, which the mount sends, are tried as well. abort() is a finding.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/live_frame.h"
#include "rtc/binding.h"
#include "rtc/dcep.h"
#include "rtc/sdp.h"
#include "rtc/servers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

static int is_ice_text(const char *text, size_t least, size_t size)
{
    size_t len = strnlen(text, size);

    return len >= least && len < size &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") == len;
}

static void check_candidate(const struct sdp_candidate *candidate)
{
    REQUIRE(candidate->type <= SDP_RELAYED && candidate->priority && candidate->port);
    REQUIRE(is_ice_text(candidate->foundation, 1, SDP_FOUNDATION_MAX));
    REQUIRE(memchr(candidate->address, '\0', SDP_ADDRESS_MAX));
    REQUIRE(sdp_is_address(candidate->address) && !strchr(candidate->address, '%'));
    REQUIRE(!candidate->base_address[0]);
}

static void check_answer(const struct sdp_answer *answer)
{
    static const size_t lengths[] = {32, 48, 64};

    REQUIRE(is_ice_text(answer->ufrag, 4, SDP_UFRAG_MAX));
    REQUIRE(is_ice_text(answer->pwd, 22, SDP_PWD_MAX));
    REQUIRE(answer->fingerprint_count >= 1 && answer->fingerprint_count <= SDP_FINGERPRINTS_MAX);
    for (size_t i = 0; i < answer->fingerprint_count; i++) {
        REQUIRE(answer->fingerprints[i].hash <= SDP_SHA_512);
        REQUIRE(answer->fingerprints[i].len == lengths[answer->fingerprints[i].hash]);
    }
    REQUIRE(answer->candidate_count <= SDP_CANDIDATES_MAX && answer->sctp_port);
    for (size_t i = 0; i < answer->candidate_count; i++)
        check_candidate(&answer->candidates[i]);
}

/* What was understood, written as an offer and made an answer, is understood the same. */
static void check_again(const struct sdp_answer *answer)
{
    struct sdp_offer offer = {.ufrag = answer->ufrag,
                              .pwd = answer->pwd,
                              .fingerprint = answer->fingerprints[0],
                              .candidates = answer->candidates,
                              .candidate_count = answer->candidate_count};
    BUF_SCOPED text = BUF_INIT(LIVE_SDP_MAX);
    struct sdp_answer again;
    const char *why;
    char *setup;

    REQUIRE(sdp_write_offer(&text, &offer) == 0);
    setup = strstr(text.data, "actpass");
    REQUIRE(setup);
    memcpy(setup, "active\r", 7); /* and an empty line */
    setup[6] = '\n';
    REQUIRE(sdp_parse_answer(text.data, text.len, &again, &why) == 0);
    REQUIRE(!strcmp(again.ufrag, answer->ufrag) && !strcmp(again.pwd, answer->pwd));
    REQUIRE(again.candidate_count == answer->candidate_count);
    REQUIRE(!memcmp(again.candidates, answer->candidates, sizeof(again.candidates)));
}

static void try_answer(const char *text, size_t n)
{
    static struct sdp_answer answer;
    const char *why = NULL;
    int rc = sdp_parse_answer(text, n, &answer, &why);

    REQUIRE(rc == 0 || rc == -EPROTO);
    REQUIRE((rc != 0) == (why != NULL));
    if (rc)
        return;
    check_answer(&answer);
    check_again(&answer);
}

static void try_servers(const char *text, size_t n)
{
    static struct servers servers;

    if (servers_parse(text, n, &servers))
        return;
    REQUIRE(servers.count <= SERVERS_MAX);
    for (size_t i = 0; i < servers.count; i++)
        REQUIRE(servers.list[i].port && servers.list[i].host[0] &&
                memchr(servers.list[i].host, '\0', SERVER_HOST_MAX));
}

static void try_frames(const void *bytes, size_t n)
{
    for (int side = LIVE_FROM_MOUNT; side <= LIVE_FROM_PROGRAM; side++) {
        struct live_frame frame;
        ssize_t len = live_frame_parse((enum live_side)side, bytes, n, &frame);

        REQUIRE(len == 0 || len == -EPROTO || (len >= LIVE_FRAME_HEADER && (size_t)len <= n));
        if (len > 0)
            REQUIRE(frame.len == (size_t)len - LIVE_FRAME_HEADER &&
                    frame.len <= live_frame_ceiling(frame.type));
    }
}

static void try_binding(const void *packet, size_t n)
{
    struct binding_address seen;
    int rc = binding_parse_answer(packet, n, (const unsigned char *)"abcdefghijkl", &seen);

    REQUIRE(rc == 0 || rc == -EPROTO);
    REQUIRE(rc || (seen.address && seen.port));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = malloc(size ? size : 1); /* so that a sanitizer sees what is read behind it */

    REQUIRE(exact);
    memcpy(exact, data, size);
    try_answer(exact, size);
    try_servers(exact, size);
    try_frames(exact, size);
    REQUIRE(dcep_parse(exact, size) <= DCEP_OPEN);
    try_binding(exact, size);
    free(exact);
    return 0;
}
