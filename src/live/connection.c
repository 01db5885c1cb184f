#include "live/connection.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/ice.h"
#include "live/sctp.h"

#define LABEL "file_transfer"

void connection_close(struct connection *connection, const char *why)
{
    if (connection->is_closing)
        return;
    connection->is_closing = 1;
    parent_send(connection->parent, LIVE_CLOSED, connection->number, why, strlen(why), NULL, 0);
}

static void fail(void *arg, const char *why)
{
    connection_close(arg, why);
}

/* ---- SCTP ---- */

static void send_encrypted(void *arg, const void *packet, size_t n)
{
    struct connection *connection = arg;

    dtls_send(connection->dtls, packet, n);
}

static void on_channel_open(void *arg)
{
    struct connection *connection = arg;

    if (connection->is_closing)
        return;
    connection->is_ready = 1;
    if (connection->timer)
        g_source_remove(connection->timer);
    connection->timer = 0;
    parent_send(connection->parent, LIVE_READY, connection->number, NULL, 0, NULL, 0);
}

static const struct sctp_events sctp_events = {
    .send = send_encrypted,
    .on_open = on_channel_open,
    .on_failed = fail,
};

void connection_pump(struct connection *connection)
{
    static unsigned char bytes[LIVE_MESSAGE_CHUNK - 1]; /* one thread, and not used across calls */
    unsigned char flags;
    int is_last;
    size_t n;

    while (connection->sctp && !connection->is_closing && parent_has_room(connection->parent) &&
           sctp_read(connection->sctp, bytes, sizeof(bytes), &n, &is_last)) {
        connection->message_size += n;
        if (connection->message_size > CONNECTION_MESSAGE_MAX) {
            connection_close(connection, "a message of the machine is longer than 128 MiB");
            return;
        }
        flags = is_last ? LIVE_MESSAGE_LAST : 0;
        if (is_last)
            connection->message_size = 0;
        parent_send(connection->parent, LIVE_MESSAGE, connection->number, &flags, 1, bytes, n);
    }
}

/* ---- DTLS ---- */

static void send_plain(void *arg, const void *packet, size_t n)
{
    struct connection *connection = arg;

    ice_send(connection->ice, packet, n);
}

static void on_secure(void *arg)
{
    struct connection *connection = arg;

    connection->is_secure = 1;
    connection->sctp = sctp_new(connection->sctp_port, LABEL, &sctp_events, connection);
    if (!connection->sctp)
        connection_close(connection, "the connection cannot be made: out of memory");
}

static void on_decrypted(void *arg, const void *packet, size_t n)
{
    struct connection *connection = arg;

    if (connection->sctp && !connection->is_closing)
        sctp_take_packet(connection->sctp, packet, n);
}

static const struct dtls_events dtls_events = {
    .send = send_plain,
    .on_secure = on_secure,
    .on_data = on_decrypted,
    .on_failed = fail,
};

/* ---- ICE ---- */

static void send_offer(struct connection *connection)
{
    static struct sdp_candidate candidates[SDP_CANDIDATES_MAX]; /* as in connection_pump */
    char ufrag[SDP_UFRAG_MAX], pwd[SDP_PWD_MAX];
    BUF_SCOPED sdp = BUF_INIT(LIVE_SDP_MAX);
    int count = ice_describe(connection->ice, ufrag, pwd, candidates);
    struct sdp_offer offer = {.session = (uint64_t)g_random_int() << 16 |
                                         connection->number % 65536,
                              .ufrag = ufrag,
                              .pwd = pwd,
                              .candidates = candidates,
                              .candidate_count = count > 0 ? (size_t)count : 0};

    dtls_identity_fingerprint(connection->identity, &offer.fingerprint);
    if (count <= 0)
        connection_close(connection, "this machine has no address that another could reach");
    else if (sdp_write_offer(&sdp, &offer))
        connection_close(connection, "the connection cannot be made: out of memory");
    else
        parent_send(connection->parent, LIVE_OFFER, connection->number, sdp.data, sdp.len, NULL, 0);
}

