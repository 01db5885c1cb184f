#include "live/reflexive.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define PATIENCE_MS 2000
#define REPEAT_MS   400
#define OTHERS_MS   300  /* that others have for their answers when one has come */
#define PACKET_MAX  1500 /* bytes; what is longer is no answer */

struct asker {
    struct reflexive *all;
    GSocket *socket;
    GSource *source; /* NULL when it is not read from */
    unsigned char id[BINDING_ID_SIZE];
    struct reflexive_address found;
    int has_answer;
};

struct reflexive {
    struct asker *askers;
    size_t count, answered;
    guint16 port;
    GSocketAddress *server; /* NULL until its name is known */
    GCancellable *lookup;   /* NULL when its name has been looked up */
    guint repeat, end;      /* timers; 0: none */
    void (*on_done)(void *arg);
    void *arg;
};

/* ---- sockets ---- */

static int own_address(GSocket *socket, struct binding_address *own)
{
    GSocketAddress *address = g_socket_get_local_address(socket, NULL);
    int is_usable = 0;

    if (address && g_socket_address_get_family(address) == G_SOCKET_FAMILY_IPV4) {
        GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS(address);
        guint32 bytes;

        memcpy(&bytes, g_inet_address_to_bytes(g_inet_socket_address_get_address(inet)),
               sizeof(bytes));
        own->address = g_ntohl(bytes);
        own->port = g_inet_socket_address_get_port(inet);
        is_usable = 1;
    }
    g_clear_object(&address);
    return is_usable;
}

static void add_asker(struct reflexive *reflexive, GSocket *socket)
{
    struct asker *asker = &reflexive->askers[reflexive->count];

    if (!own_address(socket, &asker->found.base) ||
        getrandom(asker->id, sizeof(asker->id), 0) != (ssize_t)sizeof(asker->id))
        return;
    asker->all = reflexive;
    asker->socket = g_object_ref(socket);
    reflexive->count++;
}

static void stop_reading(struct asker *asker)
{
    if (!asker->source)
        return;
    g_source_destroy(asker->source);
    g_source_unref(asker->source);
    asker->source = NULL;
}

/* ---- the end ---- */

static void set_timer(guint *timer, guint ms, GSourceFunc function, struct reflexive *reflexive)
{
    if (*timer)
        g_source_remove(*timer);
    *timer = function ? g_timeout_add(ms, function, reflexive) : 0;
}

static void stop(struct reflexive *reflexive)
{
    set_timer(&reflexive->repeat, 0, NULL, NULL);
    set_timer(&reflexive->end, 0, NULL, NULL);
    if (reflexive->lookup)
        g_cancellable_cancel(reflexive->lookup);
    g_clear_object(&reflexive->lookup);
    for (size_t i = 0; i < reflexive->count; i++)
        stop_reading(&reflexive->askers[i]);
}

static gboolean on_end(gpointer data)
{
    struct reflexive *reflexive = data;

    reflexive->end = 0;
    stop(reflexive);
    reflexive->on_done(reflexive->arg);
    return G_SOURCE_REMOVE;
}

/* ---- questions and answers ---- */

static int is_from_server(const struct reflexive *reflexive, GSocketAddress *from)
{
    GInetSocketAddress *a = G_INET_SOCKET_ADDRESS(from);
    GInetSocketAddress *b = G_INET_SOCKET_ADDRESS(reflexive->server);

    return g_inet_socket_address_get_port(a) == g_inet_socket_address_get_port(b) &&
           g_inet_address_equal(g_inet_socket_address_get_address(a),
                                g_inet_socket_address_get_address(b));
}

static gboolean on_readable(GSocket *socket, GIOCondition condition, gpointer data)
{
    struct asker *asker = data;
    struct reflexive *reflexive = asker->all;
    GSocketAddress *from = NULL;
    char packet[PACKET_MAX];
    gssize n = g_socket_receive_from(socket, &from, packet, sizeof(packet), NULL, NULL);

    (void)condition;
    if (n > 0 && from && G_IS_INET_SOCKET_ADDRESS(from) && is_from_server(reflexive, from) &&
        !asker->has_answer &&
        !binding_parse_answer(packet, (size_t)n, asker->id, &asker->found.seen)) {
        asker->has_answer = 1;
        reflexive->answered++;
        if (reflexive->answered == reflexive->count)
            set_timer(&reflexive->end, 0, on_end, reflexive);
        else if (reflexive->answered == 1)
            set_timer(&reflexive->end, OTHERS_MS, on_end, reflexive);
    }
    g_clear_object(&from);
    return G_SOURCE_CONTINUE;
}

