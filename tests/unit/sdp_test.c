#include "rtc/sdp.h"

#include <errno.h>
#include <stdlib.h>

#include "test.h"

#define DIGEST_A                                                                                 \
    "00:11:22:33:44:55:66:77:88:99:aa:bb:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:" \
    "EE:FF"
#define HEAD        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
#define MEDIA       "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
#define OLD_MEDIA   "m=application 9 DTLS/SCTP 5001\r\na=sctpmap:5001 webrtc-datachannel 65535\r\n"
#define CREDENTIALS "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
#define FINGERPRINT "a=fingerprint:sha-256 " DIGEST_A "\r\n"
#define SETUP       "a=setup:active\r\n"
#define GOOD        HEAD MEDIA CREDENTIALS FINGERPRINT SETUP

/* Parses a text that lies in memory of its own, so that a sanitizer sees what is read behind it. */
static int parse(const char *text, struct sdp_answer *answer, const char **why)
{
    size_t n = strlen(text);
    char *exact = malloc(n ? n : 1);
    int rc;

    if (!exact)
        return -ENOMEM;
    memcpy(exact, text, n);
    rc = sdp_parse_answer(exact, n, answer, why);
    free(exact);
    return rc;
}

TEST(sdp_offer_is_what_the_machines_parser_asks_for)
{
    struct sdp_candidate candidates[] = {
        {SDP_HOST, "1", 2015363327, "192.0.2.1", 4711, "192.0.2.1", 4711},
        {SDP_SERVER_REFLEXIVE, "2", 7, "203.0.113.1", 65535, "192.0.2.1", 4711},
        {SDP_RELAYED, "3", 1, "2001:db8::1", 1, "", 0},
    };
    struct sdp_offer offer = {.session = 42,
                              .ufrag = "ufrag",
                              .pwd = "0123456789012345678901",
                              .fingerprint = {SDP_SHA_256, {0xab, 0x01}, 2},
                              .candidates = candidates,
                              .candidate_count = 3};
    BUF_SCOPED out = BUF_INIT(4096);

    CHECK_EQ(sdp_write_offer(&out, &offer), 0);
    CHECK_STR(out.data,
              "v=0\r\no=- 42 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
              "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
              "a=sctp-port:5000\r\na=max-message-size:268435456\r\na=setup:actpass\r\n"
              "a=fingerprint:sha-256 AB:01\r\n"
              "a=ice-ufrag:ufrag\r\na=ice-pwd:0123456789012345678901\r\n"
              "a=candidate:1 1 udp 2015363327 192.0.2.1 4711 typ host\r\n"
              "a=candidate:2 1 udp 7 203.0.113.1 65535 typ srflx raddr 192.0.2.1 rport 4711\r\n"
              "a=candidate:3 1 udp 1 2001:db8::1 1 typ relay\r\na=end-of-candidates\r\n");
}

TEST(sdp_offer_that_is_too_long_is_an_error)
{
    struct sdp_offer offer = {.ufrag = "u", .pwd = "p", .fingerprint = {.len = 32}};
    BUF_SCOPED out = BUF_INIT(300);

    CHECK_EQ(sdp_write_offer(&out, &offer), -EFBIG);
}

TEST(sdp_answer_is_read)
{
    struct sdp_answer answer;
    const char *why;

    CHECK_EQ(parse(GOOD
                   "a=candidate:4001cb5a8cfccf96c7f813f5813aab59 1 udp 2130706431 192.0.2.7 9 "
                   "typ host\r\n"
                   "a=candidate:b 1 UDP 1 2001:DB8::7 65535 typ srflx raddr 1.2.3.4 rport 5\r\n"
                   "a=candidate:c 1 udp 4294967295 192.0.2.8 1 typ relay\r\n"
                   "a=end-of-candidates\r\na=sctp-port:5002\r\n",
                   &answer, &why),
             0);
    CHECK(!why);
    CHECK_STR(answer.ufrag, "abcd");
    CHECK_STR(answer.pwd, "0123456789012345678901");
    CHECK_EQ(answer.fingerprint_count, 1);
    CHECK_EQ(answer.fingerprints[0].hash, SDP_SHA_256);
    CHECK_EQ(answer.fingerprints[0].len, 32);
    CHECK_EQ(answer.fingerprints[0].digest[10], 0xaa);
    CHECK_EQ(answer.fingerprints[0].digest[31], 0xff);
    CHECK_EQ(answer.sctp_port, 5002);
    CHECK_EQ(answer.candidate_count, 3);
    CHECK_STR(answer.candidates[0].foundation, "4001cb5a8cfccf96c7f813f5813aab59");
    CHECK_STR(answer.candidates[0].address, "192.0.2.7");
    CHECK_EQ(answer.candidates[0].priority, 2130706431);
    CHECK_EQ(answer.candidates[1].type, SDP_SERVER_REFLEXIVE);
    CHECK_EQ(answer.candidates[1].port, 65535);
    CHECK_EQ(answer.candidates[2].type, SDP_RELAYED);
    CHECK_EQ(answer.candidates[2].priority, UINT32_MAX);
}