static void on_gathered(void *arg)
{
    struct connection *connection = arg;

    if (connection->is_closing)
        return;
    connection->has_offer = 1;
    send_offer(connection);
}

static void on_connected(void *arg)
{
    struct connection *connection = arg;

    connection->has_way = 1; /* the machine begins with DTLS */
}

static void on_no_way(void *arg)
{
    struct connection *connection = arg;

    connection_close(connection, connection->has_way ? "the machine no longer answers"
                                                     : ice_why_no_way(connection->ice));
}

static void on_packet(void *arg, const void *packet, size_t n)
{
    struct connection *connection = arg;

    if (connection->is_closing)
        return;
    dtls_take_packet(connection->dtls, packet, n);
    connection_pump(connection);
}

static const struct ice_events ice_events = {
    .on_gathered = on_gathered,
    .on_connected = on_connected,
    .on_failed = on_no_way,
    .on_packet = on_packet,
};

/* ---- the mount ---- */

struct connection *connection_new(uint32_t number, const struct servers *servers,
                                  struct parent *parent, struct dtls_identity *identity,
                                  const char **why)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    *why = "the connection cannot be made: out of memory";
    if (!connection)
        return NULL;
    list_init(&connection->in_all);
    connection->number = number;
    connection->parent = parent;
    connection->identity = identity;
    connection->dtls = dtls_new(identity, &dtls_events, connection);
    if (connection->dtls) {
        *why = "the connection cannot be made: no socket can be opened";
        connection->ice = ice_new(servers, &ice_events, connection);
    }
    if (connection->ice)
        return connection;
    connection_free(connection);
    return NULL;
}

void connection_free(struct connection *connection)
{
    connection->is_closing = 1; /* what its parts say from here on goes nowhere */
    if (connection->timer)
        g_source_remove(connection->timer);
    sctp_free(connection->sctp);
    if (connection->ice)
        dtls_close(connection->dtls);
    if (connection->ice)
        ice_free(connection->ice);
    dtls_free(connection->dtls);
    list_del(&connection->in_all);
    free(connection);
}

static gboolean on_not_ready(gpointer data)
{
    struct connection *connection = data;

    connection->timer = 0;
    if (!connection->has_way)
        connection_close(connection, ice_why_no_way(connection->ice));
    else if (!connection->is_secure)
        connection_close(connection, "the machine does not encrypt the connection in time");
    else
        connection_close(connection, "the machine does not open the data channel in time");
    return G_SOURCE_REMOVE;
}

void connection_take_answer(struct connection *connection, const char *sdp, size_t n)
{
    static struct sdp_answer answer; /* as in connection_pump */
    char text[LIVE_WHY_MAX];
    const char *why;

    if (connection->is_closing)
        return;
    if (!connection->has_offer || connection->has_answer) {
        connection_close(connection, "an answer has come that was not asked for");
        return;
    }
    connection->has_answer = 1;
    if (sdp_parse_answer(sdp, n, &answer, &why)) {
        snprintf(text, sizeof(text), "the machine's answer is not usable: %s", why);
        connection_close(connection, text);
        return;
    }
    connection->sctp_port = answer.sctp_port;
    dtls_expect(connection->dtls, answer.fingerprints, answer.fingerprint_count);
    connection->timer = g_timeout_add_seconds(LIVE_READY_S, on_not_ready, connection);
    if (ice_set_answer(connection->ice, &answer))
        connection_close(connection, "the machine's answer is not usable");
}

void connection_take_send(struct connection *connection, const void *text, size_t n)
{
    int rc;

    if (connection->is_closing)
        return;
    if (!connection->is_ready) {
        connection_close(connection, "a request was sent before the channel was open");
        return;
    }
    rc = sctp_send_text(connection->sctp, text, n);
    if (rc == -EAGAIN)
        connection_close(connection, "the machine does not take requests as fast as they come");
    else if (rc)
        connection_close(connection, "a request cannot be sent");
}

void connection_tick(struct connection *connection)
{
    if (connection->is_closing)
        return;
    if (connection->has_way)
        dtls_tick(connection->dtls);
    if (connection->sctp && sctp_has_news(connection->sctp))
        connection_pump(connection);
}
