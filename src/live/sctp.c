#include "live/sctp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <usrsctp.h>

#include "base/list.h"
#include "rtc/dcep.h"

#define LOCAL_PORT   5000
#define PATH_MTU     1200 /* bytes of a packet */
#define STREAMS      16
#define STREAM       1 /* the channel's: odd, as ours is the DTLS server (RFC 8832, 6) */
#define WINDOW       (256 * 1024)
#define SEND_SPACE   (1280 * 1024)
#define DELIVER_FROM (32 * 1024) /* a message is read in parts from here on */
#define PACKET_LEAST 16          /* bytes: a common header and that of a chunk */
#define SACK_MS      20
#define INIT_TRIES   8
/* Of timers that repeat packets, shorter than RFC 9260, 16 has them, as browsers do: a request is
 * one packet, so that nothing but the timer tells that it is lost. */
#define RTO_INITIAL_MS 500
#define RTO_LEAST_MS   400
#define RTO_MOST_MS    10000

struct sctp {
    struct list in_all;
    uintptr_t
        id; /* what usrsctp knows it by: never used again, so no late packet can meet another */
    struct socket *socket;
    const char *label;
    const struct sctp_events *events;
    void *arg;
    int has_news, is_open, has_failed;
};

static struct list all = LIST_INIT(all);
static uintptr_t last_id;

static struct sctp *find(uintptr_t id)
{
    list_each (at, &all) {
        struct sctp *sctp = container_of(at, struct sctp, in_all);

        if (sctp->id == id)
            return sctp;
    }
    return NULL;
}

/* usrsctp sends a packet. */
static int on_output(void *id, void *packet, size_t n, uint8_t tos, uint8_t set_df)
{
    struct sctp *sctp = find((uintptr_t)id);

    (void)tos;
    (void)set_df;
    if (sctp)
        sctp->events->send(sctp->arg, packet, n);
    return 0;
}

static void on_news(struct socket *socket, void *id, int flags)
{
    struct sctp *sctp = find((uintptr_t)id);

    (void)socket;
    (void)flags;
    if (sctp)
        sctp->has_news = 1;
}

void sctp_start(void)
{
    usrsctp_init_nothreads(0, on_output, NULL);
    usrsctp_sysctl_set_sctp_blackhole(2); /* no answer to what belongs to no association */
    usrsctp_sysctl_set_sctp_no_csum_on_loopback(0);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_asconf_enable(0);
    usrsctp_sysctl_set_sctp_auth_enable(0);
    usrsctp_sysctl_set_sctp_nrsack_enable(0);
    usrsctp_sysctl_set_sctp_pktdrop_enable(0);
    usrsctp_sysctl_set_sctp_delayed_sack_time_default(SACK_MS);
    usrsctp_sysctl_set_sctp_init_rtx_max_default(INIT_TRIES);
    usrsctp_sysctl_set_sctp_rto_initial_default(RTO_INITIAL_MS);
    usrsctp_sysctl_set_sctp_rto_min_default(RTO_LEAST_MS);
    usrsctp_sysctl_set_sctp_rto_max_default(RTO_MOST_MS);
}

void sctp_tick(uint32_t elapsed_ms)
{
    usrsctp_handle_timers(elapsed_ms);
}

/* ---- begin and end ---- */

static struct sockaddr_conn address_of(const struct sctp *sctp, uint16_t port)
{
    struct sockaddr_conn address = {.sconn_family = AF_CONN, .sconn_port = htons(port)};

    address.sconn_addr = (void *)sctp->id;
    return address;
}

static int set_option(struct sctp *sctp, int level, int name, const void *value, size_t size)
{
    return usrsctp_setsockopt(sctp->socket, level, name, value, (socklen_t)size);
}

static int set_number(struct sctp *sctp, int level, int name, int value)
{
    return set_option(sctp, level, name, &value, sizeof(value));
}

/* With an address, for the path to it; with none, for those to come. */
static int fix_mtu(struct sctp *sctp, const struct sockaddr_conn *to)
{
    struct sctp_paddrparams path = {.spp_pathmtu = PATH_MTU, .spp_flags = SPP_PMTUD_DISABLE};

    if (to)
        memcpy(&path.spp_address, to, sizeof(*to));
    return set_option(sctp, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof(path));
}

