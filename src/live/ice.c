#include "live/ice.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <nice/agent.h>
#include <stdio.h>
#include <string.h>

#include "live/reflexive.h"

#define GATHERING_MS  5000
#define RELAYS_MS     1500 /* for all relays, from servers of which one has answered already */
#define OTHERS_MS     300  /* for other relays when there is one */
#define COMPONENT     1
#define ADDRESSES_MAX 16
#define CHECKS_MAX    100              /* pairs of candidates that are tried */
#define PREFERENCE    ((1u << 24) - 1) /* what a priority has below that of its type, RFC 8445 */
#define REFLEXIVE     (100u << 24)     /* the priority of this type */
/* Bytes: of SCTP's window, with what the kernel adds to each packet. */
#define RECEIVE_BUFFER (1024 * 1024)

struct ice {
    NiceAgent *agent;
    guint stream;
    struct servers servers;
    struct reflexive *reflexive; /* NULL without a STUN server */
    guint timer;                 /* of gathering; 0: none */
    const struct ice_events *events;
    void *arg;
    int has_relays, has_relay, has_gathered, has_answer, has_connected, has_failed;
};

/* ---- addresses of this machine ---- */

static int is_usual_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ((const struct sockaddr_in *)address)->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

/* An address that can stand in an offer: IPv4, or IPv6 that needs no zone. */
static int is_usable(const struct ifaddrs *entry)
{
    const struct sockaddr *address = entry->ifa_addr;

    if (!address || !(entry->ifa_flags & IFF_UP))
        return 0;
    if (address->sa_family == AF_INET)
        return 1;
    return address->sa_family == AF_INET6 &&
           !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

/* Adds those addresses that are on a loopback interface, or those that are not, and of them the
 * usual ones, or the others. Returns how many there are then. */
static int add_some(NiceAgent *agent, const struct ifaddrs *all, int on_loopback, int usual,
                    int count)
{
    for (const struct ifaddrs *at = all; at && count < ADDRESSES_MAX; at = at->ifa_next) {
        NiceAddress address;

        if (!is_usable(at) || !!(at->ifa_flags & IFF_LOOPBACK) != on_loopback ||
            is_usual_loopback(at->ifa_addr) != usual)
            continue;
        nice_address_init(&address);
        nice_address_set_from_sockaddr(&address, at->ifa_addr);
        count += nice_agent_add_local_address(agent, &address);
    }
    return count;
}

/* libnice would leave loopback interfaces out. */
static void add_addresses(NiceAgent *agent)
{
    struct ifaddrs *all;
    int count;

    if (getifaddrs(&all))
        return;
    count = add_some(agent, all, 0, 0, 0);
    count = add_some(agent, all, 1, 0, count);
    if (!count)
        add_some(agent, all, 1, 1, 0); /* a machine without a network reaches itself at least */
    freeifaddrs(all);
}

/* ---- gathering ---- */

static gboolean end_gathering(gpointer data)
{
    struct ice *ice = data;

    ice->timer = 0;
    ice->has_gathered = 1;
    ice->events->on_gathered(ice->arg);
    return G_SOURCE_REMOVE;
}

/* It ends in so many milliseconds at the latest. */
static void set_end(struct ice *ice, guint ms)
{
    if (ice->has_gathered)
        return;
    if (ice->timer)
        g_source_remove(ice->timer);
    ice->timer = g_timeout_add(ms, end_gathering, ice);
}

static void on_packet(NiceAgent *agent, guint stream, guint component, guint n, gchar *packet,
                      gpointer data)
{
    struct ice *ice = data;

    (void)agent;
    (void)stream;
    (void)component;
    ice->events->on_packet(ice->arg, packet, n);
}

/* The sockets are libnice's from here on. */
static void add_relays(struct ice *ice)
{
    nice_agent_attach_recv(ice->agent, ice->stream, COMPONENT, NULL, on_packet, ice);
    for (size_t i = 0; i < ice->servers.count; i++) {
        const struct server *server = &ice->servers.list[i];

        /* A relay that asks for credentials is no relay: we have none. */
        if (server->is_turn &&
            nice_agent_set_relay_info(ice->agent, ice->stream, COMPONENT, server->host,
                                      server->port, "", "", NICE_RELAY_TYPE_TURN_UDP))
            ice->has_relays = 1;
    }
    if (!ice->has_relays)
        set_end(ice, 0);
}

static void on_reflexive(void *arg)
{
    struct ice *ice = arg;

    if (reflexive_is_answered(ice->reflexive))
        set_end(ice, RELAYS_MS);
    add_relays(ice);
}

/* An address that no server can be reached from, such as one of a bridge for containers, must not
 * hold the others up. */
static void on_candidate(NiceAgent *agent, NiceCandidate *candidate, gpointer data)
{
    struct ice *ice = data;

    (void)agent;
    if (candidate->type != NICE_CANDIDATE_TYPE_RELAYED || ice->has_relay)
        return;
    ice->has_relay = 1;
    set_end(ice, OTHERS_MS);
}

/* libnice says so from within ice_new, too, of the addresses of this machine. */
static void on_gathering_done(NiceAgent *agent, guint stream, gpointer data)
{
    struct ice *ice = data;

    (void)agent;
    (void)stream;
    if (ice->has_relays)
        set_end(ice, 0);
}

/* ---- events ---- */

static void on_state(NiceAgent *agent, guint stream, guint component, guint state, gpointer data)
{
    struct ice *ice = data;

    (void)agent;
    (void)stream;
    (void)component;
    if ((state == NICE_COMPONENT_STATE_CONNECTED || state == NICE_COMPONENT_STATE_READY) &&
        !ice->has_connected) {
        ice->has_connected = 1;
        ice->events->on_connected(ice->arg);
    } else if (state == NICE_COMPONENT_STATE_FAILED && ice->has_answer && !ice->has_failed) {
        ice->has_failed = 1;
        ice->events->on_failed(ice->arg);
    }
}

/* ---- begin and end ---- */

/* Of several STUN servers the last one is asked. */
static const struct server *stun_server(const struct ice *ice)
{
    const struct server *found = NULL;

    for (size_t i = 0; i < ice->servers.count; i++)
        if (!ice->servers.list[i].is_turn)
            found = &ice->servers.list[i];
    return found;
}

/* A burst of the machine's must not be lost because we were not scheduled for a moment. The kernel
 * gives what it allows. */
static void widen_sockets(GPtrArray *sockets)
{
    for (guint i = 0; i < sockets->len; i++)
        g_socket_set_option(g_ptr_array_index(sockets, i), SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER,
                            NULL);
}

/*
 * STUN servers are asked by ourselves, before libnice reads from the sockets. What libnice 0.1.21
 * asks is of RFC 3489, which many servers no longer answer; and while it asks TURN servers on a
 * socket, it takes the answers of STUN servers on it for malformed ones of theirs.
 */
static int begin(struct ice *ice)
{
    const struct server *server = stun_server(ice);
    GPtrArray *sockets;

    if (!ice->stream || !nice_agent_gather_candidates(ice->agent, ice->stream))
        return -EIO;
    sockets = nice_agent_get_sockets(ice->agent, ice->stream, COMPONENT);
    if (!sockets)
        return -EIO;
    widen_sockets(sockets);
    if (server)
        ice->reflexive = reflexive_new(sockets, server, on_reflexive, ice);
    else
        add_relays(ice);
    g_ptr_array_unref(sockets);
    return 0;
}

struct ice *ice_new(const struct servers *servers, const struct ice_events *events, void *arg)
{
    struct ice *ice = g_new0(struct ice, 1);

    ice->servers = *servers;
    ice->events = events;
    ice->arg = arg;
    ice->agent = nice_agent_new(NULL, NICE_COMPATIBILITY_RFC5245);
    /* Consent (RFC 7675) by its checks, and not by the option that has its name: libnice 0.1.21
     * takes it for lost after 10 s, which is two lost packets. So it is lost after 50 s. */
    g_object_set(ice->agent, "controlling-mode", TRUE, "ice-tcp", FALSE, "upnp", FALSE,
                 "keepalive-conncheck", TRUE, "max-connectivity-checks", (guint)CHECKS_MAX, NULL);
    ice->stream = nice_agent_add_stream(ice->agent, COMPONENT);
    g_signal_connect(ice->agent, "candidate-gathering-done", G_CALLBACK(on_gathering_done), ice);
    g_signal_connect(ice->agent, "new-candidate-full", G_CALLBACK(on_candidate), ice);
    g_signal_connect(ice->agent, "component-state-changed", G_CALLBACK(on_state), ice);
    set_end(ice, GATHERING_MS);
    add_addresses(ice->agent);
    if (!begin(ice))
        return ice;
    ice_free(ice);
    return NULL;
}

/* The agent lives until its relays are given back. */
static void on_closed(GObject *agent, GAsyncResult *result, gpointer data)
{
    (void)result;
    (void)data;
    g_object_unref(agent);
}

static void drop_packet(NiceAgent *agent, guint stream, guint component, guint n, gchar *packet,
                        gpointer data)
{
    (void)agent;
    (void)stream;
    (void)component;
    (void)n;
    (void)packet;
    (void)data;
}

void ice_free(struct ice *ice)
{
    if (ice->timer)
        g_source_remove(ice->timer);
    if (ice->reflexive)
        reflexive_free(ice->reflexive);
    g_signal_handlers_disconnect_by_data(ice->agent, ice);
    /* It must go on to read, as it waits until a relay says that it is given back. */
    nice_agent_attach_recv(ice->agent, ice->stream, COMPONENT, NULL, drop_packet, NULL);
    nice_agent_close_async(ice->agent, on_closed, NULL);
    g_free(ice);
}

/* ---- candidates ---- */

static const struct {
    NiceCandidateType nice;
    enum sdp_candidate_type type;
} types[] = {
    {NICE_CANDIDATE_TYPE_HOST, SDP_HOST},
    {NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE, SDP_SERVER_REFLEXIVE},
    {NICE_CANDIDATE_TYPE_RELAYED, SDP_RELAYED},
};

static void copy_address(const NiceAddress *from, char *text, uint16_t *port)
{
    char all[NICE_ADDRESS_STRING_LEN];

    nice_address_to_string(from, all);
    g_strlcpy(text, all, SDP_ADDRESS_MAX);
    *port = (uint16_t)nice_address_get_port(from);
}

/* Returns 0, or -EINVAL for a candidate that the other side cannot use. */
static int copy_candidate(const NiceCandidate *from, struct sdp_candidate *to)
{
    memset(to, 0, sizeof(*to));
    if (from->transport != NICE_CANDIDATE_TRANSPORT_UDP || from->component_id != COMPONENT)
        return -EINVAL;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (types[i].nice != from->type)
            continue;
        to->type = types[i].type;
        to->priority = from->priority;
        g_strlcpy(to->foundation, from->foundation, sizeof(to->foundation));
        copy_address(&from->addr, to->address, &to->port);
        copy_address(&from->base_addr, to->base_address, &to->base_port);
        return sdp_is_address(to->address) && to->port ? 0 : -EINVAL;
    }
    return -EINVAL;
}