TEST(sdp_answer_of_the_older_form_is_read)
{
    struct sdp_answer answer;
    const char *why;

    CHECK_EQ(parse("v=0\n" OLD_MEDIA CREDENTIALS FINGERPRINT SETUP, &answer, &why), 0);
    CHECK_EQ(answer.sctp_port, 5001);
    CHECK_EQ(parse(HEAD CREDENTIALS FINGERPRINT SETUP MEDIA, &answer, &why), 0);
    CHECK_EQ(answer.sctp_port, 5000);
}

TEST(sdp_candidates_that_cannot_be_used_are_skipped)
{
    static const char *const lines[] = {
        "1 2 udp 1 192.0.2.1 9 typ host",
        "1 1 tcp 1 192.0.2.1 9 typ host tcptype active",
        "1 1 udp 1 name.local 9 typ host",
        "1 1 udp 1 fe80::1%eth0 9 typ host",
        "1 1 udp 1 0.0.0.0 9 typ host",
        "1 1 udp 1 :: 9 typ host",
        "1 1 udp 1 192.0.2.1 0 typ host",
        "1 1 udp 1 192.0.2.1 65536 typ host",
        "1 1 udp 1 192.0.2.1 +9 typ host",
        "1 1 udp 0 192.0.2.1 9 typ host",
        "1 1 udp 4294967296 192.0.2.1 9 typ host",
        "1 1 udp 18446744073709551617 192.0.2.1 9 typ host",
        "1 1 udp 1 192.0.2.1 9 typ prflx",
        "1 1 udp 1 192.0.2.1 9 type host",
        "123456789012345678901234567890123 1 udp 1 192.0.2.1 9 typ host",
        "a-b 1 udp 1 192.0.2.1 9 typ host",
        "1 1 udp 1 192.0.2.1",
        "1 1 udp 1 192.0.2.1.5 9 typ host",
        "",
        " ",
    };
    struct sdp_answer answer;
    const char *why;

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        BUF_SCOPED text = BUF_INIT(4096);

        CHECK_EQ(buf_printf(&text, "%sa=candidate:%s\r\n", GOOD, lines[i]), 0);
        CHECK_EQ(parse(text.data, &answer, &why), 0);
        CHECK_EQ(answer.candidate_count, 0);
    }
}

TEST(sdp_takes_no_more_candidates_than_it_has_room_for)
{
    BUF_SCOPED text = BUF_INIT(65536);
    struct sdp_answer answer;
    const char *why;

    buf_puts(&text, GOOD);
    for (int i = 1; i <= 100; i++)
        buf_printf(&text, "a=candidate:%d 1 udp 1 192.0.2.%d 9 typ host\r\n", i, i);
    CHECK_EQ(text.error, 0);
    CHECK_EQ(parse(text.data, &answer, &why), 0);
    CHECK_EQ(answer.candidate_count, SDP_CANDIDATES_MAX);
    CHECK_STR(answer.candidates[SDP_CANDIDATES_MAX - 1].address, "192.0.2.32");
}

TEST(sdp_all_known_fingerprints_are_taken)
{
    struct sdp_answer answer;
    const char *why;
    BUF_SCOPED text = BUF_INIT(65536);

    buf_printf(&text, "%sa=fingerprint:sha-1 AB:CD\r\na=fingerprint:SHA-512 ", GOOD);
    for (int i = 0; i < 64; i++)
        buf_printf(&text, "%s%02x", i ? ":" : "", i);
    CHECK_EQ(buf_puts(&text, "\r\n"), 0);
    CHECK_EQ(parse(text.data, &answer, &why), 0);
    CHECK_EQ(answer.fingerprint_count, 2);
    CHECK_EQ(answer.fingerprints[1].hash, SDP_SHA_512);
    CHECK_EQ(answer.fingerprints[1].len, 64);
    CHECK_EQ(answer.fingerprints[1].digest[63], 63);
    for (int i = 0; i < SDP_FINGERPRINTS_MAX; i++)
        buf_puts(&text, FINGERPRINT);
    CHECK_EQ(parse(text.data, &answer, &why), -EPROTO);
    CHECK_STR(why, "it has too many fingerprints");
}