/* What cannot be sent now may be later. */
static gboolean ask(gpointer data)
{
    struct reflexive *reflexive = data;
    unsigned char request[BINDING_REQUEST_SIZE];

    for (size_t i = 0; i < reflexive->count; i++) {
        struct asker *asker = &reflexive->askers[i];

        if (asker->has_answer)
            continue;
        binding_write_request(request, asker->id);
        g_socket_send_to(asker->socket, reflexive->server, (const char *)request, sizeof(request),
                         NULL, NULL);
    }
    return G_SOURCE_CONTINUE;
}

static void begin(struct reflexive *reflexive, GInetAddress *address)
{
    reflexive->server = g_inet_socket_address_new(address, reflexive->port);
    for (size_t i = 0; i < reflexive->count; i++) {
        struct asker *asker = &reflexive->askers[i];

        asker->source = g_socket_create_source(asker->socket, G_IO_IN, NULL);
        g_source_set_callback(asker->source, G_SOURCE_FUNC(on_readable), asker, NULL);
        g_source_attach(asker->source, NULL);
    }
    ask(reflexive);
    set_timer(&reflexive->repeat, REPEAT_MS, ask, reflexive);
}

/* After a cancelled lookup the object is gone. */
static void on_looked_up(GObject *resolver, GAsyncResult *result, gpointer data)
{
    struct reflexive *reflexive = data;
    GError *error = NULL;
    GList *list = g_resolver_lookup_by_name_finish(G_RESOLVER(resolver), result, &error), *at;
    int is_cancelled = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

    g_clear_error(&error);
    if (!is_cancelled) {
        g_clear_object(&reflexive->lookup);
        for (at = list; at && g_inet_address_get_family(at->data) != G_SOCKET_FAMILY_IPV4;)
            at = at->next;
        if (at)
            begin(reflexive, at->data);
        else
            set_timer(&reflexive->end, 0, on_end, reflexive);
    }
    g_resolver_free_addresses(list);
}

/* ---- begin ---- */

struct reflexive *reflexive_new(GPtrArray *sockets, const struct server *server,
                                void (*on_done)(void *arg), void *arg)
{
    struct reflexive *reflexive = g_new0(struct reflexive, 1);
    GResolver *resolver = g_resolver_get_default();

    reflexive->port = server->port;
    reflexive->on_done = on_done;
    reflexive->arg = arg;
    reflexive->askers = g_new0(struct asker, sockets->len ? sockets->len : 1);
    for (guint i = 0; i < sockets->len; i++)
        add_asker(reflexive, g_ptr_array_index(sockets, i));
    set_timer(&reflexive->end, reflexive->count ? PATIENCE_MS : 0, on_end, reflexive);
    reflexive->lookup = g_cancellable_new();
    g_resolver_lookup_by_name_async(resolver, server->host, reflexive->lookup, on_looked_up,
                                    reflexive);
    g_object_unref(resolver);
    return reflexive;
}

void reflexive_free(struct reflexive *reflexive)
{
    stop(reflexive);
    for (size_t i = 0; i < reflexive->count; i++)
        g_object_unref(reflexive->askers[i].socket);
    g_clear_object(&reflexive->server);
    g_free(reflexive->askers);
    g_free(reflexive);
}

int reflexive_get(const struct reflexive *reflexive, size_t i, struct reflexive_address *found)
{
    if (i >= reflexive->count)
        return -EINVAL;
    *found = reflexive->askers[i].found;
    return reflexive->askers[i].has_answer ? 0 : -ENOENT;
}

int reflexive_is_answered(const struct reflexive *reflexive)
{
    return reflexive->answered > 0;
}