static const struct sdp_candidate *find_candidate(const struct sdp_candidate *candidates, int count,
                                                  const char *address, uint16_t port)
{
    for (int i = 0; i < count; i++)
        if (candidates[i].port == port && !strcmp(candidates[i].address, address))
            return &candidates[i];
    return NULL;
}

static void print_address(const struct binding_address *from, char text[SDP_ADDRESS_MAX])
{
    struct in_addr address = {.s_addr = htonl(from->address)};

    inet_ntop(AF_INET, &address, text, SDP_ADDRESS_MAX);
}

/* libnice knows nothing of these, and needs not: checks are sent from the host's address, and what
 * arrives there is from whom it is. Returns how many candidates there are then. */
static int add_reflexive(const struct reflexive *reflexive, struct sdp_candidate *candidates,
                         int count)
{
    struct reflexive_address found;
    int rc;

    for (size_t i = 0; (rc = reflexive_get(reflexive, i, &found)) != -EINVAL; i++) {
        struct sdp_candidate new = {
            .type = SDP_SERVER_REFLEXIVE, .port = found.seen.port, .base_port = found.base.port};
        const struct sdp_candidate *host;

        if (rc || count == SDP_CANDIDATES_MAX)
            continue;
        print_address(&found.seen, new.address);
        print_address(&found.base, new.base_address);
        host = find_candidate(candidates, count, new.base_address, new.base_port);
        if (!host || find_candidate(candidates, count, new.address, new.port))
            continue; /* the same as the host's, or a TURN server has told it as well */
        new.priority = REFLEXIVE | (host->priority & PREFERENCE);
        snprintf(new.foundation, sizeof(new.foundation), "seen%zu", i);
        candidates[count++] = new;
    }
    return count;
}