TEST(sdp_answer_that_is_wrong_is_refused_in_words)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "it has no data channel"},
        {"\r\n\r\n", "it has no data channel"},
        {"v=1\r\n", "it does not begin with 'v=0'"},
        {"s=-\r\nv=0\r\n", "it does not begin with 'v=0'"},
        {"<html>", "a line of it is malformed"},
        {HEAD "x", "a line of it is malformed"},
        {HEAD CREDENTIALS FINGERPRINT SETUP, "it has no data channel"},
        {HEAD MEDIA FINGERPRINT SETUP, "it has no ice-ufrag or no ice-pwd"},
        {HEAD MEDIA CREDENTIALS SETUP, "it has no fingerprint"},
        {HEAD MEDIA CREDENTIALS FINGERPRINT, "it does not say who is the DTLS client"},
        {HEAD MEDIA CREDENTIALS FINGERPRINT "a=setup:passive\r\n",
         "it does not take the part of the DTLS client"},
        {HEAD MEDIA CREDENTIALS FINGERPRINT "a=setup\r\n",
         "it does not take the part of the DTLS client"},
        {HEAD MEDIA MEDIA, "it is not about one data channel alone"},
        {HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\n", "it is not about one data channel alone"},
        {HEAD "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n",
         "the machine has refused the connection"},
        {HEAD "m=application x UDP/DTLS/SCTP webrtc-datachannel\r\n", "its port is malformed"},
        {HEAD "m=application 9 TCP/DTLS/SCTP webrtc-datachannel\r\n",
         "it is of an unknown protocol"},
        {HEAD "m=application 9 DTLS/SCTP 65536\r\n", "its SCTP port is malformed"},
        {HEAD "a=sctp-port:0\r\n", "its SCTP port is malformed"},
        {HEAD "a=ice-ufrag:abc\r\n", "its ice-ufrag is malformed"},
        {HEAD "a=ice-ufrag:ab cd\r\n", "its ice-ufrag is malformed"},
        {HEAD "a=ice-pwd:012345678901234567890\r\n", "its ice-pwd is malformed"},
        {HEAD "a=fingerprint:sha-256\r\n", "a fingerprint is malformed"},
        {HEAD "a=fingerprint:sha-384 " DIGEST_A "\r\n", "a fingerprint is malformed"},
        {HEAD "a=fingerprint:sha-256 " DIGEST_A ":00\r\n", "a fingerprint is malformed"},
        {HEAD "a=fingerprint:sha-256 " DIGEST_A " x\r\n", "a fingerprint is malformed"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sdp_answer answer;
        const char *why = NULL;

        CHECK_EQ(parse(cases[i].text, &answer, &why), -EPROTO);
        CHECK_STR(why, cases[i].why);
    }
}

TEST(sdp_credentials_are_as_long_as_the_rfc_allows)
{
    char longest[257];
    struct sdp_answer answer;
    const char *why;
    BUF_SCOPED text = BUF_INIT(4096), more = BUF_INIT(4096);

    memset(longest, 'x', 256);
    longest[256] = '\0';
    buf_printf(&text, HEAD MEDIA FINGERPRINT SETUP "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", longest,
               longest);
    CHECK_EQ(text.error, 0);
    CHECK_EQ(parse(text.data, &answer, &why), 0);
    CHECK_STR(answer.pwd, longest);
    CHECK_EQ(buf_printf(&more, GOOD "a=ice-ufrag:x%s\r\n", longest), 0);
    CHECK_EQ(parse(more.data, &answer, &why), -EPROTO);
}

TEST(sdp_answer_that_is_cut_anywhere_is_no_crash)
{
    static const char text[] = GOOD "a=candidate:b 1 UDP 1 2001:DB8::7 65535 typ srflx\r\n";
    struct sdp_answer answer;
    const char *why;

    for (size_t i = 0; i < sizeof(text); i++) {
        char *cut = malloc(i ? i : 1);
        int rc;

        CHECK(cut);
        memcpy(cut, text, i);
        rc = sdp_parse_answer(cut, i, &answer, &why);
        free(cut);
        CHECK(rc == 0 ? !why : rc == -EPROTO && why);
    }
}