static int subscribe(struct sctp *sctp)
{
    static const uint16_t types[] = {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT,
                                     SCTP_SHUTDOWN_EVENT};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct sctp_event event = {
            .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = types[i], .se_on = 1};

        if (set_option(sctp, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof(event)))
            return -1;
    }
    return 0;
}

static int set_up(struct sctp *sctp)
{
    struct linger abort_at_close = {.l_onoff = 1, .l_linger = 0};
    struct sctp_assoc_value reset = {.assoc_id = SCTP_FUTURE_ASSOC,
                                     .assoc_value = SCTP_ENABLE_RESET_STREAM_REQ};
    struct sctp_initmsg init = {.sinit_num_ostreams = STREAMS, .sinit_max_instreams = STREAMS};

    return usrsctp_set_non_blocking(sctp->socket, 1) ||
           set_option(sctp, SOL_SOCKET, SO_LINGER, &abort_at_close, sizeof(abort_at_close)) ||
           set_number(sctp, SOL_SOCKET, SO_RCVBUF, WINDOW) ||
           set_number(sctp, SOL_SOCKET, SO_SNDBUF, SEND_SPACE) ||
           set_number(sctp, IPPROTO_SCTP, SCTP_NODELAY, 1) ||
           set_number(sctp, IPPROTO_SCTP, SCTP_RECVRCVINFO, 1) ||
           set_number(sctp, IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, DELIVER_FROM) ||
           set_option(sctp, IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, &reset, sizeof(reset)) ||
           set_option(sctp, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof(init)) || subscribe(sctp) ||
           fix_mtu(sctp, NULL);
}

static int begin(struct sctp *sctp, uint16_t port)
{
    struct sockaddr_conn here = address_of(sctp, LOCAL_PORT), there = address_of(sctp, port);

    if (set_up(sctp) || usrsctp_set_upcall(sctp->socket, on_news, (void *)sctp->id) ||
        usrsctp_bind(sctp->socket, (struct sockaddr *)&here, sizeof(here)))
        return -1;
    if (usrsctp_connect(sctp->socket, (struct sockaddr *)&there, sizeof(there)) &&
        errno != EINPROGRESS)
        return -1;
    return fix_mtu(sctp, &there);
}

struct sctp *sctp_new(uint16_t port, const char *label, const struct sctp_events *events, void *arg)
{
    struct sctp *sctp = calloc(1, sizeof(*sctp));

    if (!sctp)
        return NULL;
    sctp->id = ++last_id;
    sctp->label = label;
    sctp->events = events;
    sctp->arg = arg;
    list_add(&all, &sctp->in_all);
    usrsctp_register_address((void *)sctp->id);
    sctp->socket = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    if (sctp->socket && !begin(sctp, port))
        return sctp;
    sctp_free(sctp);
    return NULL;
}

void sctp_free(struct sctp *sctp)
{
    if (!sctp)
        return;
    if (sctp->socket)
        usrsctp_close(sctp->socket);
    usrsctp_deregister_address((void *)sctp->id);
    list_del(&sctp->in_all);
    free(sctp);
}

/* ---- in and out ---- */

static void fail(struct sctp *sctp, const char *why)
{
    if (sctp->has_failed)
        return;
    sctp->has_failed = 1;
    sctp->events->on_failed(sctp->arg, why);
}

void sctp_take_packet(struct sctp *sctp, const void *packet, size_t n)
{
    if (!sctp->has_failed && n >= PACKET_LEAST)
        usrsctp_conninput((void *)sctp->id, packet, n, 0);
}

static int send_message(struct sctp *sctp, uint32_t ppid, const void *message, size_t n)
{
    struct sctp_sndinfo info = {.snd_sid = STREAM, .snd_flags = SCTP_EOR, .snd_ppid = htonl(ppid)};
    ssize_t sent = usrsctp_sendv(sctp->socket, message, n, NULL, 0, &info, sizeof(info),
                                 SCTP_SENDV_SNDINFO, 0);

    if (sent < 0)
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    return (size_t)sent == n ? 0 : -EIO;
}

int sctp_send_text(struct sctp *sctp, const void *text, size_t n)
{
    return sctp->is_open && !sctp->has_failed ? send_message(sctp, PPID_STRING, text, n) : -EINVAL;
}

