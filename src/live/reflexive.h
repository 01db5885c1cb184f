/*
 * How a STUN server sees the sockets of a connection: their addresses outside of this network. One
 * thread, that of GLib's default main context, in which on_done is called too.
 */
#ifndef TASKFS_LIVE_REFLEXIVE_H
#define TASKFS_LIVE_REFLEXIVE_H

#include <gio/gio.h>

#include "rtc/binding.h"
#include "rtc/servers.h"

struct reflexive;

struct reflexive_address {
    struct binding_address base; /* the socket's own */
    struct binding_address seen;
};

/*
 * Asks the server from each of the sockets (GSocket) that have an address of IPv4. Until it has
 * called `on_done`, which it does once and not from within, nobody else may read from them. It is
 * done after two seconds, or when all have their answer; when one has it, the others have 0.3 s
 * more. The name is looked up without blocking.
 */
struct reflexive *reflexive_new(GPtrArray *sockets, const struct server *server,
                                void (*on_done)(void *arg), void *arg);
/* At any time, but not from within on_done. */
void reflexive_free(struct reflexive *reflexive);

/* What was found for the socket with the number `i`. Returns 0, or -ENOENT when the server has not
 * answered it, or -EINVAL when there is no such socket. */
int reflexive_get(const struct reflexive *reflexive, size_t i, struct reflexive_address *found);
/* Whether the server has answered at all. */
int reflexive_is_answered(const struct reflexive *reflexive);

#endif