int ice_describe(struct ice *ice, char *ufrag, char *pwd, struct sdp_candidate *candidates)
{
    gchar *own_ufrag, *own_pwd;
    GSList *list;
    int count = 0;

    if (!nice_agent_get_local_credentials(ice->agent, ice->stream, &own_ufrag, &own_pwd))
        return -EIO;
    g_strlcpy(ufrag, own_ufrag, SDP_UFRAG_MAX);
    g_strlcpy(pwd, own_pwd, SDP_PWD_MAX);
    g_free(own_ufrag);
    g_free(own_pwd);
    list = nice_agent_get_local_candidates(ice->agent, ice->stream, COMPONENT);
    for (GSList *at = list; at; at = at->next)
        if (count < SDP_CANDIDATES_MAX && !copy_candidate(at->data, &candidates[count]))
            count++;
    g_slist_free_full(list, (GDestroyNotify)nice_candidate_free);
    return ice->reflexive ? add_reflexive(ice->reflexive, candidates, count) : count;
}

static NiceCandidate *make_candidate(struct ice *ice, const struct sdp_candidate *from)
{
    NiceCandidate *candidate = nice_candidate_new(types[from->type].nice);

    candidate->transport = NICE_CANDIDATE_TRANSPORT_UDP;
    candidate->stream_id = ice->stream;
    candidate->component_id = COMPONENT;
    candidate->priority = from->priority;
    g_strlcpy(candidate->foundation, from->foundation, sizeof(candidate->foundation));
    if (!nice_address_set_from_string(&candidate->addr, from->address)) {
        nice_candidate_free(candidate);
        return NULL;
    }
    nice_address_set_port(&candidate->addr, from->port);
    return candidate;
}