int sctp_has_news(const struct sctp *sctp)
{
    return sctp->has_news && !sctp->has_failed;
}

static void open_channel(struct sctp *sctp)
{
    unsigned char message[DCEP_OPEN_MAX];
    size_t n = dcep_write_open(message, sctp->label);

    if (send_message(sctp, PPID_DCEP, message, n))
        fail(sctp, "the data channel cannot be opened");
}

static void take_association_change(struct sctp *sctp, const struct sctp_assoc_change *change)
{
    if (change->sac_state == SCTP_COMM_UP)
        open_channel(sctp);
    else if (change->sac_state == SCTP_CANT_STR_ASSOC)
        fail(sctp, "the machine does not answer on SCTP");
    else if (change->sac_state == SCTP_COMM_LOST || change->sac_state == SCTP_SHUTDOWN_COMP)
        fail(sctp, "the machine has ended the connection");
    else if (change->sac_state == SCTP_RESTART)
        fail(sctp, "the machine has begun the connection anew");
}

/* Without a list of streams, all are meant. */
static void take_reset(struct sctp *sctp, const struct sctp_stream_reset_event *event)
{
    size_t size = event->strreset_length, count = 0;

    if (size > sizeof(*event))
        count = (size - sizeof(*event)) / sizeof(event->strreset_stream_list[0]);
    if (event->strreset_flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED) ||
        !(event->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN))
        return;
    for (size_t i = 0; i < count; i++)
        if (event->strreset_stream_list[i] == STREAM)
            count = 0;
    if (!count)
        fail(sctp, "the machine has closed the data channel");
}

static void take_notification(struct sctp *sctp, const void *bytes, size_t n)
{
    const union sctp_notification *note = bytes;

    if (n < sizeof(note->sn_header) || n < note->sn_header.sn_length)
        return;
    if (note->sn_header.sn_type == SCTP_ASSOC_CHANGE && n >= sizeof(note->sn_assoc_change))
        take_association_change(sctp, &note->sn_assoc_change);
    else if (note->sn_header.sn_type == SCTP_STREAM_RESET_EVENT &&
             n >= sizeof(note->sn_strreset_event))
        take_reset(sctp, &note->sn_strreset_event);
    else if (note->sn_header.sn_type == SCTP_SHUTDOWN_EVENT)
        fail(sctp, "the machine has ended the connection");
}

/* Returns 1 when it is a part of a message of the channel. */
static int take_data(struct sctp *sctp, uint16_t stream, uint32_t ppid, const void *data, size_t *n)
{
    if (stream != STREAM)
        return 0; /* the machine's own channels: nobody reads them */
    switch (ppid) {
    case PPID_DCEP:
        if (dcep_parse(data, *n) == DCEP_ACK && !sctp->is_open) {
            sctp->is_open = 1;
            sctp->events->on_open(sctp->arg);
        }
        return 0;
    case PPID_STRING_EMPTY:
    case PPID_BINARY_EMPTY:
        *n = 0;
        return sctp->is_open;
    case PPID_STRING:
    case PPID_BINARY:
        return sctp->is_open;
    default:
        return 0;
    }
}

int sctp_read(struct sctp *sctp, void *out, size_t size, size_t *n, int *is_last)
{
    while (!sctp->has_failed) {
        struct sctp_rcvinfo info = {0};
        socklen_t info_len = sizeof(info), from_len = 0;
        unsigned info_type = 0;
        int flags = 0;
        ssize_t got;

        sctp->has_news = 0;
        got = usrsctp_recvv(sctp->socket, out, size, NULL, &from_len, &info, &info_len, &info_type,
                            &flags);
        if (got < 0 && errno == EWOULDBLOCK)
            return 0;
        if (got <= 0) {
            fail(sctp, "the machine has ended the connection");
            return 0;
        }
        *n = (size_t)got;
        *is_last = (flags & MSG_EOR) != 0;
        if (flags & MSG_NOTIFICATION)
            take_notification(sctp, out, *n);
        else if (info_type == SCTP_RECVV_RCVINFO &&
                 take_data(sctp, info.rcv_sid, ntohl(info.rcv_ppid), out, n))
            return 1;
    }
    return 0;
}
