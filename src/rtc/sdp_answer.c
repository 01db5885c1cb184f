#include "rtc/sdp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define PORT_DEFAULT 5000

/* A part of the text. */
struct span {
    const char *at;
    size_t len;
};

/* What was seen so far. */
struct parser {
    struct sdp_answer *answer;
    const char *why; /* what is wrong; NULL: nothing yet */
    int has_version, has_media, is_active;
};

static int equals(struct span span, const char *text)
{
    return span.len == strlen(text) && !memcmp(span.at, text, span.len);
}

static int equals_in_any_case(struct span span, const char *text)
{
    return span.len == strlen(text) && !strncasecmp(span.at, text, span.len);
}

/* Takes what comes before the first `c`, or all, and drops that `c`. */
static struct span take_until(struct span *rest, char c)
{
    const char *found = rest->len ? memchr(rest->at, c, rest->len) : NULL;
    struct span taken = {rest->at, found ? (size_t)(found - rest->at) : rest->len};
    size_t used = taken.len + (found ? 1 : 0);

    rest->at += used;
    rest->len -= used;
    return taken;
}

/* Takes the next word; empty at the end. */
static struct span take_word(struct span *rest)
{
    struct span word;

    do {
        word = take_until(rest, ' ');
    } while (!word.len && rest->len);
    return word;
}

static struct span take_line(struct span *rest)
{
    struct span line = take_until(rest, '\n');

