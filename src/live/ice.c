#include "live/ice.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <nice/agent.h>
#include <string.h>

#define GATHERING_MS  5000
#define STUN_ALONE_MS 2000
#define COMPONENT     1
#define ADDRESSES_MAX 16
#define CHECKS_MAX    100 /* pairs of candidates that are tried */
/* Bytes: of SCTP's window, with what the kernel adds to each packet. */
#define RECEIVE_BUFFER (1024 * 1024)

struct ice {
    NiceAgent *agent;
    guint stream;
    struct servers servers;
    guint timer;       /* of gathering; 0: none */
    guint relay_timer; /* of add_relays; 0: none */
    const struct ice_events *events;
    void *arg;
    int has_relays, has_gathered, has_answer, has_connected, has_failed;
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

/* ---- events ---- */

static gboolean end_gathering(gpointer data)
{
    struct ice *ice = data;

    ice->timer = 0;
    ice->has_gathered = 1;
    ice->events->on_gathered(ice->arg);
    return G_SOURCE_REMOVE;
}

/*
 * While TURN servers are asked on a socket, libnice 0.1.21 takes the answers of STUN servers on it
 * for malformed ones of theirs, and a relay that asks for credentials leaves us without our address
 * as it is seen from outside. So STUN servers are asked first.
 */
static gboolean add_relays(gpointer data)
{
    struct ice *ice = data;

    ice->relay_timer = 0;
    ice->has_relays = 1;
    for (size_t i = 0; i < ice->servers.count; i++) {
        const struct server *server = &ice->servers.list[i];

        /* A relay that asks for credentials is no relay: we have none. */
        if (server->is_turn)
            nice_agent_set_relay_info(ice->agent, ice->stream, COMPONENT, server->host,
                                      server->port, "", "", NICE_RELAY_TYPE_TURN_UDP);
    }
    return G_SOURCE_REMOVE;
}

static void schedule_relays(struct ice *ice, guint ms)
{
    if (ice->relay_timer)
        g_source_remove(ice->relay_timer);
    ice->relay_timer = g_timeout_add(ms, add_relays, ice);
}

/* libnice says so from within ice_new, too, when no server has to be asked; and once more after
 * add_relays. */
static void on_gathering_done(NiceAgent *agent, guint stream, gpointer data)
{
    struct ice *ice = data;

    (void)agent;
    (void)stream;
    if (ice->has_gathered)
        return;
    if (!ice->has_relays) {
        schedule_relays(ice, 0);
        return;
    }
    if (ice->timer)
        g_source_remove(ice->timer);
    ice->timer = g_idle_add(end_gathering, ice);
}

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

static void on_packet(NiceAgent *agent, guint stream, guint component, guint n, gchar *packet,
                      gpointer data)
{
    struct ice *ice = data;

    (void)agent;
    (void)stream;
    (void)component;
    ice->events->on_packet(ice->arg, packet, n);
}

/* ---- begin and end ---- */

static void set_servers(struct ice *ice)
{
    int has_stun = 0, has_turn = 0;

    for (size_t i = 0; i < ice->servers.count; i++) {
        const struct server *server = &ice->servers.list[i];

        has_turn |= server->is_turn;
        has_stun |= !server->is_turn;
        if (!server->is_turn)
            g_object_set(ice->agent, "stun-server", server->host, "stun-server-port",
                         (guint)server->port, NULL);
    }
    if (has_stun && has_turn)
        schedule_relays(ice, STUN_ALONE_MS);
    else
        add_relays(ice);
}

/* A burst of the machine's must not be lost because we were not scheduled for a moment. The kernel
 * gives what it allows. */
static void widen_sockets(struct ice *ice)
{
    GPtrArray *sockets = nice_agent_get_sockets(ice->agent, ice->stream, COMPONENT);

    for (guint i = 0; sockets && i < sockets->len; i++)
        g_socket_set_option(g_ptr_array_index(sockets, i), SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER,
                            NULL);
    if (sockets)
        g_ptr_array_unref(sockets);
}

struct ice *ice_new(const struct servers *servers, const struct ice_events *events, void *arg)
{
    struct ice *ice = g_new0(struct ice, 1);

    ice->servers = *servers;
    ice->events = events;
    ice->arg = arg;
    ice->agent = nice_agent_new_full(NULL, NICE_COMPATIBILITY_RFC5245,
                                     NICE_AGENT_OPTION_CONSENT_FRESHNESS);
    g_object_set(ice->agent, "controlling-mode", TRUE, "ice-tcp", FALSE, "upnp", FALSE,
                 "max-connectivity-checks", (guint)CHECKS_MAX, NULL);
    ice->stream = nice_agent_add_stream(ice->agent, COMPONENT);
    g_signal_connect(ice->agent, "candidate-gathering-done", G_CALLBACK(on_gathering_done), ice);
    g_signal_connect(ice->agent, "component-state-changed", G_CALLBACK(on_state), ice);
    ice->timer = g_timeout_add(GATHERING_MS, end_gathering, ice);
    set_servers(ice);
    add_addresses(ice->agent);
    nice_agent_attach_recv(ice->agent, ice->stream, COMPONENT, NULL, on_packet, ice);
    if (ice->stream && nice_agent_gather_candidates(ice->agent, ice->stream)) {
        widen_sockets(ice);
        return ice;
    }
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

void ice_free(struct ice *ice)
{
    if (ice->timer)
        g_source_remove(ice->timer);
    if (ice->relay_timer)
        g_source_remove(ice->relay_timer);
    g_signal_handlers_disconnect_by_data(ice->agent, ice);
    nice_agent_attach_recv(ice->agent, ice->stream, COMPONENT, NULL, NULL, NULL);
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
    return count;
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

void ice_send(struct ice *ice, const void *packet, size_t n)
{
    nice_agent_send(ice->agent, ice->stream, COMPONENT, (guint)n, packet);
}