int ice_set_answer(struct ice *ice, const struct sdp_answer *answer)
{
    GSList *list = NULL;
    int rc = 0;

    if (!nice_agent_set_remote_credentials(ice->agent, ice->stream, answer->ufrag, answer->pwd))
        return -EIO;
    ice->has_answer = 1;
    for (size_t i = answer->candidate_count; i > 0; i--) {
        NiceCandidate *candidate = make_candidate(ice, &answer->candidates[i - 1]);

        if (candidate)
            list = g_slist_prepend(list, candidate);
    }
    if (list && nice_agent_set_remote_candidates(ice->agent, ice->stream, COMPONENT, list) < 0)
        rc = -EIO;
    g_slist_free_full(list, (GDestroyNotify)nice_candidate_free);
    return rc;
}

const char *ice_why_no_way(const struct ice *ice)
{
    if (ice->has_relay)
        return "no answer to ICE checks, not by way of the TURN server either";
    if (!ice->reflexive)
        return "no answer to ICE checks: UDP may be blocked";
    if (!reflexive_is_answered(ice->reflexive))
        return "no answer to ICE checks, nor of the STUN server: UDP may be blocked";
    return ice->has_relays ? "no answer to ICE checks; the STUN server answers, so UDP is not "
                             "blocked, but the TURN server gives no relay"
                           : "no answer to ICE checks; the STUN server answers, so UDP is not "
                             "blocked";
}

void ice_send(struct ice *ice, const void *packet, size_t n)
{
    nice_agent_send(ice->agent, ice->stream, COMPONENT, (guint)n, packet);
}