    if (line.len && line.at[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* Reads decimal digits alone. Returns 0, or -EINVAL for another text or a value above `most`. */
static int read_number(struct span span, uint32_t most, uint32_t *out)
{
    uint64_t value = 0;

    if (!span.len || span.len > 10)
        return -EINVAL;
    for (size_t i = 0; i < span.len; i++) {
        if (span.at[i] < '0' || span.at[i] > '9')
            return -EINVAL;
        value = value * 10 + (uint64_t)(span.at[i] - '0');
    }
    if (value > most)
        return -EINVAL;
    *out = (uint32_t)value;
    return 0;
}

/* Copies a span into `size` bytes, with a NUL. Returns 0, or -EINVAL when it is longer, or when it
 * has other characters than ice-char (RFC 8839, 5.1). */
static int copy_ice_text(struct span span, char *out, size_t size)
{
    if (!span.len || span.len >= size)
        return -EINVAL;
    for (size_t i = 0; i < span.len; i++) {
        char c = span.at[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '+' || c == '/'))
            return -EINVAL;
    }
    memcpy(out, span.at, span.len);
    out[span.len] = '\0';
    return 0;
}

int sdp_is_address(const char *text)
{
    static const unsigned char zeros[16];
    unsigned char bytes[16];

    if (inet_pton(AF_INET, text, bytes) == 1)
        return memcmp(bytes, zeros, 4) != 0;
    return inet_pton(AF_INET6, text, bytes) == 1 && memcmp(bytes, zeros, 16) != 0;
}

static int copy_address(struct span span, char out[SDP_ADDRESS_MAX])
{
    if (!span.len || span.len >= SDP_ADDRESS_MAX || memchr(span.at, '\0', span.len))
        return -EINVAL;
    memcpy(out, span.at, span.len);
    out[span.len] = '\0';
    return sdp_is_address(out) ? 0 : -EINVAL;
}

/* Reads a candidate. Returns 0, or -EINVAL when it is one that cannot be used. What follows its
 * type is not needed. */
static int read_candidate(struct span line, struct sdp_candidate *candidate)
{
    struct span foundation = take_word(&line), component = take_word(&line);
    struct span transport = take_word(&line), priority = take_word(&line);
    struct span address = take_word(&line), port = take_word(&line);
    struct span word = take_word(&line), type = take_word(&line);
    uint32_t number;

    memset(candidate, 0, sizeof(*candidate));
    if (!equals(component, "1") || !equals_in_any_case(transport, "udp") || !equals(word, "typ"))
        return -EINVAL;
    if (equals(type, "host"))
        candidate->type = SDP_HOST;
    else if (equals(type, "srflx"))
        candidate->type = SDP_SERVER_REFLEXIVE;
    else if (equals(type, "relay"))
        candidate->type = SDP_RELAYED;
    else
        return -EINVAL;
    if (copy_ice_text(foundation, candidate->foundation, SDP_FOUNDATION_MAX) ||
        copy_address(address, candidate->address) || read_number(port, UINT16_MAX, &number) ||
        !number)
        return -EINVAL;
    candidate->port = (uint16_t)number;
    if (read_number(priority, UINT32_MAX, &candidate->priority) || !candidate->priority)
        return -EINVAL;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Reads `AB:CD:...` of exactly `len` bytes. */
static int read_digest(struct span text, unsigned char *digest, size_t len)
{
    if (text.len != 3 * len - 1)
        return -EINVAL;
    for (size_t i = 0; i < len; i++) {
        const char *at = text.at + 3 * i;
        int high = hex_digit(at[0]), low = hex_digit(at[1]);

        if (high < 0 || low < 0 || (i + 1 < len && at[2] != ':'))
            return -EINVAL;
        digest[i] = (unsigned char)(high << 4 | low);
    }
    return 0;
}

/* Hashes that are not known here are skipped: others may be given as well. */
static void take_fingerprint(struct parser *parser, struct span value)
{
    static const struct {
        const char *name;
        enum sdp_hash hash;
        size_t len;
    } known[] = {
        {"sha-256", SDP_SHA_256, 32}, {"sha-384", SDP_SHA_384, 48}, {"sha-512", SDP_SHA_512, 64}};
    struct sdp_answer *answer = parser->answer;
    struct span name = take_word(&value), digest = take_word(&value);
    struct sdp_fingerprint *fingerprint = &answer->fingerprints[answer->fingerprint_count];

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (!equals_in_any_case(name, known[i].name))
            continue;
        if (answer->fingerprint_count == SDP_FINGERPRINTS_MAX) {
            parser->why = "it has too many fingerprints";
            return;
        }
        fingerprint->hash = known[i].hash;
        fingerprint->len = known[i].len;
        if (value.len || read_digest(digest, fingerprint->digest, fingerprint->len))
            parser->why = "a fingerprint is malformed";
        else
            answer->fingerprint_count++;
    }
}

static void take_candidate(struct parser *parser, struct span value)
{
    struct sdp_answer *answer = parser->answer;
    struct sdp_candidate candidate;

    if (answer->candidate_count < SDP_CANDIDATES_MAX && !read_candidate(value, &candidate))
        answer->candidates[answer->candidate_count++] = candidate;
}

static void take_port(struct parser *parser, struct span value)
{
    uint32_t port;

    if (read_number(value, UINT16_MAX, &port) || !port)
        parser->why = "its SCTP port is malformed";
    else
        parser->answer->sctp_port = (uint16_t)port;
}

/* `NAME:VALUE` or `NAME`. */
static void take_attribute(struct parser *parser, struct span value)
{
    struct span name = take_until(&value, ':');
    struct sdp_answer *answer = parser->answer;

    if (equals(name, "ice-ufrag")) {
        if (value.len < 4 || copy_ice_text(value, answer->ufrag, SDP_UFRAG_MAX))
            parser->why = "its ice-ufrag is malformed";
    } else if (equals(name, "ice-pwd")) {
        if (value.len < 22 || copy_ice_text(value, answer->pwd, SDP_PWD_MAX))
            parser->why = "its ice-pwd is malformed";
    } else if (equals(name, "fingerprint")) {
        take_fingerprint(parser, value);
    } else if (equals(name, "candidate")) {
        take_candidate(parser, value);
    } else if (equals(name, "sctp-port")) {
        take_port(parser, value);
    } else if (equals(name, "setup")) {
        parser->is_active = equals(value, "active");
        if (!parser->is_active)
            parser->why = "it does not take the part of the DTLS client";
    }
}

/* `application PORT PROTOCOL FORMAT`, in the newer form and in the one before RFC 8841. */
static void take_media(struct parser *parser, struct span value)
{
    struct span kind = take_word(&value), port = take_word(&value);
    struct span protocol = take_word(&value), format = take_word(&value);
    uint32_t number;

    if (parser->has_media || !equals(kind, "application"))
        parser->why = "it is not about one data channel alone";
    else if (read_number(port, UINT16_MAX, &number))
        parser->why = "its port is malformed";
    else if (!number)
        parser->why = "the machine has refused the connection";
    else if (equals(protocol, "DTLS/SCTP"))
        take_port(parser, format);
    else if (!equals(protocol, "UDP/DTLS/SCTP") || !equals(format, "webrtc-datachannel"))
        parser->why = "it is of an unknown protocol";
    parser->has_media = 1;
}

static void take_description(struct parser *parser, struct span line)
{
    struct span value = {line.at + 2, line.len - 2};

    if (!parser->has_version && !equals(line, "v=0"))
        parser->why = "it does not begin with 'v=0'";
    parser->has_version = 1;
    if (line.at[0] == 'm')
        take_media(parser, value);
    else if (line.at[0] == 'a')
        take_attribute(parser, value);
}

static void check_whole(struct parser *parser)
{
    const struct sdp_answer *answer = parser->answer;

    if (!parser->has_media)
        parser->why = "it has no data channel";
    else if (!answer->ufrag[0] || !answer->pwd[0])
        parser->why = "it has no ice-ufrag or no ice-pwd";
    else if (!answer->fingerprint_count)
        parser->why = "it has no fingerprint";
    else if (!parser->is_active)
        parser->why = "it does not say who is the DTLS client";
}

int sdp_parse_answer(const char *text, size_t n, struct sdp_answer *answer, const char **why)
{
    struct parser parser = {.answer = answer};
    struct span rest = {text, n};

    memset(answer, 0, sizeof(*answer));
    answer->sctp_port = PORT_DEFAULT;
    while (rest.len && !parser.why) {
        struct span line = take_line(&rest);

        if (line.len >= 2 && line.at[1] == '=')
            take_description(&parser, line);
        else if (line.len)
            parser.why = "a line of it is malformed";
    }
    if (!parser.why)
        check_whole(&parser);
    *why = parser.why;
    return parser.why ? -EPROTO : 0;
}
